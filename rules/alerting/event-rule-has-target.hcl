rule "alerting-event-rule-has-target" {
  title    = "Rules of EventBridge pass on the events that they look for"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "A rule that finds a security event and passes it to nothing is no watch over anything."
    "CC7.3" = "Only an event that somebody hears of can be judged and acted upon."
  }

  # Rules that only run something at a time are left alone, and so is a rule that is switched off unless it is for
  # findings of AWS's security services.
  rationale = <<-EOT
    Findings of GuardDuty, Security Hub, Inspector or Macie reach people by a rule of EventBridge
    with a target. A rule without a target, or one that is switched off, does nothing.
  EOT

  remediation = "Declare an `aws_cloudwatch_event_target` for the rule, such as an SNS topic with subscribers, and remove `state = \"DISABLED\"`."

  references = [
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html",
    "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html",
  ]

  match "alerting.event_rule" {}

  link "root" {
    to    = "cloud.deployed"
    where = other.scope == self.scope
  }

  link "target" {
    to    = "aws_cloudwatch_event_target"
    where = refers_to(other.rule, self.rule)
  }

  link "handed_on" {
    to    = "alerting.topic_reader"
    where = refers_to(other.topic, self.rule)
  }

  assert {
    for_each      = length(link.root) > 0 ? [true] : []
    condition     = length(link.target) > 0 || length(link.handed_on) > 0
    error_message = "${self.owner.address} passes what it finds to nothing"
  }

  assert {
    for_each      = length(link.root) > 0 && anytrue([for source in self.sources : is_one_of(source, "aws.guardduty", "aws.securityhub", "aws.inspector2", "aws.macie", "aws.access-analyzer")]) ? [true] : []
    condition     = !is_one_of(self.rule.state, "DISABLED") && self.rule.is_enabled != false
    error_message = "${self.owner.address} looks for security findings and is switched off"
  }

  fails "no target, or switched off" {
    code = <<-TF
      provider "aws" {}

      resource "aws_cloudwatch_event_rule" "findings" { #~ here
        name          = "findings"
        event_pattern = jsonencode({ source = ["aws.guardduty"] })
      }

      resource "aws_cloudwatch_event_rule" "off" {
        name          = "off"
        state         = "DISABLED" #~ here
        event_pattern = jsonencode({ source = ["aws.securityhub"] })
      }

      resource "aws_cloudwatch_event_target" "off" {
        rule = aws_cloudwatch_event_rule.off.name
        arn  = "arn:aws:sns:eu-west-1:111122223333:alerts"
      }

      resource "aws_cloudwatch_event_rule" "older" {
        name          = "older"
        is_enabled    = false #~ here
        event_pattern = "{\"source\":[\"aws.macie\"]}"
      }

      resource "aws_cloudwatch_event_target" "older" {
        rule = aws_cloudwatch_event_rule.older.name
        arn  = "arn:aws:sns:eu-west-1:111122223333:alerts"
      }
    TF
  }

  passes "a target" {
    code = <<-TF
      provider "aws" {}

      resource "aws_cloudwatch_event_rule" "findings" {
        name          = "findings"
        event_pattern = jsonencode({ source = ["aws.guardduty"] })
      }

      resource "aws_cloudwatch_event_target" "findings" {
        rule = aws_cloudwatch_event_rule.findings.name
        arn  = "arn:aws:sns:eu-west-1:111122223333:alerts"
      }

      resource "aws_cloudwatch_event_rule" "nightly" {
        name                = "nightly"
        schedule_expression = "rate(1 day)"
      }
    TF
  }

  passes "a module for others" {
    files = {
      "library/main.tf" = <<-TF
        resource "aws_cloudwatch_event_rule" "findings" {
          name          = "findings"
          event_pattern = jsonencode({ source = ["aws.guardduty"] })
        }
      TF
      "live/main.tf"    = <<-TF
        provider "aws" {}

        resource "aws_cloudwatch_event_rule" "findings" {
          name          = "live-findings"
          event_pattern = jsonencode({ source = ["aws.guardduty"] })
        }

        resource "aws_cloudwatch_event_target" "findings" {
          rule = aws_cloudwatch_event_rule.findings.name
          arn  = "arn:aws:sns:eu-west-1:111122223333:alerts"
        }
      TF
    }
  }

  undecided "whether there is a target is decided outside" {
    code = <<-TF
      provider "aws" {}

      variable "tell" { type = bool }

      resource "aws_cloudwatch_event_rule" "findings" { #~ here
        name          = "findings"
        event_pattern = jsonencode({ source = ["aws.guardduty"] })
      }

      resource "aws_cloudwatch_event_target" "findings" {
        count = var.tell ? 1 : 0
        rule  = aws_cloudwatch_event_rule.findings.name
        arn   = "arn:aws:sns:eu-west-1:111122223333:alerts"
      }
    TF
  }
}
