rule "aws-instance-imdsv2" {
  title    = "Instances require version 2 of the metadata service"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_79", "AWS-0028", "AWS-0130"]

  soc2 = {
    "CC6.1" = "The role credentials that the metadata service hands out stay with the instance, even if a program on it can be tricked into fetching addresses."
    "CC6.6" = "A request forged from outside cannot get the session token that version 2 asks for."
  }

  # Some images (Amazon Linux 2023 among them) ask for version 2 on their own. That is a setting of
  # the image, not of this code, so an instance that says nothing fails. An instance that is made
  # from a launch template and sets nothing of its own is judged by the template.
  rationale = <<-EOT
    Version 1 answers any plain request, so one forged request to `169.254.169.254` is enough to
    steal the credentials of the instance's role. Version 2 wants a token first. The provider's
    default, `http_tokens = "optional"`, takes both. A default for the account in the same root
    module counts.
  EOT

  remediation = "Set `http_tokens = \"required\"` in `metadata_options`."

  references = [
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html",
  ]

  match "aws_instance" "aws_launch_template" "aws_launch_configuration" "aws_spot_instance_request" {
    where = self.metadata_options != null || self.launch_template == null
    defaults = {
      metadata_options = { http_tokens = "optional", http_endpoint = "enabled" }
    }
  }

  link "account" {
    to    = "aws_ec2_instance_metadata_defaults"
    where = other.scope == self.scope
  }

  assert {
    condition = (
      self.metadata_options.http_tokens == "required"
      || self.metadata_options.http_endpoint == "disabled"
      || anytrue([for account in link.account : account.http_tokens == "required"])
    )
    error_message = "${self.address} takes requests for metadata without a token"
  }

  fix {
    set    = { metadata_options = { http_tokens = "required" } }
    safety = "unsafe"
    reason = "Programs with an AWS SDK from before 2019 cannot use version 2."
  }

  fails "nothing is said, or tokens are optional" {
    code = <<-TF
      resource "aws_instance" "app" { #~ here
        ami = "ami-0abcdef1234567890"
      }

      resource "aws_launch_template" "workers" {
        metadata_options {
          http_tokens = "optional" #~ here
        }
      }

      resource "aws_launch_configuration" "old" {
        metadata_options { #~ here
          http_endpoint = "enabled"
        }
      }
    TF
  }

  passes "tokens are required, or there is no metadata" {
    code = <<-TF
      resource "aws_launch_template" "workers" {
        metadata_options {
          http_tokens = "required"
        }
      }

      resource "aws_instance" "worker" {
        launch_template {
          id = aws_launch_template.workers.id
        }
      }

      resource "aws_instance" "app" {
        metadata_options {
          http_endpoint = "disabled"
        }
      }
    TF
  }

  passes "the account requires it" {
    code = <<-TF
      resource "aws_ec2_instance_metadata_defaults" "this" {
        http_tokens = "required"
      }

      resource "aws_instance" "app" {
        ami = "ami-0abcdef1234567890"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "tokens" { type = string }

      resource "aws_instance" "app" {
        metadata_options {
          http_tokens = var.tokens #~ here
        }
      }
    TF
  }
}
