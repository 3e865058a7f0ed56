rule "terraform-backend-encrypted" {
  title    = "The state is encrypted"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "The state holds every attribute of every resource, passwords and keys among them."
  }

  rationale   = "`encrypt = false` switches off the encryption that Terraform asks S3 for. S3 encrypts with a key of its own in any case since January 2023, so an argument that is left out is not reported; one that says no is a decision to look at."
  remediation = "Set `encrypt = true`, and `kms_key_id` if you manage the key."
  references  = ["https://developer.hashicorp.com/terraform/language/backend/s3"]

  match "terraform.backend" {
    where    = self.type == "s3"
    defaults = { encrypt = true }
  }

  assert {
    condition     = self.encrypt
    error_message = "the state in ${written(self.bucket)} is stored unencrypted"
  }

  fix {
    set    = { encrypt = true }
    safety = "safe"
  }

  fails "it is switched off" {
    code = <<-TF
      terraform {
        backend "s3" {
          bucket  = "example-state"
          key     = "app.tfstate"
          encrypt = false #~ here
        }
      }
    TF
  }

  passes "it is on" {
    code = <<-TF
      terraform {
        backend "s3" {
          bucket  = "example-state"
          key     = "app.tfstate"
          encrypt = true
        }
      }
    TF
  }
}
