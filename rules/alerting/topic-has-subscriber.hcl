rule "alerting-topic-has-subscriber" {
  title    = "Topics that alarms are sent to have subscribers"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "An alarm that ends in a topic with no reader is seen by nobody."
    "CC7.3" = "Only an event that somebody hears of can be judged and acted upon."
  }

  # Only topics that alarms or rules of EventBridge use, in roots that are applied. A topic that is handed on - an
  # output, a parameter, a module from elsewhere - may have subscribers that are not in this repository. Whether
  # somebody has confirmed a subscription by e-mail is not in the code.
  rationale = <<-EOT
    An SNS topic drops what nobody subscribes to, and an action group without a receiver does
    nothing. The alarm looks right, and the chain still ends before it reaches a person.
  EOT

  remediation = "Add an `aws_sns_topic_subscription` to the topic, or a receiver to the action group. If somebody subscribes elsewhere, say so in a waiver."

  references = [
    "https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html",
    "https://learn.microsoft.com/en-us/azure/azure-monitor/alerts/action-groups",
  ]

  match "aws_sns_topic" "azurerm_monitor_action_group" {}

  link "root" {
    to    = "cloud.deployed"
    where = other.scope == self.scope
  }

  link "alarm" {
    to    = "alerting.alarm_receiver"
    where = refers_to(other.receiver, self)
  }

  link "event" {
    to    = "aws_cloudwatch_event_target"
    where = refers_to(other.arn, self)
  }

  link "reader" {
    to    = "alerting.topic_reader"
    where = refers_to(other.topic, self)
  }

  assert {
    for_each      = self.entity.kind == "aws_sns_topic" && length(link.root) > 0 && (length(link.alarm) > 0 || length(link.event) > 0) ? [true] : []
    condition     = length(link.reader) > 0
    error_message = "alarms go to ${self.entity.address}, and nobody subscribes to it"
  }

  assert {
    for_each = self.entity.kind == "azurerm_monitor_action_group" && length(link.root) > 0 ? [true] : []
    condition = self.enabled != false && length(concat(
      self.email_receiver[*], self.webhook_receiver[*], self.sms_receiver[*], self.voice_receiver[*], self.arm_role_receiver[*],
      self.azure_function_receiver[*], self.logic_app_receiver[*], self.itsm_receiver[*], self.event_hub_receiver[*],
      self.automation_runbook_receiver[*], self.azure_app_push_receiver[*],
    )) > 0
    at            = self
    error_message = "${self.entity.address} reaches nobody"
  }

  fails "nobody listens" {
    code = <<-TF
      provider "aws" {}

      resource "aws_sns_topic" "alerts" { #~ here
        name = "alerts"
      }

      resource "aws_cloudwatch_metric_alarm" "root_login" {
        alarm_name    = "root-login"
        alarm_actions = [aws_sns_topic.alerts.arn]
      }

      resource "aws_sns_topic" "findings" { #~ here
        name = "findings"
      }

      resource "aws_cloudwatch_event_target" "findings" {
        rule = "findings"
        arn  = aws_sns_topic.findings.arn
      }

      resource "aws_sns_topic" "other" {
        name = "other"
      }

      resource "azurerm_monitor_action_group" "empty" { #~ here
        name       = "empty"
        short_name = "empty"
      }

      resource "azurerm_monitor_action_group" "off" { #~ here
        name       = "off"
        short_name = "off"
        enabled    = false
        email_receiver {
          name          = "security"
          email_address = "security@example.com"
        }
      }
    TF
  }

  passes "somebody does, or may elsewhere" {
    code = <<-TF
      provider "aws" {}

      resource "aws_sns_topic" "alerts" {
        name = "alerts"
      }

      resource "aws_cloudwatch_metric_alarm" "root_login" {
        alarm_name    = "root-login"
        alarm_actions = [aws_sns_topic.alerts.arn]
      }

      resource "aws_sns_topic_subscription" "alerts" {
        topic_arn = aws_sns_topic.alerts.arn
        protocol  = "https"
        endpoint  = "https://events.pagerduty.com/x"
      }

      resource "aws_sns_topic" "chat" {
        name = "chat"
      }

      resource "aws_chatbot_slack_channel_configuration" "chat" {
        sns_topic_arns = [aws_sns_topic.chat.arn]
      }

      resource "aws_sns_topic" "paged" {
        name = "paged"
      }

      module "pagerduty" {
        source     = "github.com/acme/pagerduty"
        sns_topics = [aws_sns_topic.paged.name]
      }

      resource "aws_sns_topic" "shared" {
        name = "shared"
      }

      output "topic" {
        value = aws_sns_topic.shared.arn
      }

      resource "aws_sns_topic" "stack" {
        name = "stack"
      }

      resource "aws_cloudformation_stack" "subscribe" {
        name       = "subscribe"
        parameters = { topic = aws_sns_topic.stack.arn }
      }

      resource "aws_cloudwatch_metric_alarm" "cpu" {
        alarm_name    = "cpu"
        alarm_actions = [aws_sns_topic.chat.arn, aws_sns_topic.paged.arn, aws_sns_topic.shared.arn, aws_sns_topic.stack.arn, aws_sns_topic.found.arn]
      }

      resource "aws_sns_topic" "found" {
        name = "found-by-name"
      }

      data "aws_sns_topic" "found" {
        name = "found-by-name"
      }

      resource "azurerm_monitor_action_group" "main" {
        name       = "main"
        short_name = "main"
        webhook_receiver {
          name        = "on-call"
          service_uri = "https://example.com"
        }
      }

      resource "azurerm_monitor_action_group" "more" {
        name       = "more"
        short_name = "more"
        sms_receiver {}
        voice_receiver {}
        arm_role_receiver {}
        azure_function_receiver {}
        logic_app_receiver {}
        itsm_receiver {}
        event_hub_receiver {}
        automation_runbook_receiver {}
        azure_app_push_receiver {}
      }
    TF
  }

  passes "a module for others" {
    files = {
      "library/main.tf" = <<-TF
        resource "aws_sns_topic" "alerts" {
          name = "alerts"
        }

        resource "aws_cloudwatch_metric_alarm" "root_login" {
          alarm_name    = "root-login"
          alarm_actions = [aws_sns_topic.alerts.arn]
        }
      TF
      "live/main.tf"    = <<-TF
        provider "azurerm" {}

        resource "azurerm_monitor_action_group" "main" {
          name       = "main"
          short_name = "main"
          email_receiver {
            name          = "on-call"
            email_address = "on-call@example.com"
          }
        }
      TF
    }
  }

  undecided "whether there is a subscription is decided outside" {
    code = <<-TF
      provider "aws" {}

      variable "paging" { type = bool }

      resource "aws_sns_topic" "alerts" { #~ here
        name = "alerts"
      }

      resource "aws_cloudwatch_metric_alarm" "root_login" {
        alarm_name    = "root-login"
        alarm_actions = [aws_sns_topic.alerts.arn]
      }

      resource "aws_sns_topic_subscription" "alerts" {
        count     = var.paging ? 1 : 0
        topic_arn = aws_sns_topic.alerts.arn
      }
    TF
  }
}
