rule "environment-trust-not-crossed" {
  title    = "Production does not trust the accounts of other environments"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "Whoever controls the lesser environment can take on a role of production."
    "CC6.3" = "Rights in production are given to principals that nobody vets for production."
    "CC8.1" = "Something that runs in another environment can change production."
  }

  rationale   = "A role, key, bucket or secret of production admits principals of an AWS account that the provider of another environment is configured for. Central accounts, such as those of pipelines or audits, are shared infrastructure and may be admitted."
  remediation = "Let production trust only its own account and central ones."
  references  = ["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html"]

  match "aws_iam_role" "aws_kms_key" "aws_s3_bucket_policy" "aws_secretsmanager_secret_policy" "aws_sqs_queue_policy" "aws_sns_topic_policy" {
    where = self.environment.class == "production"
  }

  link "other" {
    to    = "environment.account"
    where = other.environment.class == "non-production"
  }

  assert {
    for_each = flatten([
      for statement in iam_statements(or_default(self.assume_role_policy, self.policy)) : [
        for principal in statement.principals : principal.values if is_one_of(principal.type, "AWS")
      ] if statement.effect == "Allow"
    ])
    condition = !anytrue([
      for account in link.other : each.value == account.id || matches("^arn:[^:]*:(iam|sts)::${account.id}:", each.value)
    ])
    error_message = "${self.address} of production admits a principal of another environment's account"
  }

  fails "a role and a bucket" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_iam_role" "deploy" {
          assume_role_policy = jsonencode({
            Statement = [{
              Effect    = "Allow"
              Action    = "sts:AssumeRole"
              Principal = { AWS = "arn:aws:iam::444455556666:root" } #~ here
            }]
          })
        }
        resource "aws_s3_bucket_policy" "data" {
          bucket = "data"
          policy = jsonencode({
            Statement = [{
              Effect    = "Allow"
              Action    = "s3:PutObject"
              Resource  = "*"
              Principal = { AWS = "444455556666" } #~ here
            }]
          })
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        provider "aws" {
          allowed_account_ids = ["444455556666"]
        }
      TF
    }
  }

  passes "a central account, and a service" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_iam_role" "deploy" {
          assume_role_policy = jsonencode({
            Statement = [{
              Effect    = "Allow"
              Action    = "sts:AssumeRole"
              Principal = { AWS = "arn:aws:iam::777788889999:role/ci" }
            }]
          })
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        provider "aws" {
          assume_role {
            role_arn = "arn:aws:iam::444455556666:role/terraform"
          }
        }
        provider "google" {
          project = "staging"
        }
        provider "azurerm" {
          subscription_id = "00000000-0000-0000-0000-000000000001"
        }
      TF
      "shared/ci/main.tf"       = <<-TF
        provider "aws" {
          allowed_account_ids = ["777788889999"]
        }
      TF
    }
  }

  undecided "whom it trusts is given when it runs" {
    files = {
      "envs/production/main.tf" = <<-TF
        variable "trusted" {}
        resource "aws_iam_role" "deploy" {
          assume_role_policy = jsonencode({
            Statement = [{
              Effect    = "Allow"
              Action    = "sts:AssumeRole"
              Principal = { AWS = var.trusted } #~ here
            }]
          })
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        provider "aws" {
          allowed_account_ids = ["444455556666"]
        }
      TF
    }
  }
}
