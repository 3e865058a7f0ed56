rule "scanning-aws-inspector-enabled" {
  title    = "Instances and functions in AWS are scanned for vulnerabilities"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC7.1" = "Vulnerabilities of what is running become known after it was deployed, and come to light only if somebody looks all the time."
  }

  # Only a root that manages the baseline of an account and runs something in it: elsewhere the scanner is likely
  # switched on in another root. Images of containers are for ci-images-scanned.
  rationale = <<-EOT
    Amazon Inspector scans instances and functions continually once it is switched on for the
    account. A root that sets up the account's trail or detectors and runs instances or functions is
    where one expects to find it; patching by Systems Manager counts as well.
  EOT

  remediation = "Declare `aws_inspector2_enabler` with `resource_types = [\"EC2\", \"LAMBDA\"]`. If another scanner does it, say so in a waiver."

  references = [
    "https://docs.aws.amazon.com/inspector/latest/user/what-is-inspector.html",
    "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/inspector2_enabler",
  ]

  match "cloud.aws_baseline_root" {}

  link "deployed" {
    to    = "cloud.deployed"
    where = other.scope == self.scope
  }

  link "compute" {
    to    = "cloud.aws_compute"
    where = other.scope == self.scope
  }

  link "scanner" {
    to    = "cloud.aws_scanner"
    where = true
  }

  link "elsewhere" {
    to    = "terraform.module"
    where = !startswith(other.source, ".") && matches("(?i)inspector|baseline|security|patch|landing-?zone", other.source)
  }

  assert {
    for_each      = length(link.deployed) > 0 && length(link.compute) > 0 ? [true] : []
    condition     = length(link.scanner) > 0 || (length(link.elsewhere) > 0 && undecided("whether a module that is not in this repository scans"))
    at            = self
    error_message = "${self.path} sets up an account and runs software in it that nothing scans"
  }

  fails "an account with instances" {
    code = <<-TF
      provider "aws" {} #~ here

      resource "aws_guardduty_detector" "main" {}

      resource "aws_instance" "app" {
        ami = "ami-0"
      }
    TF
  }

  passes "Inspector, or patching" {
    files = {
      "accounts/one/main.tf" = <<-TF
        provider "aws" {}

        resource "aws_cloudtrail" "main" {
          name                  = "main"
          is_multi_region_trail = true
        }

        resource "aws_lambda_function" "app" {
          function_name = "app"
        }

        resource "aws_inspector2_enabler" "main" {
          resource_types = ["EC2", "LAMBDA"]
        }

        resource "aws_ssm_association" "patch" {
          name = "AWS-RunPatchBaseline"
        }

        resource "aws_ssm_maintenance_window_task" "patch" {
          task_arn = "AWS-RunPatchBaseline"
        }
      TF
      "app/main.tf"          = <<-TF
        provider "aws" {}

        resource "aws_instance" "app" {
          ami = "ami-0"
        }

        resource "aws_cloudtrail" "regional" {
          name                  = "regional"
          is_organization_trail = false
        }
      TF
    }
  }

  undecided "a module from elsewhere may do it" {
    code = <<-TF
      terraform { #~ here
        backend "s3" {}
      }

      resource "aws_securityhub_account" "main" {}

      resource "aws_instance" "app" {
        ami = "ami-0"
      }

      module "baseline" {
        source = "github.com/acme/secure-baseline"
      }
    TF
  }
}
