rule "google-storage-uniform-access" {
  title    = "Storage buckets decide access by roles alone"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_29", "GCP-0002", "bb0db090"]

  soc2 = {
    "CC6.1" = "Who can read the data is said in one place, not on every object for itself."
    "CC6.3" = "Access that is withdrawn from a role is withdrawn for every object."
  }

  rationale = <<-EOT
    Besides roles, each object can have an access control list of its own, which nobody sees when they
    review the bucket. Uniform bucket-level access turns those lists off. The provider leaves it
    off itself.
  EOT

  remediation = "Set `uniform_bucket_level_access = true`, after moving what access control lists grant to roles."

  references = [
    "https://cloud.google.com/storage/docs/uniform-bucket-level-access",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/storage_bucket",
  ]

  match "google_storage_bucket" {
    defaults = { uniform_bucket_level_access = false }
  }

  assert {
    condition     = self.uniform_bucket_level_access
    error_message = "${self.address} lets each object have an access list of its own"
  }

  fix {
    set    = { uniform_bucket_level_access = true }
    safety = "unsafe"
    reason = "Access that is given by lists on objects ends, and after 90 days the change cannot be taken back."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "google_storage_bucket" "assets" { #~ here
        name     = "acme-assets"
        location = "EU"
      }
    TF
  }

  fails "it is off" {
    code = <<-TF
      resource "google_storage_bucket" "assets" {
        uniform_bucket_level_access = false #~ here
      }
    TF
  }

  passes "it is on" {
    code = <<-TF
      resource "google_storage_bucket" "assets" {
        uniform_bucket_level_access = true
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "uniform" { type = bool }

      resource "google_storage_bucket" "assets" {
        uniform_bucket_level_access = var.uniform #~ here
      }
    TF
  }
}
