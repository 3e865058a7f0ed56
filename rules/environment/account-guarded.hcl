rule "environment-account-guarded" {
  title    = "Production names the account it is deployed to"
  severity = "low"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "With the credentials of another account in the shell, a change meant for one place is made in another."
  }

  rationale   = "The provider of production takes whatever account the credentials at hand belong to. `allowed_account_ids` refuses all others; a role to assume, a `subscription_id` or a `project` names one. A wrapper such as Terragrunt or Atlantis may do the same outside of the root: then the exception says which."
  remediation = "Set `allowed_account_ids` (AWS), `subscription_id` (Azure) or `project` (Google) in the provider of production."
  references = [
    "https://registry.terraform.io/providers/hashicorp/aws/latest/docs#allowed_account_ids-1",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs#subscription_id-1",
  ]

  # The default configuration is what production goes to; one with an alias reaches into other places on purpose.
  match "terraform.provider" {
    where = (
      self.environment.class == "production"
      && self.alias == null
      && is_one_of(self.provider, "aws", "azurerm", "google")
    )
  }

  assert {
    condition = anytrue([
      for guard in [self.allowed_account_ids, self.assume_role.role_arn, self.assume_role_with_web_identity.role_arn, self.subscription_id, self.project] : is_set(guard)
    ])
    error_message = "${self.scope} deploys production into whatever account the credentials belong to"
  }

  fails "nothing says which" {
    path = "envs/production/main.tf"
    code = <<-TF
      provider "aws" { #~ here
        region = "eu-west-1"
      }
      provider "google" { #~ here
        region = "europe-west1"
      }
    TF
  }

  passes "each says which" {
    files = {
      "envs/production/main.tf" = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"]
        }
        provider "aws" {
          alias = "dns"
        }
        provider "azurerm" {
          subscription_id = "00000000-0000-0000-0000-000000000001"
        }
        provider "google" {
          project = "example-production"
        }
      TF
      "envs/prod-us/main.tf"    = <<-TF
        provider "aws" {
          assume_role {
            role_arn = "arn:aws:iam::111122223333:role/terraform"
          }
        }
      TF
      "envs/prod-asia/main.tf"  = <<-TF
        provider "aws" {
          assume_role_with_web_identity {
            role_arn = "arn:aws:iam::111122223333:role/terraform"
          }
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        provider "aws" {
          region = "eu-west-1"
        }
      TF
    }
  }

  undecided "a variable that may be null" {
    path = "envs/production/main.tf"
    code = <<-TF
      variable "accounts" {}
      provider "aws" {
        allowed_account_ids = var.accounts #~ here
      }
    TF
  }
}
