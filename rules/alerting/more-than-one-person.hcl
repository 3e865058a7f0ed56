rule "alerting-more-than-one-person" {
  title    = "Alarms reach more than one person's mailbox"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"

  soc2 = {
    "CC7.3" = "One person is on holiday, asleep or gone, and the event waits."
    "CC7.4" = "A response that hangs on one mailbox has no deputy."
  }

  # The mailbox of a person is told by two words with a dot before the @, such as jane.doe@; words that teams are
  # called by make it none.
  rationale   = "The only receiver of a topic that alarms are sent to, or of an action group, is the mailbox of one person."
  remediation = "Send alarms to an on-call service, a channel or the mailbox of a team."

  references = [
    "https://learn.microsoft.com/en-us/azure/azure-monitor/alerts/action-groups",
    "https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html",
  ]

  match "alerting.mailbox" {}

  assert {
    for_each = length(self.addresses) == 1 && self.others == 0 ? self.addresses : []
    condition = (
      !matches("^[a-z]+[.][a-z]+@", lower(each.value))
      || matches("alert|alarm|call|cloud|desk|dev|infra|it[.]|[.]it|noc|ops|platform|report|secur|soc|support|team|tech", lower(split("@", each.value)[0]))
    )
    error_message = "alarms of ${self.owner.address} reach one person only"
  }

  fails "one person" {
    code = <<-TF
      resource "aws_sns_topic" "alerts" { #~ here
        name = "alerts"
      }

      resource "aws_cloudwatch_metric_alarm" "errors" {
        alarm_actions = [aws_sns_topic.alerts.arn]
      }

      resource "aws_sns_topic_subscription" "jane" {
        topic_arn = aws_sns_topic.alerts.arn
        protocol  = "email"
        endpoint  = "jane.doe@example.com"
      }

      resource "azurerm_monitor_action_group" "main" {
        name = "main"
        email_receiver {
          name          = "jane"
          email_address = "Jane.Doe@example.com" #~ here
        }
      }
    TF
  }

  passes "a team, two people, or another way" {
    code = <<-TF
      resource "aws_sns_topic" "alerts" {
        name = "alerts"
      }

      resource "aws_cloudwatch_metric_alarm" "errors" {
        alarm_actions = [aws_sns_topic.alerts.arn]
      }

      resource "aws_sns_topic_subscription" "team" {
        topic_arn = aws_sns_topic.alerts.arn
        protocol  = "email"
        endpoint  = "security.team@example.com"
      }

      resource "azurerm_monitor_action_group" "two" {
        name = "two"
        email_receiver {
          email_address = "jane.doe@example.com"
        }
        email_receiver {
          email_address = "john.doe@example.com"
        }
      }

      resource "azurerm_monitor_action_group" "paged" {
        name = "paged"
        email_receiver {
          email_address = "jane.doe@example.com"
        }
        webhook_receiver {
          service_uri = "https://example.com"
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "mail" {}

      resource "azurerm_monitor_action_group" "main" {
        name = "main"
        email_receiver {
          email_address = var.mail #~ here
        }
      }
    TF
  }
}
