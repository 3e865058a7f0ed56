rule "environment-account-not-shared" {
  title    = "Production has a cloud account of its own"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A change to another environment cannot touch production by mistake."
    "CC6.1" = "Who may administer the lesser environment has no rights in production."
  }

  rationale   = "Two environments name the same AWS account, Azure subscription or Google project. An administrator of one is then an administrator of the other. Which account a provider uses is read from `allowed_account_ids`, the role it assumes, `subscription_id` and `project`; a provider that leaves it to the environment cannot be compared. To keep environments apart within one account is a weaker design that some choose: then say so in an exception."
  remediation = "Give production an account, subscription or project of its own."
  references  = ["https://docs.aws.amazon.com/whitepapers/latest/organizing-your-aws-environment/organizing-your-aws-environment.html"]

  # Only the default configuration is compared: one with an alias reaches on purpose into accounts that
  # environments have in common, such as those of the network, DNS or logs.
  match "terraform.provider" {
    where = (
      self.environment != null
      && self.environment.class != "shared"
      && self.alias == null
      && is_set(or_default(self.allowed_account_ids, self.assume_role.role_arn, self.subscription_id, self.project))
    )
  }

  # Two deployments of one root are asked about by environment-workspace-account-separate.
  distinct {
    key = [
      self.provider,
      or_default(
        try(one(self.allowed_account_ids), self.allowed_account_ids),
        try(regex("^arn:[^:]*:iam::([0-9]{12}):", self.assume_role.role_arn)[0], self.assume_role.role_arn),
        self.subscription_id,
        self.project,
      ),
    ]
    across        = self.environment.class
    where         = a.scope != b.scope
    error_message = "${a.environment.name} and ${b.environment.name} are in the same account"
  }

  fails "the same account, subscription and project" {
    files = {
      "envs/production/main.tf" = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"] #~ here
        }
        provider "azurerm" {
          subscription_id = "00000000-0000-0000-0000-000000000001" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        provider "aws" {
          assume_role {
            role_arn = "arn:aws:iam::111122223333:role/terraform"
          }
        }
        provider "azurerm" {
          subscription_id = "00000000-0000-0000-0000-000000000001"
        }
      TF
    }
  }

  fails "the state tells the environment" {
    files = {
      "app/main.tf" = <<-TF
        terraform {
          backend "gcs" {
            bucket = "state-a"
            prefix = "production/app"
          }
        }
        provider "google" {
          project = "example" #~ here
        }
      TF
      "lab/main.tf" = <<-TF
        terraform {
          backend "gcs" {
            bucket = "state-b"
            prefix = "staging/app"
          }
        }
        provider "google" {
          project = "example"
        }
      TF
    }
  }

  passes "one for each" {
    files = {
      "envs/production/main.tf" = <<-TF
        provider "aws" {
          assume_role {
            role_arn = "arn:aws:iam::111122223333:role/terraform"
          }
        }
        provider "google" {
          project = "example-production"
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        provider "aws" {
          assume_role {
            role_arn = "arn:aws:iam::444455556666:role/terraform"
          }
        }
        provider "google" {
          project = "example-staging"
        }
      TF
      "shared/dns/main.tf"      = <<-TF
        provider "google" {
          project = "example-production"
        }
      TF
    }
  }

  passes "what an alias reaches may be common" {
    files = {
      "envs/production/main.tf" = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"]
        }
        provider "aws" {
          alias               = "network"
          allowed_account_ids = ["777788889999"]
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        provider "aws" {
          allowed_account_ids = ["444455556666"]
        }
        provider "aws" {
          alias               = "network"
          allowed_account_ids = ["777788889999"]
        }
      TF
    }
  }

  undecided "a variable without a value" {
    files = {
      "envs/production/main.tf" = <<-TF
        provider "google" {
          project = "example" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        variable "project" {}
        provider "google" {
          project = var.project #~ here
        }
      TF
    }
  }
}
