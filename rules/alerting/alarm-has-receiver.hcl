rule "alerting-alarm-has-receiver" {
  title    = "Alarms tell somebody"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "An anomaly that is measured and told to nobody is not watched."
    "CC7.3" = "Only an event that somebody hears of can be judged and acted upon."
  }

  # Only roots that are applied are judged: in a module for others it is the caller who gives the actions. Alarms that
  # another alarm, a deployment or a rule of EventBridge takes up have no need of actions.
  rationale = <<-EOT
    An alarm without an action, an alert without an action group or a policy without a notification
    channel changes its colour on a page that nobody may be looking at. The same goes for one that
    is switched off.
  EOT

  remediation = "Give the alarm a receiver: `alarm_actions` (AWS), an `action` with an action group (Azure), `notification_channels` (Google Cloud). Remove alarms that are no longer needed."

  references = [
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html",
    "https://learn.microsoft.com/en-us/azure/azure-monitor/alerts/action-groups",
    "https://cloud.google.com/monitoring/support/notification-options",
  ]

  match "alerting.alarm" {
    defaults = { on = true }
  }

  link "root" {
    to    = "cloud.deployed"
    where = other.scope == self.scope
  }

  link "use" {
    to = "alerting.alarm_use"
    where = anytrue([
      for name in other.names :
      refers_to(name, self.alarm) || (self.alarm.alarm_name != null && strcontains(name, self.alarm.alarm_name))
      || (name == "azurerm" && startswith(self.alarm.entity.kind, "azurerm_"))
    ])
  }

  link "caught" {
    to    = "alerting.event_rule"
    where = contains(other.types, "CloudWatch Alarm State Change")
  }

  assert {
    for_each      = length(link.root) > 0 ? [true] : []
    condition     = self.on
    error_message = "${self.owner.address} is switched off"
  }

  assert {
    for_each      = length(link.root) > 0 ? [true] : []
    condition     = length(self.receivers) > 0 || length(link.use) > 0 || length(link.caught) > 0
    error_message = "${self.owner.address} tells nobody"
  }

  fails "nobody is told" {
    code = <<-TF
      provider "aws" {}

      resource "aws_cloudwatch_metric_alarm" "root_login" { #~ here
        alarm_name  = "root-login"
        metric_name = "RootLogin"
      }

      resource "aws_cloudwatch_metric_alarm" "empty" {
        alarm_name    = "empty"
        alarm_actions = [] #~ here
      }

      resource "aws_cloudwatch_metric_alarm" "off" {
        alarm_name      = "off"
        actions_enabled = false #~ here
        alarm_actions   = ["arn:aws:sns:eu-west-1:111122223333:alerts"]
      }

      resource "azurerm_monitor_activity_log_alert" "policy" { #~ here
        name = "policy-change"
      }

      resource "azurerm_monitor_scheduled_query_rules_alert" "query" { #~ here
        name = "query"
      }

      resource "azurerm_monitor_scheduled_query_rules_alert_v2" "query" {
        name    = "query2"
        enabled = false #~ here
        action {
          action_groups = ["x"]
        }
      }

      resource "google_monitoring_alert_policy" "owner" { #~ here
        display_name = "owner"
      }
    TF
  }

  passes "somebody or something is told" {
    code = <<-TF
      terraform {
        backend "s3" {}
      }

      resource "aws_sns_topic" "alerts" {
        name = "alerts"
      }

      resource "aws_cloudwatch_metric_alarm" "root_login" {
        alarm_name    = "root-login"
        alarm_actions = [aws_sns_topic.alerts.arn]
      }

      resource "aws_cloudwatch_metric_alarm" "part" {
        alarm_name = "part"
      }

      resource "aws_cloudwatch_composite_alarm" "whole" {
        alarm_name    = "whole"
        alarm_rule    = "ALARM($${aws_cloudwatch_metric_alarm.part.alarm_name})"
        alarm_actions = [aws_sns_topic.alerts.arn]
      }

      resource "aws_cloudwatch_metric_alarm" "errors" {
        alarm_name = "errors"
      }

      resource "aws_ecs_service" "app" {
        alarms {
          enable      = true
          rollback    = true
          alarm_names = [aws_cloudwatch_metric_alarm.errors.alarm_name]
        }
      }

      resource "aws_cloudwatch_metric_alarm" "more" {
        alarm_name = "more"
      }

      resource "aws_codedeploy_deployment_group" "app" {
        alarm_configuration {
          alarms = ["more"]
        }
      }

      resource "aws_cloudwatch_metric_alarm" "config" {
        alarm_name = "config"
      }

      resource "aws_appconfig_environment" "app" {
        name = "app"
        monitor {
          alarm_arn = aws_cloudwatch_metric_alarm.config.arn
        }
      }

      resource "aws_cloudwatch_metric_alarm" "stop" {
        alarm_name = "stop"
      }

      resource "aws_fis_experiment_template" "app" {
        stop_condition {
          source = "aws:cloudwatch:alarm"
          value  = aws_cloudwatch_metric_alarm.stop.arn
        }
      }

      resource "aws_cloudwatch_metric_alarm" "health" {
        alarm_name = "health"
      }

      resource "aws_route53_health_check" "app" {
        type                  = "CLOUDWATCH_METRIC"
        cloudwatch_alarm_name = aws_cloudwatch_metric_alarm.health.alarm_name
      }

      resource "azurerm_monitor_metric_alert" "cpu" {
        name = "cpu"
        action {
          action_group_id = azurerm_monitor_action_group.main.id
        }
      }

      resource "azurerm_monitor_scheduled_query_rules_alert" "query" {
        name = "query"
        action {
          action_group = [azurerm_monitor_action_group.main.id]
        }
      }

      resource "azurerm_monitor_scheduled_query_rules_alert_v2" "query" {
        name = "query2"
        action {
          action_groups = [azurerm_monitor_action_group.main.id]
        }
      }

      resource "azurerm_monitor_action_group" "main" {
        name = "main"
      }

      resource "google_monitoring_notification_channel" "on_call" {
        type = "pagerduty"
      }

      resource "google_monitoring_alert_policy" "owner" {
        display_name          = "owner"
        notification_channels = [google_monitoring_notification_channel.on_call.name]
      }
    TF
  }

  passes "a rule of EventBridge takes up all alarms" {
    code = <<-TF
      provider "aws" {}

      resource "aws_cloudwatch_metric_alarm" "root_login" {
        alarm_name = "root-login"
      }

      resource "aws_cloudwatch_event_rule" "alarms" {
        event_pattern = jsonencode({ "detail-type" = ["CloudWatch Alarm State Change"] })
      }
    TF
  }

  passes "an alert processing rule adds the action group" {
    code = <<-TF
      provider "azurerm" {}

      resource "azurerm_monitor_metric_alert" "cpu" {
        name = "cpu"
      }

      resource "azurerm_monitor_alert_processing_rule_action_group" "all" {
        name    = "all"
        enabled = true
      }
    TF
  }

  passes "a module for others" {
    files = {
      "modules/alarm/main.tf" = <<-TF
        variable "actions" { default = [] }

        resource "aws_cloudwatch_metric_alarm" "root_login" {
          alarm_name    = "root-login"
          alarm_actions = var.actions
        }
      TF
      "live/main.tf"          = <<-TF
        provider "aws" {}

        module "alarm" {
          source  = "../modules/alarm"
          actions = ["arn:aws:sns:eu-west-1:111122223333:alerts"]
        }
      TF
      "library/main.tf"       = <<-TF
        resource "aws_cloudwatch_metric_alarm" "root_login" {
          alarm_name = "root-login"
        }
      TF
    }
  }

  undecided "the caller decides" {
    code = <<-TF
      provider "aws" {}

      variable "actions" {}

      resource "aws_cloudwatch_metric_alarm" "root_login" {
        alarm_name    = "root-login"
        alarm_actions = var.actions #~ here
      }
    TF
  }
}
