rule "alerting-aws-security-events" {
  title    = "Security events of an AWS account are told to somebody"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "These events are the signs of an attack that an account's own log can show, and the log tells nobody by itself."
    "CC7.3" = "Each of them is judged soon after it happened only if somebody is told."
  }

  # Only where the trail of an account is declared: elsewhere the absence of alarms says nothing. Detections in all
  # roots of the repository count. Logs that something outside takes over (a subscription, a notification of the
  # bucket) are taken to be watched there, and what a module from elsewhere does is not known.
  rationale = <<-EOT
    A trail records who did what. For each kind of event that an attacker can hardly avoid there
    should be a detection with a route to people: a metric filter with an alarm that has an action,
    a rule of EventBridge with a target, or findings of a managed detector that are passed on.
    GuardDuty stands for the use of the root user, sign-ins, changes of the trail and buckets made
    public; Security Hub for changes of IAM, of the network and buckets made public.
  EOT

  remediation = "Add a metric filter with an alarm, or a rule of EventBridge with a target, for each of the events that are listed; or pass on the findings of GuardDuty and Security Hub."

  references = [
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html",
    "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html",
  ]

  match "aws_cloudtrail" {
    where = (self.is_multi_region_trail == true || self.is_organization_trail == true) && self.enable_logging != false
  }

  link "root" {
    to    = "cloud.deployed"
    where = other.scope == self.scope
  }

  link "detection" {
    to    = "alerting.aws_detection"
    where = true
  }

  link "export" {
    to    = "logging.export"
    where = refers_to(self.s3_bucket_name, other.store) || refers_to(self.cloud_watch_logs_group_arn, other.store)
  }

  link "elsewhere" {
    to    = "terraform.module"
    where = !startswith(other.source, ".") && matches("(?i)alarm|alert|baseline|monitor|security|guard-?duty|siem|notif|landing-?zone|control-?tower", other.source)
  }

  assert {
    for_each = length(link.root) > 0 ? [[
      for kind, need in {
        "use of the root user"             = { events = [], root = true, sources = ["aws.guardduty", "aws.securityhub"] }
        "sign-ins"                         = { events = ["ConsoleLogin"], root = false, sources = ["aws.guardduty", "aws.securityhub"] }
        "changes of IAM"                   = { events = ["AttachRolePolicy", "PutRolePolicy", "CreatePolicyVersion"], root = false, sources = ["aws.securityhub"] }
        "changes of the trail"             = { events = ["StopLogging", "DeleteTrail", "UpdateTrail"], root = false, sources = ["aws.guardduty", "aws.securityhub"] }
        "keys being disabled or deleted"   = { events = ["DisableKey", "ScheduleKeyDeletion"], root = false, sources = [] }
        "changes of the network"           = { events = ["AuthorizeSecurityGroupIngress", "CreateNetworkAclEntry", "CreateRoute"], root = false, sources = ["aws.securityhub"] }
        "changes of who may read a bucket" = { events = ["PutBucketPolicy", "PutBucketAcl"], root = false, sources = ["aws.guardduty", "aws.securityhub", "aws.macie", "aws.access-analyzer"] }
      } : kind
      if !(
        (need.root && anytrue(link.detection[*].root))
        || anytrue([for detection in link.detection : anytrue([for source in detection.sources : contains(need.sources, source)])])
        || (length(need.events) > 0 && alltrue([
          for event in need.events : anytrue([
            for detection in link.detection : anytrue([for pattern in detection.events : matches("^${replace(pattern, "*", ".*")}$", event)])
          ])
        ]))
      )
    ]] : []
    condition = (
      length(each.value) == 0 || length(link.export) > 0
      || (length(link.elsewhere) > 0 && undecided("whether a module that is not in this repository tells somebody"))
    )
    at            = self
    error_message = "of what ${self.address} records, nobody is told about ${join(", ", each.value)}"
  }

  fails "a trail that nobody watches" {
    code = <<-TF
      provider "aws" {}

      resource "aws_cloudtrail" "main" { #~ here
        name                  = "main"
        s3_bucket_name        = "acme-trail"
        is_multi_region_trail = true
      }
    TF
  }

  fails "an alarm without an action, and events that are left out" {
    code = <<-TF
      provider "aws" {}

      resource "aws_cloudtrail" "main" { #~ here
        name                  = "main"
        s3_bucket_name        = "acme-trail"
        is_organization_trail = true
      }

      resource "aws_cloudwatch_log_metric_filter" "root" {
        name    = "root"
        pattern = "{ $.userIdentity.type = \"Root\" }"
        metric_transformation {
          name      = "Root"
          namespace = "Audit"
        }
      }

      resource "aws_cloudwatch_metric_alarm" "root" {
        alarm_name  = "root"
        metric_name = "Root"
        namespace   = "Audit"
      }

      resource "aws_cloudwatch_event_rule" "findings" {
        name          = "findings"
        event_pattern = jsonencode({ source = ["aws.guardduty"] })
        is_enabled    = false
      }
    TF
  }

  passes "metric filters with alarms" {
    code = <<-TF
      provider "aws" {}

      resource "aws_cloudtrail" "main" {
        name                  = "main"
        s3_bucket_name        = "acme-trail"
        is_multi_region_trail = true
      }

      resource "aws_cloudwatch_log_metric_filter" "root" {
        name    = "root"
        pattern = "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS }"
        metric_transformation {
          name      = "Root"
          namespace = "Audit"
        }
      }

      resource "aws_cloudwatch_metric_alarm" "root" {
        alarm_name    = "root"
        metric_name   = "Root"
        namespace     = "Audit"
        alarm_actions = ["arn:aws:sns:eu-west-1:111122223333:alerts"]
      }

      resource "aws_cloudwatch_log_metric_filter" "changes" {
        name    = "changes"
        pattern = "{ ($.eventName=AttachRolePolicy) || ($.eventName = PutRolePolicy) || ($.eventName = \"CreatePolicyVersion\") || ($.eventName = StopLogging) || ($.eventName = *Trail) || ($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion) || ($.eventName = Authorize*) || ($.eventName = Create*) || ($.eventName = PutBucket*) || ($.eventName = ConsoleLogin) }"
        metric_transformation {
          name      = "Changes"
          namespace = "Audit"
        }
      }

      resource "aws_cloudwatch_metric_alarm" "changes" {
        alarm_name      = "changes"
        actions_enabled = true
        alarm_actions   = ["arn:aws:sns:eu-west-1:111122223333:alerts"]
        metric_query {
          id = "m"
          metric {
            metric_name = "Changes"
            namespace   = "Audit"
          }
        }
      }
    TF
  }

  passes "findings are passed on, and EventBridge looks for keys" {
    code = <<-TF
      terraform {
        backend "s3" {}
      }

      resource "aws_cloudtrail" "main" {
        name                  = "main"
        s3_bucket_name        = "acme-trail"
        is_multi_region_trail = true
      }

      resource "aws_cloudtrail" "regional" {
        name           = "regional"
        s3_bucket_name = "acme-trail"
      }

      resource "aws_cloudwatch_event_rule" "findings" {
        name          = "findings"
        event_pattern = jsonencode({ source = ["aws.securityhub"] })
        state         = "ENABLED"
      }

      resource "aws_cloudwatch_event_target" "findings" {
        rule = aws_cloudwatch_event_rule.findings.name
        arn  = "arn:aws:sns:eu-west-1:111122223333:alerts"
      }

      resource "aws_cloudwatch_event_rule" "keys" {
        name = "keys"
        event_pattern = jsonencode({
          source        = ["aws.kms"]
          "detail-type" = ["AWS API Call via CloudTrail"]
          detail        = { eventName = ["DisableKey", "ScheduleKeyDeletion"] }
        })
      }

      resource "aws_cloudwatch_event_target" "keys" {
        rule = aws_cloudwatch_event_rule.keys.name
        arn  = "arn:aws:sns:eu-west-1:111122223333:alerts"
      }
    TF
  }

  passes "something outside takes the logs over" {
    code = <<-TF
      provider "aws" {}

      resource "aws_s3_bucket" "trail" {
        bucket = "acme-trail"
      }

      resource "aws_s3_bucket_notification" "siem" {
        bucket = aws_s3_bucket.trail.id
        queue {
          queue_arn = "arn:aws:sqs:eu-west-1:111122223333:siem"
          events    = ["s3:ObjectCreated:*"]
        }
      }

      resource "aws_cloudtrail" "main" {
        name                  = "main"
        s3_bucket_name        = aws_s3_bucket.trail.id
        is_multi_region_trail = true
      }

      resource "aws_cloudwatch_log_group" "trail" {
        name = "trail"
      }

      resource "aws_cloudwatch_log_subscription_filter" "siem" {
        log_group_name  = aws_cloudwatch_log_group.trail.name
        destination_arn = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/siem"
      }

      resource "aws_cloudtrail" "more" {
        name                       = "more"
        s3_bucket_name             = "elsewhere"
        cloud_watch_logs_group_arn = "$${aws_cloudwatch_log_group.trail.arn}:*"
        is_multi_region_trail      = true
        enable_logging             = true
      }
    TF
  }

  undecided "a module from elsewhere may do it" {
    code = <<-TF
      provider "aws" {}

      resource "aws_cloudtrail" "main" { #~ here
        name                  = "main"
        s3_bucket_name        = "acme-trail"
        is_multi_region_trail = true
      }

      module "alarms" {
        source = "terraform-aws-modules/cloudwatch/aws//modules/cis-alarms"
      }
    TF
  }
}
