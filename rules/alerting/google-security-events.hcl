rule "alerting-google-security-events" {
  title    = "Security events of a Google Cloud organization or project are told to somebody"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "These events are the signs of an attack that the audit log can show, and the log tells nobody by itself."
    "CC7.3" = "Each of them is judged soon after it happened only if somebody is told."
  }

  # Only where the audit log itself is set up: elsewhere the absence of alerts says nothing. Alerts in all roots of the
  # repository count. Findings of Security Command Center that are sent on are taken to be watched, and so is a log
  # that goes to a topic, where most firms have a SIEM listen.
  rationale = <<-EOT
    The audit log records who changed what. For new owners, changes of the log itself, custom roles,
    firewall rules and the permissions of buckets there should be an alert with a notification channel.
  EOT

  remediation = "Add a `google_logging_metric` for each of the events that are listed, and a `google_monitoring_alert_policy` on it with `notification_channels`."

  references = [
    "https://cloud.google.com/logging/docs/alerting/monitoring-logs",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/monitoring_alert_policy",
    "https://cloud.google.com/security-command-center/docs/how-to-notifications",
  ]

  match "google_organization_iam_audit_config" "google_folder_iam_audit_config" "google_project_iam_audit_config" {
    where = is_one_of(self.service, "allServices")
  }

  link "root" {
    to    = "cloud.deployed"
    where = other.scope == self.scope
  }

  link "metric" {
    to    = "google_logging_metric"
    where = other.disabled != true
  }

  link "alert" {
    to    = "google_monitoring_alert_policy"
    where = other.enabled != false && length(other.notification_channels[*]) > 0
  }

  link "watched" {
    to    = "google.watched_elsewhere"
    where = true
  }

  link "elsewhere" {
    to    = "terraform.module"
    where = !startswith(other.source, ".") && matches("(?i)alert|baseline|monitor|security|siem|landing-?zone", other.source)
  }

  assert {
    for_each = length(link.root) > 0 ? [[
      for kind, pattern in {
        "new owners"             = "roles/owner|ProjectOwnerInvitee"
        "changes of the log"     = "auditConfigDeltas|SetIamPolicy.*auditConfig"
        "custom roles"           = "iam_role|google[.]iam[.]admin[.]v1[.](Create|Delete|Update)Role"
        "firewall rules"         = "gce_firewall_rule|compute[.]firewalls[.]"
        "permissions of buckets" = "storage[.]setIamPermissions"
      } : kind
      if !anytrue(concat(
        [
          for metric in link.metric : matches(pattern, metric.filter) && anytrue(flatten([
            for alert in link.alert : [
              for condition in alert.conditions[*] : strcontains(written(condition.condition_threshold.filter), metric.name)
            ]
          ]))
        ],
        flatten([
          for alert in link.alert : [for condition in alert.conditions[*] : matches(pattern, condition.condition_matched_log.filter)]
        ]),
      ))
    ]] : []
    condition = (
      length(each.value) == 0 || length(link.watched) > 0
      || (length(link.elsewhere) > 0 && undecided("whether a module that is not in this repository tells somebody"))
    )
    at            = self
    error_message = "of what ${self.address} records, nobody is told about ${join(", ", each.value)}"
  }

  fails "a log that nobody watches" {
    code = <<-TF
      provider "google" {
        project = "acme"
      }

      resource "google_project_iam_audit_config" "all" { #~ here
        project = "acme"
        service = "allServices"

        audit_log_config {
          log_type = "DATA_WRITE"
        }
      }

      resource "google_logging_metric" "owner" {
        name   = "owners"
        filter = "protoPayload.serviceData.policyDelta.bindingDeltas.role=\"roles/owner\""
      }

      resource "google_monitoring_alert_policy" "silent" {
        display_name = "owners"
        combiner     = "OR"

        conditions {
          display_name = "owners"

          condition_threshold {
            filter     = "metric.type=\"logging.googleapis.com/user/owners\""
            comparison = "COMPARISON_GT"
            duration   = "0s"
          }
        }
      }
    TF
  }

  passes "an alert for each" {
    code = <<-TF
      provider "google" {
        project = "acme"
      }

      resource "google_organization_iam_audit_config" "all" {
        org_id  = "1"
        service = "allServices"

        audit_log_config {
          log_type = "ADMIN_READ"
        }
      }

      locals {
        events = {
          owners   = "protoPayload.serviceData.policyDelta.bindingDeltas.role=\"roles/owner\""
          log      = "protoPayload.methodName=\"SetIamPolicy\" AND protoPayload.serviceData.policyDelta.auditConfigDeltas:*"
          roles    = "resource.type=\"iam_role\""
          firewall = "resource.type=\"gce_firewall_rule\""
        }
      }

      resource "google_logging_metric" "event" {
        for_each = local.events
        name     = each.key
        filter   = each.value
      }

      resource "google_monitoring_alert_policy" "event" {
        for_each              = google_logging_metric.event
        display_name          = each.key
        combiner              = "OR"
        enabled               = true
        notification_channels = ["projects/acme/notificationChannels/1"]

        conditions {
          display_name = each.key

          condition_threshold {
            filter = "metric.type=\"logging.googleapis.com/user/$${each.value.name}\""
          }
        }
      }

      resource "google_monitoring_alert_policy" "buckets" {
        display_name          = "buckets"
        combiner              = "OR"
        notification_channels = ["projects/acme/notificationChannels/1"]

        conditions {
          display_name = "buckets"

          condition_matched_log {
            filter = "protoPayload.methodName=\"storage.setIamPermissions\""
          }
        }
      }

      resource "google_logging_metric" "off" {
        name     = "off"
        filter   = "x"
        disabled = true
      }
    TF
  }

  passes "findings of Security Command Center are sent on, or the log goes to a topic" {
    code = <<-TF
      provider "google" {
        project = "acme"
      }

      resource "google_folder_iam_audit_config" "all" {
        folder  = "folders/1"
        service = "allServices"

        audit_log_config {
          log_type = "ADMIN_READ"
        }
      }

      resource "google_scc_notification_config" "all" {
        config_id    = "all"
        organization = "1"
        pubsub_topic = "projects/acme/topics/findings"
      }

      resource "google_logging_organization_sink" "siem" {
        name        = "siem"
        org_id      = "1"
        destination = "pubsub.googleapis.com/projects/acme/topics/siem"
      }
    TF
  }

  undecided "a module from elsewhere may do it" {
    code = <<-TF
      provider "google" {
        project = "acme"
      }

      resource "google_project_iam_audit_config" "all" { #~ here
        project = "acme"
        service = "allServices"

        audit_log_config {
          log_type = "ADMIN_READ"
        }
      }

      module "monitoring" {
        source  = "acme/security-monitoring/google"
        version = "1.0.0"
      }
    TF
  }
}
