rule "google-kms-key-rotation" {
  title    = "KMS keys are rotated at least once a year"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_43", "GCP-0065", "352271ca", "d8c57c4e"]

  soc2 = {
    "CC6.1" = "A key that leaked unnoticed stops being of use when the next one takes its place."
  }

  # Only symmetric keys for encryption can be rotated on a schedule; imported and external ones cannot.
  rationale = <<-EOT
    A key is rotated on a schedule only if it has a `rotation_period`. The criterion names no period; a
    year is the longest that auditors usually accept, and many firms ask for 90 days. Both are
    a matter of the input `days`.
  EOT

  remediation = "Set `rotation_period` to a year or less, such as \"7776000s\" for 90 days."

  references = [
    "https://cloud.google.com/kms/docs/key-rotation",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/kms_crypto_key",
  ]

  input "days" {
    description = "How many days a key may live before it is rotated."
    default     = 365
  }

  match "google_kms_crypto_key" {
    where = (
      (self.purpose == null || self.purpose == "ENCRYPT_DECRYPT")
      && self.import_only != true
      && !is_one_of(self.version_template.protection_level, "EXTERNAL", "EXTERNAL_VPC")
    )
  }

  assert {
    condition     = is_set(self.rotation_period)
    error_message = "${self.address} is never rotated"
  }

  assert {
    for_each      = compact([self.rotation_period])
    condition     = tonumber(trimsuffix(each.value, "s")) <= input.days * 86400
    error_message = "${self.address} is rotated less than once in ${input.days} days"
  }

  fix {
    set    = { rotation_period = "7776000s" }
    safety = "unsafe"
    reason = "New versions of the key cost money, and old ones must be kept as long as data is encrypted with them."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "google_kms_crypto_key" "data" { #~ here
        name     = "data"
        key_ring = google_kms_key_ring.main.id
      }
    TF
  }

  fails "every two years" {
    code = <<-TF
      resource "google_kms_crypto_key" "data" {
        purpose         = "ENCRYPT_DECRYPT"
        rotation_period = "63072000s" #~ here
      }
    TF
  }

  passes "every 90 days" {
    code = <<-TF
      resource "google_kms_crypto_key" "data" {
        rotation_period = "7776000s"
      }
    TF
  }

  passes "keys that sign, and keys from elsewhere, cannot be rotated on a schedule" {
    code = <<-TF
      resource "google_kms_crypto_key" "data" {
        rotation_period = "31536000s"
      }

      resource "google_kms_crypto_key" "releases" {
        purpose = "ASYMMETRIC_SIGN"
      }

      resource "google_kms_crypto_key" "imported" {
        import_only = true
      }

      resource "google_kms_crypto_key" "external" {
        version_template {
          algorithm        = "EXTERNAL_SYMMETRIC_ENCRYPTION"
          protection_level = "EXTERNAL"
        }
      }
    TF
  }

  undecided "the caller decides, and may give nothing" {
    code = <<-TF
      variable "period" { type = string }

      resource "google_kms_crypto_key" "data" {
        rotation_period = var.period #~ here
      }
    TF
  }
}
