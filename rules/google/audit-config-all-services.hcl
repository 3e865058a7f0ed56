rule "google-audit-config-all-services" {
  title    = "Audit logs for all services record reads and writes of everybody"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV2_GCP_5", "GCP-0079", "89fe890f"]

  soc2 = {
    "CC7.2" = "Without data access logs nobody can say who read or changed data, and an attack leaves no trace."
  }

  # Only a configuration for all services is judged. One for a single service may leave out what another
  # covers, and a project may inherit its configuration from a folder or the organization.
  rationale = <<-EOT
    Google records administrative changes on its own, but reads of configuration and all access to
    data only where an audit configuration says so. One for `allServices` should record ADMIN_READ,
    DATA_READ and DATA_WRITE, and should exempt nobody: an account that leaves no trace is the one
    to take over.
  EOT

  remediation = "Give the configuration an `audit_log_config` for each of ADMIN_READ, DATA_READ and DATA_WRITE, and remove `exempted_members`."

  references = [
    "https://cloud.google.com/logging/docs/audit/configure-data-access",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project_iam",
  ]

  match "google_project_iam_audit_config" "google_folder_iam_audit_config" "google_organization_iam_audit_config" {
    where = self.service == "allServices"
  }

  assert {
    condition = alltrue([
      for type in ["ADMIN_READ", "DATA_READ", "DATA_WRITE"] : contains(self.audit_log_config[*].log_type, type)
    ])
    at            = self
    error_message = "${self.address} leaves out some kinds of access"
  }

  assert {
    for_each      = self.audit_log_config
    condition     = length(each.value.exempted_members[*]) == 0
    error_message = "${self.address} records nothing of some members"
  }

  fails "reads are left out" {
    code = <<-TF
      resource "google_project_iam_audit_config" "all" { #~ here
        project = "acme"
        service = "allServices"

        audit_log_config {
          log_type = "ADMIN_READ"
        }

        audit_log_config {
          log_type = "DATA_WRITE"
        }
      }
    TF
  }

  fails "somebody is exempt" {
    code = <<-TF
      resource "google_organization_iam_audit_config" "all" {
        service = "allServices"

        audit_log_config {
          log_type = "ADMIN_READ"
        }

        audit_log_config {
          log_type = "DATA_WRITE"
        }

        audit_log_config {
          log_type         = "DATA_READ"
          exempted_members = ["user:admin@example.com"] #~ here
        }
      }
    TF
  }

  passes "all kinds, for everybody" {
    code = <<-TF
      resource "google_project_iam_audit_config" "all" {
        service = "allServices"

        audit_log_config {
          log_type = "ADMIN_READ"
        }

        audit_log_config {
          log_type = "DATA_READ"
        }

        audit_log_config {
          log_type = "DATA_WRITE"
        }
      }

      resource "google_project_iam_audit_config" "storage" {
        service = "storage.googleapis.com"

        audit_log_config {
          log_type = "DATA_READ"
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "type" { type = string }

      resource "google_project_iam_audit_config" "all" { #~ here
        service = "allServices"

        audit_log_config {
          log_type = "ADMIN_READ"
        }

        audit_log_config {
          log_type = "DATA_READ"
        }

        audit_log_config {
          log_type = var.type
        }
      }
    TF
  }
}
