rule "terraform-state-not-shared" {
  title    = "Environments keep their state apart"
  severity = "critical"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A change that is tried out in staging changes what production is made of."
    "CC6.1" = "Whoever may apply to the lesser environment reads and overwrites the state of production, secrets in it included."
  }

  rationale   = "Two environments write the same state object. Each apply then plans to remove what the other made."
  remediation = "Give each environment a `key` (or `prefix`) of its own, and better a bucket in an account of its own."
  references  = ["https://developer.hashicorp.com/terraform/language/backend"]

  # What is shared on purpose (bootstrap, platform) belongs to no environment. A backend whose address is completed by the pipeline (`-backend-config`) has no key here and cannot be compared.
  match "terraform.backend" {
    where = self.environment != null && self.environment.class != "shared" && is_one_of(self.type, "s3", "gcs", "azurerm", "cloud", "remote") && is_set(or_default(self.bucket, self.storage_account_name, self.workspaces.name, self.workspaces.prefix))
  }

  # The states of named workspaces lie below `workspace_key_prefix`, so configurations that set one of
  # their own are apart; the state of the default workspace, which they then leave unused, is not asked for.
  # What keeps two deployments of one root apart (a workspace, `-backend-config`) is often told outside of the files.
  distinct {
    key           = [self.type, self.bucket, self.storage_account_name, self.container_name, self.key, self.prefix, self.workspace_key_prefix, self.organization, self.workspaces.prefix, self.workspaces.name]
    across        = self.environment.name
    where         = a.scope != b.scope
    error_message = "${a.environment.name} and ${b.environment.name} keep their state in the same place"
  }

  fails "the key was copied along" {
    files = {
      "envs/production/main.tf" = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state"
            key    = "app.tfstate"
          }
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state"
            key    = "app.tfstate" #~ here
          }
        }
      TF
    }
  }

  fails "one workspace of HCP Terraform" {
    files = {
      "envs/production/main.tf" = <<-TF
        terraform {
          cloud {
            organization = "acme"
            workspaces {
              name = "app"
            }
          }
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        terraform {
          cloud {
            organization = "acme"
            workspaces {
              name = "app" #~ here
            }
          }
        }
      TF
    }
  }

  passes "workspaces under a prefix for each" {
    files = {
      "envs/production/main.tf" = <<-TF
        terraform {
          backend "s3" {
            bucket               = "example-state"
            key                  = "app.tfstate"
            workspace_key_prefix = "production"
          }
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        terraform {
          backend "s3" {
            bucket               = "example-state"
            key                  = "app.tfstate"
            workspace_key_prefix = "staging"
          }
        }
      TF
    }
  }

  passes "a key for each" {
    files = {
      "envs/production/main.tf" = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state"
            key    = "production.tfstate"
          }
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state"
            key    = "staging.tfstate"
          }
        }
      TF
      "envs/dev/main.tf"        = <<-TF
        terraform {
          backend "gcs" {
            bucket = "example-state"
            prefix = "dev"
          }
        }
      TF
      "envs/qa/main.tf"         = <<-TF
        terraform {
          backend "azurerm" {
            storage_account_name = "examplestate"
            container_name       = "qa"
            key                  = "app.tfstate"
          }
        }
      TF
    }
  }

  passes "a workspace for each" {
    files = {
      "envs/production/main.tf" = <<-TF
        terraform {
          backend "remote" {
            organization = "acme"
            workspaces {
              prefix = "production-"
            }
          }
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        terraform {
          backend "remote" {
            organization = "acme"
            workspaces {
              prefix = "staging-"
            }
          }
        }
      TF
    }
  }
}
