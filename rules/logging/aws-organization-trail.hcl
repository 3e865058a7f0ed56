rule "logging-aws-organization-trail" {
  title    = "An organization of AWS has a trail"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "Without a trail, what was done in the accounts is kept for 90 days, in each of them alone, and nothing watches it."
    "CC7.3" = "Who did what is the first question about any event in an account."
  }

  # Only where the organization itself is declared. Control Tower makes a trail of its own, and trails of single
  # accounts are not known to be in all of them.
  rationale = <<-EOT
    The root that manages the organization is the one that can have a trail for all of its accounts,
    present and to come. A trail of an account by itself, or of one region, leaves gaps.
  EOT

  remediation = "Declare an `aws_cloudtrail` with `is_organization_trail = true` and `is_multi_region_trail = true`. If Control Tower or another repository does it, say so in a waiver."

  references = [
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html",
  ]

  match "aws_organizations_organization" {}

  link "trail" {
    to    = "aws_cloudtrail"
    where = other.is_organization_trail == true && other.is_multi_region_trail == true && other.enable_logging != false
  }

  link "lake" {
    to    = "aws_cloudtrail_event_data_store"
    where = other.organization_enabled == true
  }

  link "elsewhere" {
    to    = "terraform.module"
    where = !startswith(other.source, ".") && matches("(?i)trail|baseline|security|audit|landing-?zone|control-?tower", other.source)
  }

  assert {
    condition = (
      length(link.trail) > 0 || length(link.lake) > 0
      || contains(or_default(self.aws_service_access_principals, []), "controltower.amazonaws.com")
      || (length(link.elsewhere) > 0 && undecided("whether a module that is not in this repository makes a trail"))
    )
    at            = self
    error_message = "no trail records what is done in the accounts of ${self.address}"
  }

  fails "none, or one of an account" {
    code = <<-TF
      resource "aws_organizations_organization" "main" { #~ here
        feature_set                   = "ALL"
        aws_service_access_principals = ["sso.amazonaws.com"]
      }

      resource "aws_cloudtrail" "main" {
        name                  = "main"
        is_multi_region_trail = true
      }

      resource "aws_cloudtrail" "off" {
        name                  = "off"
        is_multi_region_trail = true
        is_organization_trail = true
        enable_logging        = false
      }
    TF
  }

  passes "a trail of the organization" {
    code = <<-TF
      resource "aws_organizations_organization" "main" {
        feature_set = "ALL"
      }

      resource "aws_cloudtrail" "main" {
        name                  = "main"
        is_multi_region_trail = true
        is_organization_trail = true
      }
    TF
  }

  passes "CloudTrail Lake" {
    code = <<-TF
      resource "aws_organizations_organization" "main" {
        feature_set = "ALL"
      }

      resource "aws_cloudtrail_event_data_store" "main" {
        name                 = "main"
        organization_enabled = true
      }
    TF
  }

  passes "Control Tower" {
    code = <<-TF
      resource "aws_organizations_organization" "main" {
        aws_service_access_principals = ["controltower.amazonaws.com"]
      }
    TF
  }

  undecided "a module from elsewhere may do it" {
    code = <<-TF
      resource "aws_organizations_organization" "main" { #~ here
        feature_set = "ALL"
      }

      module "trail" {
        source = "cloudposse/cloudtrail/aws"
      }
    TF
  }
}
