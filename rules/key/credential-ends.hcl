rule "key-credential-ends" {
  title    = "Credentials that are made in Terraform are given an end"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "A secret that has leaked works until it ends; if it never ends, for ever."
    "CC6.2" = "A credential that ends is given anew only to those who still need it."
  }

  # Access keys of AWS and keys of Google's service accounts have rules of their own, which ask for none at all.
  # Rotation by hand leaves no trace in the code, so a secret of a secret store is not judged by its rotation.
  rationale = <<-EOT
    A client secret of Microsoft Entra and a token of HCP Terraform are valid for two years unless
    their end is given, and a token of GitLab for as long as the host allows, which may be for ever.
    A secret that a `time_rotating` renews is replaced as that comes round.
  EOT

  remediation = "Set the end (`end_date_relative = \"2160h\"`, `expires_at`, `expired_at`), or tie the credential to a `time_rotating` by `rotate_when_changed`; better, use workload identity federation and have no secret."

  references = [
    "https://registry.terraform.io/providers/hashicorp/azuread/latest/docs/resources/application_password",
    "https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project_access_token",
    "https://registry.terraform.io/providers/hashicorp/tfe/latest/docs/resources/team_token",
  ]

  input "most_days" {
    description = "For how many days a client secret may be valid."
    default     = 365
  }

  match "access.credential" {}

  assert {
    condition     = length([for end in self.ends : end if is_set(end)]) > 0
    error_message = "no end is set for ${self.owner.address}"
  }

  assert {
    for_each      = self.hours
    condition     = each.value <= input.most_days * 24
    error_message = "${self.owner.address} is valid for more than ${input.most_days} days"
  }

  fails "no end, or one that is far away" {
    code = <<-TF
      resource "azuread_application_password" "long" {
        application_id    = "x"
        end_date_relative = "17520h" #~ here
      }

      resource "azuread_application_password" "ci" { #~ here
        application_id = "x"
      }

      resource "azuread_service_principal_password" "ci" { #~ here
        service_principal_id = "x"
      }

      resource "gitlab_project_access_token" "ci" { #~ here
        name = "ci"
      }

      resource "tfe_team_token" "ci" { #~ here
        team_id = "x"
      }
    TF
  }

  passes "it ends, or is renewed" {
    code = <<-TF
      resource "time_rotating" "quarter" {
        rotation_days = 90
      }

      resource "azuread_application_password" "ci" {
        application_id      = "x"
        rotate_when_changed = { rotation = time_rotating.quarter.id }
      }

      resource "azuread_application_password" "short" {
        application_id    = "x"
        end_date_relative = "2160h"
      }

      resource "azuread_service_principal_password" "ci" {
        service_principal_id = "x"
        end_date             = "2027-01-01T00:00:00Z"
      }

      resource "gitlab_group_access_token" "ci" {
        name       = "ci"
        expires_at = "2027-01-01"
      }

      resource "gitlab_personal_access_token" "ci" {
        name = "ci"
        rotation_configuration = {
          expiration_days    = 90
          rotate_before_days = 14
        }
      }

      resource "tfe_team_token" "ci" {
        team_id    = "x"
        expired_at = "2027-01-01T00:00:00Z"
      }
    TF
  }

  undecided "the caller decides, and may give none" {
    code = <<-TF
      variable "end" {}

      resource "tfe_team_token" "ci" {
        team_id    = "x"
        expired_at = var.end #~ here
      }
    TF
  }
}
