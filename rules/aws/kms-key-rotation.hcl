rule "aws-kms-key-rotation" {
  title    = "KMS keys rotate"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_7", "AWS-0065"]

  soc2 = {
    "CC6.1" = "Changing the key material regularly limits how much data one leaked key can open."
  }

  rationale = <<-EOT
    KMS rotates a key that you manage only if `enable_key_rotation` is true. Old material is kept, so
    nothing has to be encrypted again and the key's identifier stays. Asymmetric and HMAC keys, and
    keys in a custom key store, cannot rotate on their own, and are left out.
  EOT

  remediation = "Set `enable_key_rotation = true`."

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable-disable.html",
  ]

  input "most_days" {
    description = "The longest time between two rotations, in days."
    default     = 365
  }

  match "aws_kms_key" {
    where = (
      or_default(self.customer_master_key_spec, "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
      && or_default(self.key_usage, "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT"
      && !is_set(self.custom_key_store_id)
    )
    defaults = {
      enable_key_rotation     = false
      rotation_period_in_days = 365
    }
  }

  assert {
    condition     = self.enable_key_rotation
    error_message = "${self.address} does not rotate"
  }

  assert {
    condition     = self.rotation_period_in_days <= input.most_days
    error_message = "${self.address} rotates less often than every ${input.most_days} days"
  }

  fix {
    set = {
      enable_key_rotation     = true
      rotation_period_in_days = min(self.rotation_period_in_days, input.most_days)
    }
    safety = "safe"
  }

  fails "rotation is not asked for" {
    code = <<-TF
      resource "aws_kms_key" "data" { #~ here
        description = "Customer data"
      }

      resource "aws_kms_key" "logs" {
        enable_key_rotation = false #~ here
      }
    TF
  }

  fails "years between two rotations" {
    code = <<-TF
      resource "aws_kms_key" "data" {
        enable_key_rotation     = true
        rotation_period_in_days = 2560 #~ here
      }
    TF
  }

  passes "each year" {
    code = <<-TF
      resource "aws_kms_key" "data" {
        enable_key_rotation = true
      }

      resource "aws_kms_key" "signing" {
        customer_master_key_spec = "RSA_4096"
        key_usage                = "SIGN_VERIFY"
      }

      resource "aws_kms_key" "hsm" {
        custom_key_store_id = "cks-1234567890abcdef0"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "rotate" { type = bool }

      resource "aws_kms_key" "data" {
        enable_key_rotation = var.rotate #~ here
      }
    TF
  }
}
