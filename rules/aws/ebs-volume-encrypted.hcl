rule "aws-ebs-volume-encrypted" {
  title    = "EBS volumes are encrypted"
  severity = "high"
  since    = "0.1.0"
  aliases = [
    "CKV_AWS_3", "CKV_AWS_8", "AWS-0026", "AWS-0008", "AWS-0131", "CKV2_AWS_2", "cc997676", "4de9de27", "AWS-0122",
  ]

  soc2 = {
    "CC6.1" = "Whoever gets hold of a volume or of a snapshot of it cannot read the data without the key."
  }

  rationale = <<-EOT
    EBS encrypts a volume only if `encrypted` is true, or if the account encrypts new volumes by
    default. A snapshot of an unencrypted volume is unencrypted too, and can be shared or copied.
    An instance whose root volume is not described at all takes it from its image, and a volume made
    from a snapshot takes the snapshot's encryption; neither can be told here, so both are left out.
  EOT

  remediation = "Set `encrypted = true`, or manage `aws_ebs_encryption_by_default` in the same root module."

  references = [
    "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
    "https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html",
  ]

  match "aws.ebs_volume" {
    where    = self.encrypted != null || !is_set(self.snapshot_id)
    defaults = { encrypted = false }
  }

  # The setting is one of an account and region. A root module that works in several regions
  # through provider aliases is taken for one.
  link "account" {
    to       = "aws_ebs_encryption_by_default"
    where    = other.scope == self.scope
    defaults = { enabled = true }
  }

  assert {
    condition     = self.encrypted || anytrue([for account in link.account : account.enabled])
    error_message = "${self.owner.address} has a volume that is not encrypted"
  }

  fix {
    set    = { encrypted = true }
    safety = "unsafe"
    reason = "Terraform replaces a volume, or the instance that it belongs to, to encrypt it."
  }

  fails "volumes of their own, and those of an instance" {
    code = <<-TF
      resource "aws_ebs_volume" "data" { #~ here
        availability_zone = "eu-west-1a"
        size              = 100
      }

      resource "aws_instance" "app" {
        ami = "ami-0abcdef1234567890"

        root_block_device {
          encrypted = false #~ here
        }

        ebs_block_device { #~ here
          device_name = "/dev/sdf"
        }
      }
    TF
  }

  fails "a launch template asks for a plain volume" {
    code = <<-TF
      resource "aws_launch_template" "workers" {
        block_device_mappings {
          device_name = "/dev/xvda"

          ebs { #~ here
            volume_size = 50
          }
        }
      }
    TF
  }

  fails "the account's default is switched off" {
    code = <<-TF
      resource "aws_ebs_encryption_by_default" "this" {
        enabled = false
      }

      resource "aws_ebs_volume" "data" { #~ here
        availability_zone = "eu-west-1a"
        size              = 100
      }
    TF
  }

  passes "each volume says so" {
    code = <<-TF
      resource "aws_ebs_volume" "data" {
        availability_zone = "eu-west-1a"
        size              = 100
        encrypted         = true
      }

      resource "aws_ebs_volume" "restored" {
        availability_zone = "eu-west-1a"
        snapshot_id       = "snap-0123456789abcdef0"
      }

      resource "aws_launch_template" "workers" {
        block_device_mappings {
          device_name = "/dev/xvda"

          ebs {
            encrypted = "true"
          }
        }

        block_device_mappings {
          device_name = "/dev/xvdb"
          no_device   = "true"
        }
      }
    TF
  }

  passes "the account encrypts by default" {
    code = <<-TF
      resource "aws_ebs_encryption_by_default" "this" {}

      resource "aws_ebs_volume" "data" {
        availability_zone = "eu-west-1a"
        size              = 100
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "encrypted" { type = bool }

      resource "aws_ebs_volume" "data" {
        availability_zone = "eu-west-1a"
        size              = 100
        encrypted         = var.encrypted #~ here
      }
    TF
  }
}
