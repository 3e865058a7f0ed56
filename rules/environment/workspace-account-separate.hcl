rule "environment-workspace-account-separate" {
  title    = "A root that deploys production and other environments uses an account for each"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "One wrong word on the command line, the workspace or the variable file, changes production."
    "CC6.1" = "The credentials that deploy the lesser environment are those that deploy production."
  }

  rationale   = "One root is deployed for production and for other environments, by workspaces or files of variables, and its provider names the same account for all of them. A provider that leaves the account to the environment in which Terraform runs cannot be compared."
  remediation = "Choose the account with the environment: `assume_role`, `allowed_account_ids`, `subscription_id` or `project` from a variable or a map by workspace."
  references  = ["https://developer.hashicorp.com/terraform/cli/workspaces#when-not-to-use-multiple-workspaces"]

  match "terraform.provider" {
    where = (
      self.environment != null
      && self.environment.class != "shared"
      && self.alias == null
      && is_set(or_default(self.allowed_account_ids, self.assume_role.role_arn, self.subscription_id, self.project))
    )
  }

  distinct {
    key = [
      self.scope,
      self.provider,
      self.allowed_account_ids,
      try(regex("^arn:[^:]*:iam::([0-9]{12}):", self.assume_role.role_arn)[0], self.assume_role.role_arn),
      self.subscription_id,
      self.project,
    ]
    across        = self.environment.class
    where         = a.scope == b.scope
    error_message = "${a.environment.name} and ${b.environment.name} are deployed from ${a.scope} into the same account"
  }

  fails "the account is the same for every file of variables" {
    files = {
      "app/main.tf"           = <<-TF
        variable "size" {}
        provider "aws" {
          allowed_account_ids = ["111122223333"] #~ here
        }
        resource "aws_instance" "app" {
          instance_type = var.size
        }
      TF
      "app/production.tfvars" = "size = \"large\""
      "app/staging.tfvars"    = "size = \"small\""
    }
  }

  fails "it is the same for every workspace" {
    code = <<-TF
      locals {
        size = { production = "large", staging = "small" }[terraform.workspace]
      }
      provider "google" {
        project = "example" #~ here
      }
      provider "azurerm" {
        subscription_id = "00000000-0000-0000-0000-000000000001" #~ here
      }
      resource "google_compute_instance" "app" {
        machine_type = local.size
      }
    TF
  }

  passes "each workspace has its account" {
    code = <<-TF
      locals {
        account = { production = "111122223333", staging = "444455556666" }[terraform.workspace]
      }
      provider "aws" {
        assume_role {
          role_arn = "arn:aws:iam::$${local.account}:role/terraform"
        }
      }
      provider "aws" {
        alias               = "network"
        allowed_account_ids = ["777788889999"]
      }
    TF
  }

  undecided "the account is given when it runs" {
    files = {
      "app/main.tf"           = <<-TF
        variable "size" {}
        variable "project" {}
        provider "google" {
          project = var.project #~ here
        }
      TF
      "app/production.tfvars" = "size = \"large\""
      "app/staging.tfvars"    = "size = \"small\"\nproject = \"lab\""
    }
  }
}
