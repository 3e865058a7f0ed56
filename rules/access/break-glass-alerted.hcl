rule "access-break-glass-alerted" {
  title    = "The use of an account for emergencies is told to somebody"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC6.3" = "Rights for an emergency are wide, and what keeps them from daily use is that others hear of it."
    "CC7.2" = "If such an account is used and there is no emergency, it is an attack."
  }

  # The name tells what it is for, as far as it is written. A detection counts if its pattern has the name in it, in whichever root it is; one
  # of the root user or of every sign-in does not, because a role is taken on without.
  rationale = <<-EOT
    A user or role named for emergencies gets around the usual ways of access. A metric filter with
    an alarm, or a rule of EventBridge with a target, that looks for its name shows when it is used.
  EOT

  remediation = "Add an `aws_cloudwatch_event_rule` with a target, or a metric filter with an alarm, whose pattern has the name of the user or role."

  references = [
    "https://docs.aws.amazon.com/whitepapers/latest/organizing-your-aws-environment/break-glass-access.html",
  ]

  match "aws_iam_user" "aws_iam_role" {
    where = matches("(?i)break-?_?glass|emergency-?_?(access|admin|user|role)", written(self.name))
  }

  link "root" {
    to    = "cloud.deployed"
    where = other.scope == self.scope
  }

  link "detection" {
    to    = "alerting.aws_detection"
    where = strcontains(other.pattern, self.name)
  }

  assert {
    for_each      = length(link.root) > 0 ? [true] : []
    condition     = length(link.detection) > 0
    error_message = "nobody is told when ${self.entity.address} is used"
  }

  fails "nothing looks for it" {
    code = <<-TF
      provider "aws" {}

      resource "aws_iam_role" "emergency" { #~ here
        name = "break-glass"
      }

      resource "aws_iam_user" "emergency" { #~ here
        name = "emergency-admin"
      }

      resource "aws_cloudwatch_event_rule" "no_target" {
        name          = "emergency"
        event_pattern = jsonencode({ detail = { requestParameters = { roleArn = ["arn:aws:iam::111122223333:role/break-glass"] } } })
      }
    TF
  }

  passes "each is looked for" {
    code = <<-TF
      provider "aws" {}

      resource "aws_iam_role" "emergency" {
        name = "break-glass"
      }

      resource "aws_cloudwatch_event_rule" "emergency" {
        name          = "emergency"
        event_pattern = jsonencode({ detail = { requestParameters = { roleArn = ["arn:aws:iam::111122223333:role/break-glass"] } } })
      }

      resource "aws_cloudwatch_event_target" "emergency" {
        rule = aws_cloudwatch_event_rule.emergency.name
        arn  = "arn:aws:sns:eu-west-1:111122223333:alerts"
      }

      resource "aws_iam_user" "emergency" {
        name = "emergency-admin"
      }

      resource "aws_cloudwatch_log_metric_filter" "emergency" {
        name    = "emergency"
        pattern = "{ $.userIdentity.userName = \"emergency-admin\" }"
        metric_transformation {
          name      = "Emergency"
          namespace = "Audit"
        }
      }

      resource "aws_cloudwatch_metric_alarm" "emergency" {
        metric_name   = "Emergency"
        namespace     = "Audit"
        alarm_actions = ["arn:aws:sns:eu-west-1:111122223333:alerts"]
      }

      resource "aws_iam_role" "app" {
        name = "app"
      }
    TF
  }

  undecided "what the rule looks for is given when it runs" {
    code = <<-TF
      provider "aws" {}

      variable "pattern" {}

      resource "aws_iam_role" "emergency" { #~ here
        name = "break-glass"
      }

      resource "aws_cloudwatch_event_rule" "emergency" {
        name          = "emergency"
        event_pattern = var.pattern
      }

      resource "aws_cloudwatch_event_target" "emergency" {
        rule = aws_cloudwatch_event_rule.emergency.name
        arn  = "arn:aws:sns:eu-west-1:111122223333:alerts"
      }
    TF
  }
}
