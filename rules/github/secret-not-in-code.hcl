rule "github-secret-not-in-code" {
  title    = "Secrets of repositories are not written in Terraform"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_GIT_4", "GIT-0002"]

  soc2 = {
    "CC6.1" = "A secret in the code is known to everybody who can read the repository, and stays in its history and in the state."
  }

  rationale   = "The plain value of the secret stands in the configuration, or in the default of a variable."
  remediation = "Give the value by a variable that is `sensitive` and has no default, or take it from a secret store; replace the secret that was committed."
  references  = ["https://registry.terraform.io/providers/integrations/github/latest/docs/resources/actions_secret"]

  match "github_actions_secret" "github_actions_environment_secret" "github_actions_organization_secret" "github_dependabot_secret" "github_dependabot_organization_secret" "github_codespaces_secret" "github_codespaces_organization_secret" {}

  # What is put together of values that are read elsewhere has no hash before that: it is not in the code.
  # `value` takes the place of `plaintext_value` since version 6.9 of the provider.
  assert {
    condition     = self.plaintext_value == null || sha256(self.plaintext_value) == sha256("")
    error_message = "${self.address} has its secret in the code"
  }

  assert {
    condition     = self.value == null || sha256(self.value) == sha256("")
    error_message = "${self.address} has its secret in the code"
  }

  fails "written out, and through a default" {
    code = <<-TF
      variable "token" { default = "0123456789" }
      resource "github_actions_secret" "token" {
        repository      = "app"
        secret_name     = "TOKEN"
        plaintext_value = var.token #~ here
      }
      resource "github_dependabot_secret" "token" {
        repository  = "app"
        secret_name = "TOKEN"
        value       = "0123456789" #~ here
      }
    TF
  }

  passes "encrypted" {
    code = <<-TF
      resource "github_actions_secret" "token" {
        repository      = "app"
        secret_name     = "TOKEN"
        encrypted_value = "c2VhbGVk"
      }
    TF
  }

  undecided "whoever applies it gives the value" {
    code = <<-TF
      variable "token" {
        type      = string
        sensitive = true
      }
      resource "github_actions_secret" "token" {
        repository      = "app"
        secret_name     = "TOKEN"
        plaintext_value = var.token #~ here
      }
    TF
  }
}
