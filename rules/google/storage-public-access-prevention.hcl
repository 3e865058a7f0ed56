rule "google-storage-public-access-prevention" {
  title    = "Storage buckets cannot be made public"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_114"]

  soc2 = {
    "CC6.1" = "A grant to the public, made by mistake or on purpose, has no effect."
    "CC6.6" = "The boundary holds even if somebody changes the bucket outside of this configuration."
  }

  # An organization policy counts wherever in the repository it stands. Which projects it covers is not
  # followed.
  rationale = <<-EOT
    With public access prevention enforced, nobody can open the bucket to the public. A bucket that
    says nothing inherits what the organization says, which is nothing unless a policy for
    `storage.publicAccessPrevention` is enforced.
  EOT

  remediation = "Set `public_access_prevention = \"enforced\"` on the bucket, or enforce the organization policy `storage.publicAccessPrevention`."

  references = [
    "https://cloud.google.com/storage/docs/public-access-prevention",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/storage_bucket",
  ]

  match "google_storage_bucket" {
    defaults = { public_access_prevention = "inherited" }
  }

  link "policies" {
    to    = "google.org_policy"
    where = endswith(other.constraint, "storage.publicAccessPrevention")
  }

  assert {
    condition     = self.public_access_prevention == "enforced" || anytrue([for policy in link.policies : policy.enforced])
    error_message = "${self.address} can be opened to the public"
  }

  fix {
    set    = { public_access_prevention = "enforced" }
    safety = "unsafe"
    reason = "If the bucket is public on purpose, its readers lose access."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "google_storage_bucket" "assets" { #~ here
        name = "acme-assets"
      }
    TF
  }

  fails "it inherits, and the organization enforces nothing" {
    code = <<-TF
      resource "google_storage_bucket" "assets" {
        public_access_prevention = "inherited" #~ here
      }

      resource "google_org_policy_policy" "keys" {
        name = "organizations/123/policies/iam.disableServiceAccountKeyCreation"

        spec {
          rules {
            enforce = "TRUE"
          }
        }
      }
    TF
  }

  passes "the bucket enforces it" {
    code = <<-TF
      resource "google_storage_bucket" "assets" {
        public_access_prevention = "enforced"
      }
    TF
  }

  passes "the organization enforces it" {
    code = <<-TF
      resource "google_storage_bucket" "assets" {
        name = "acme-assets"
      }

      resource "google_org_policy_policy" "public" {
        name = "organizations/123/policies/storage.publicAccessPrevention"

        spec {
          rules {
            enforce = "TRUE"
          }
        }
      }
    TF
  }

  passes "the project enforces it by an older kind of resource" {
    code = <<-TF
      resource "google_storage_bucket" "assets" {
        name = "acme-assets"
      }

      resource "google_project_organization_policy" "public" {
        constraint = "constraints/storage.publicAccessPrevention"

        boolean_policy {
          enforced = true
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "prevention" { type = string }

      resource "google_storage_bucket" "assets" {
        public_access_prevention = var.prevention #~ here
      }
    TF
  }
}
