rule "environment-key-not-shared" {
  title    = "Production has keys of its own"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "Whoever may decrypt in another environment can decrypt production's data if both use one key."
    "CC8.1" = "A change of a key in another environment does not lock production out of its data."
  }

  rationale   = "Resources of production and of another environment name the same encryption key by its id, ARN, alias or URL. An alias means the same key only within one account; where the account is not told, it cannot be decided. A key of shared infrastructure, such as that of the state or of logs, is not compared."
  remediation = "Create a key for each environment."
  references  = ["https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html"]

  match "environment.key_use" {
    where = self.environment != null && self.environment.class != "shared"
  }

  distinct {
    key           = [self.by, self.identity]
    across        = self.environment.class
    within        = self.account
    error_message = "${a.environment.name} and ${b.environment.name} use the same key: ${a.what} and ${b.what}"
  }

  fails "one key in both, by its ARN" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_db_instance" "app" {
          kms_key_id = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_db_instance" "app" {
          kms_key_id = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"
        }
      TF
    }
  }

  fails "one alias in one account" {
    files = {
      "envs/production/main.tf" = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"]
        }
        resource "aws_s3_bucket_server_side_encryption_configuration" "app" {
          bucket = "app-production"
          rule {
            apply_server_side_encryption_by_default {
              sse_algorithm     = "aws:kms"
              kms_master_key_id = "alias/app" #~ here
            }
          }
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        provider "aws" {
          assume_role {
            role_arn = "arn:aws:iam::111122223333:role/terraform"
          }
        }
        resource "aws_s3_bucket_server_side_encryption_configuration" "app" {
          bucket = "app-staging"
          rule {
            apply_server_side_encryption_by_default {
              sse_algorithm     = "aws:kms"
              kms_master_key_id = "alias/app"
            }
          }
        }
      TF
    }
  }

  fails "two deployments of one root" {
    files = {
      "main.tf"            = <<-TF
        variable "size" {}
        resource "google_compute_disk" "data" {
          size = var.size
          disk_encryption_key {
            kms_key_self_link = "projects/acme/locations/eu/keyRings/r/cryptoKeys/k" #~ here
          }
        }
      TF
      "production.tfvars" = "size = 100"
      "staging.tfvars"    = "size = 10"
    }
  }

  fails "keys of the other clouds" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "azurerm_storage_account_customer_managed_key" "app" {
          storage_account_id = "a"
          key_vault_uri      = "https://acme.vault.azure.net/"
          key_name           = "app" #~ here
        }
        resource "azurerm_disk_encryption_set" "app" {
          key_vault_key_id = "https://acme.vault.azure.net/keys/disk" #~ here
        }
        resource "google_storage_bucket" "app" {
          encryption {
            default_kms_key_name = "projects/acme/locations/eu/keyRings/r/cryptoKeys/k" #~ here
          }
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "azurerm_storage_account_customer_managed_key" "app" {
          storage_account_id = "b"
          key_vault_uri      = "https://acme.vault.azure.net/"
          key_name           = "app"
        }
        resource "azurerm_disk_encryption_set" "app" {
          key_vault_key_id = "https://acme.vault.azure.net/keys/disk"
        }
        resource "google_storage_bucket" "app" {
          encryption {
            default_kms_key_name = "projects/acme/locations/eu/keyRings/r/cryptoKeys/k"
          }
        }
      TF
    }
  }

  passes "a key each, or one of shared infrastructure" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_kms_key" "app" {}
        resource "aws_db_instance" "app" {
          kms_key_id = aws_kms_key.app.arn
        }
        resource "aws_sqs_queue" "jobs" {
          kms_master_key_id = "alias/production"
        }
        resource "google_sql_database_instance" "app" {
          encryption_key_name = "projects/acme/locations/eu/keyRings/r/cryptoKeys/production"
        }
        resource "google_bigquery_dataset" "app" {
          default_encryption_configuration {
            kms_key_name = "projects/acme/locations/eu/keyRings/r/cryptoKeys/production"
          }
        }
        resource "azurerm_storage_account_customer_managed_key" "app" {
          storage_account_id = "a"
          key_vault_id       = "/subscriptions/1/vaults/production"
          key_name           = "app"
        }
        resource "azurerm_cosmosdb_account" "app" {
          key_vault_key_uri = "https://production.vault.azure.net/keys/disk"
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_kms_key" "app" {}
        resource "aws_db_instance" "app" {
          kms_key_id = aws_kms_key.app.arn
        }
        resource "aws_sqs_queue" "jobs" {
          kms_master_key_id = "alias/staging"
        }
        resource "azurerm_storage_account_customer_managed_key" "app" {
          storage_account_id = "b"
          key_vault_id       = "/subscriptions/1/vaults/staging"
          key_name           = "app"
        }
      TF
      "shared/state/main.tf"    = <<-TF
        resource "aws_sns_topic" "jobs" {
          kms_master_key_id = "alias/production"
        }
      TF
    }
  }

  passes "one alias in two accounts" {
    files = {
      "envs/production/main.tf" = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"]
        }
        resource "aws_sqs_queue" "jobs" {
          kms_master_key_id = "alias/app"
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        provider "aws" {
          allowed_account_ids = ["444455556666"]
        }
        resource "aws_sqs_queue" "jobs" {
          kms_master_key_id = "alias/app"
        }
      TF
    }
  }

  undecided "one alias, and nothing says in which accounts" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_sqs_queue" "jobs" {
          kms_master_key_id = "alias/app" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_sqs_queue" "jobs" {
          kms_master_key_id = "alias/app"
        }
      TF
    }
  }
}
