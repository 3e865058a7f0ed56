rule "environment-state-backend-not-shared" {
  title    = "Production keeps its state in a place of its own"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "Whoever may apply to the lesser environment can read the state of production, secrets in it included."
    "CC8.1" = "Whoever may write one state can overwrite the other, and with it what production is made of."
  }

  rationale   = "The states of production and of another environment lie in the same bucket, storage container or HCP Terraform project, each under a key of its own. Access is usually granted to the whole of it. If the policy of the bucket splits access by prefix, an exception says so."
  remediation = "Give production a bucket, container or project of its own, best in its own account."
  references = [
    "https://developer.hashicorp.com/terraform/language/backend/s3#multi-account-aws-architecture",
    "https://developer.hashicorp.com/terraform/cloud-docs/projects/best-practices",
  ]

  # The names of buckets and storage accounts are unique everywhere. An organization of HCP Terraform is meant to be
  # shared; its projects are what permissions are given for.
  match "terraform.backend" {
    where = (
      self.environment != null
      && self.environment.class != "shared"
      && is_set(or_default(self.bucket, self.storage_account_name, self.workspaces.project))
    )
  }

  distinct {
    key           = [self.type, self.bucket, self.storage_account_name, self.container_name, self.organization, self.workspaces.project]
    across        = self.environment.class
    error_message = "${a.environment.name} and ${b.environment.name} keep their states in the same place"
  }

  fails "one bucket, container and project" {
    files = {
      "envs/production/main.tf"     = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state" #~ here
            key    = "production.tfstate"
          }
        }
      TF
      "envs/staging/main.tf"        = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state"
            key    = "staging.tfstate"
          }
        }
      TF
      "dns/production/main.tf"      = <<-TF
        terraform {
          backend "azurerm" {
            storage_account_name = "examplestate"
            container_name       = "state" #~ here
            key                  = "production"
          }
        }
      TF
      "dns/staging/main.tf"         = <<-TF
        terraform {
          backend "azurerm" {
            storage_account_name = "examplestate"
            container_name       = "state"
            key                  = "staging"
          }
        }
      TF
      "hosts/production/main.tf"    = <<-TF
        terraform {
          cloud {
            organization = "acme"
            workspaces {
              name    = "hosts-production"
              project = "hosts" #~ here
            }
          }
        }
      TF
      "hosts/staging/main.tf"       = <<-TF
        terraform {
          cloud {
            organization = "acme"
            workspaces {
              name    = "hosts-staging"
              project = "hosts"
            }
          }
        }
      TF
    }
  }

  fails "one root, whose deployments are told apart by workspaces" {
    code = <<-TF
      terraform {
        backend "gcs" {
          bucket = "example-state" #~ here
        }
      }
      locals {
        size = { production = 3, staging = 1 }[terraform.workspace]
      }
    TF
  }

  passes "a place for each" {
    files = {
      "envs/production/main.tf" = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state-production"
            key    = "app.tfstate"
          }
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state-staging"
            key    = "app.tfstate"
          }
        }
      TF
      "envs/dev/main.tf"        = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state-staging"
            key    = "dev.tfstate"
          }
        }
      TF
      "bootstrap/main.tf"       = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state-production"
            key    = "bootstrap.tfstate"
          }
        }
      TF
    }
  }
}
