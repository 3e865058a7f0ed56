rule "aws-efs-encrypted" {
  title    = "EFS file systems are encrypted"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_42", "AWS-0037", "48207659"]

  soc2 = {
    "CC6.1" = "Files at rest, and the backups made of them, are unreadable without the key."
  }

  rationale = <<-EOT
    Through the API, and so through Terraform, EFS makes an unencrypted file system unless
    `encrypted` is true. It cannot be switched on later: the files have to be moved to a new one.
  EOT

  remediation = "Set `encrypted = true`, and `kms_key_id` if you manage the key yourself."

  references = [
    "https://docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html",
  ]

  match "aws_efs_file_system" {
    defaults = { encrypted = false }
  }

  assert {
    condition     = self.encrypted
    error_message = "${self.address} stores its files unencrypted"
  }

  fix {
    set    = { encrypted = true }
    safety = "unsafe"
    reason = "Terraform replaces an existing file system to change this argument, and its files are lost."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "aws_efs_file_system" "shared" { #~ here
        creation_token = "shared"
      }
    TF
  }

  fails "it is switched off for one environment" {
    files = {
      "main.tf"          = <<-TF
        variable "encrypted" { default = true }

        resource "aws_efs_file_system" "shared" {
          encrypted = var.encrypted #~ here
        }
      TF
      "terraform.tfvars" = <<-TF
        encrypted = false
      TF
    }
  }

  passes "it is on" {
    code = <<-TF
      resource "aws_efs_file_system" "shared" {
        encrypted = true
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "encrypted" { type = bool }

      resource "aws_efs_file_system" "shared" {
        encrypted = var.encrypted #~ here
      }
    TF
  }
}
