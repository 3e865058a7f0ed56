rule "alerting-findings-not-archived" {
  title    = "Findings are not archived unseen without a reason"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "A finding that is archived as it comes in is one that nobody looks at."
    "CC7.3" = "Whether an event is an incident is then decided beforehand, and nobody has written down why."
  }

  # A filter that only takes findings of low severity, below 4, is a matter of order. Whether a reason is a good one
  # is for people to judge.
  rationale = <<-EOT
    A filter with the action ARCHIVE, a mute configuration or a suppression rule takes findings away
    before people see them, and goes on to do so for years. A description says why, so that the next
    review can ask whether it still holds.
  EOT

  remediation = "Say why in `description`, and let the suppression end if it can; remove it if nobody knows why."

  references = [
    "https://docs.aws.amazon.com/guardduty/latest/ug/findings_suppression-rule.html",
    "https://learn.microsoft.com/en-us/azure/azure-monitor/alerts/alerts-processing-rules",
    "https://cloud.google.com/security-command-center/docs/how-to-mute-findings",
  ]

  match "aws_guardduty_filter" {
    where = self.action == "ARCHIVE" && !anytrue([
      for criterion in self.finding_criteria.criterion[*] :
      criterion.field == "severity" && anytrue([
        for highest in [criterion.less_than, criterion.less_than_or_equal] : highest != null && is_one_of(written(highest), "1", "2", "3", "4")
      ])
    ])
  }

  match "azurerm_monitor_alert_processing_rule_suppression" {
    where = self.enabled != false && self.schedule.effective_until == null && self.schedule.recurrence == null
  }

  match "google_scc_mute_config" "google_scc_v2_organization_mute_config" "google_scc_v2_folder_mute_config" "google_scc_v2_project_mute_config" {}

  assert {
    condition     = is_set(self.description) && self.description != ""
    error_message = "${self.entity.address} takes findings away and does not say why"
  }

  fails "no reason" {
    code = <<-TF
      resource "aws_guardduty_filter" "quiet" { #~ here
        name   = "quiet"
        action = "ARCHIVE"
        finding_criteria {
          criterion {
            field  = "region"
            equals = ["eu-west-1"]
          }
          criterion {
            field     = "severity"
            less_than = "9"
          }
        }
      }

      resource "azurerm_monitor_alert_processing_rule_suppression" "quiet" { #~ here
        name = "quiet"
      }

      resource "google_scc_mute_config" "quiet" {
        mute_config_id = "quiet"
        filter         = "severity = HIGH"
        description    = "" #~ here
      }
    TF
  }

  passes "a reason, an end, or a small matter" {
    code = <<-TF
      resource "aws_guardduty_filter" "scanner" {
        name        = "scanner"
        description = "Our own scanner, see SEC-12"
        action      = "ARCHIVE"
      }

      resource "aws_guardduty_filter" "low" {
        name   = "low"
        action = "ARCHIVE"
        finding_criteria {
          criterion {
            field                 = "severity"
            less_than_or_equal    = 3
          }
        }
      }

      resource "aws_guardduty_filter" "view" {
        name   = "view"
        action = "NOOP"
      }

      resource "azurerm_monitor_alert_processing_rule_suppression" "move" {
        name    = "move"
        enabled = true
        schedule {
          effective_until = "2027-01-01T00:00:00"
        }
      }

      resource "azurerm_monitor_alert_processing_rule_suppression" "nights" {
        name = "nights"
        schedule {
          recurrence {
            daily {
              start_time = "02:00:00"
              end_time   = "03:00:00"
            }
          }
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "action" { type = string }

      resource "aws_guardduty_filter" "quiet" { #~ here
        name   = "quiet"
        action = var.action
      }
    TF
  }
}
