rule "environment-principal-not-shared" {
  title    = "Workloads of production run as identities of their own"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "A workload of the lesser environment has the rights that one of production was given."
    "CC6.3" = "Rights are given by what a workload is for; one identity for both environments gives each the rights of both."
    "CC8.1" = "A right that is added to try something out is there in production at once."
  }

  rationale   = "A workload of production and one of another environment run as the same IAM role, managed identity or service account."
  remediation = "Create an identity for each environment, and give it only what that environment needs."
  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    "https://cloud.google.com/iam/docs/best-practices-service-accounts",
  ]

  match "environment.principal_use" {
    where = self.environment != null && self.environment.class != "shared"
  }

  distinct {
    key           = [self.by, self.identity]
    across        = self.environment.class
    within        = self.account
    error_message = "${a.environment.name} and ${b.environment.name} run as the same identity: ${a.what} and ${b.what}"
  }

  fails "one role for functions and tasks" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_lambda_function" "app" {
          role = "arn:aws:iam::111122223333:role/app" #~ here
        }
        resource "aws_ecs_task_definition" "app" {
          task_role_arn = "arn:aws:iam::111122223333:role/task" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_lambda_function" "app" {
          role = "arn:aws:iam::111122223333:role/app"
        }
        resource "aws_ecs_task_definition" "app" {
          task_role_arn = "arn:aws:iam::111122223333:role/task"
        }
      TF
    }
  }

  fails "one role by name in one account" {
    files = {
      "envs/production/main.tf" = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"]
        }
        resource "aws_iam_instance_profile" "app" {
          role = "app" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"]
        }
        resource "aws_iam_instance_profile" "app" {
          role = "app"
        }
      TF
    }
  }

  fails "one identity for virtual machines, and one service account" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "azurerm_linux_virtual_machine" "app" {
          identity {
            type         = "UserAssigned"
            identity_ids = ["/subscriptions/1/identities/app"] #~ here
          }
        }
        resource "google_compute_instance" "app" {
          service_account {
            email = "app@example.iam.gserviceaccount.com" #~ here
          }
        }
        resource "google_cloud_run_v2_service" "app" {
          template {
            service_account = "run@example.iam.gserviceaccount.com" #~ here
          }
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "azurerm_linux_virtual_machine" "app" {
          identity {
            type         = "UserAssigned"
            identity_ids = ["/subscriptions/1/identities/app"]
          }
        }
        resource "google_compute_instance" "app" {
          service_account {
            email = "app@example.iam.gserviceaccount.com"
          }
        }
        resource "google_cloud_run_v2_service" "app" {
          template {
            service_account = "run@example.iam.gserviceaccount.com"
          }
        }
      TF
    }
  }

  fails "one role for pods" {
    files = {
      "overlays/production/account.yaml" = <<-YAML
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: app
          annotations:
            eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/app #~ here
            iam.gke.io/gcp-service-account: app@example.iam.gserviceaccount.com #~ here
      YAML
      "overlays/staging/account.yaml"    = <<-YAML
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: app
          annotations:
            eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/app
            iam.gke.io/gcp-service-account: app@example.iam.gserviceaccount.com
      YAML
    }
  }

  passes "a role for each" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_iam_role" "app" {
          name = "app"
        }
        resource "aws_lambda_function" "app" {
          role = aws_iam_role.app.arn
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_iam_role" "app" {
          name = "app"
        }
        resource "aws_lambda_function" "app" {
          role = aws_iam_role.app.arn
        }
      TF
    }
  }

  undecided "the caller tells the role" {
    files = {
      "envs/production/main.tf" = <<-TF
        variable "role" {}
        resource "aws_lambda_function" "app" {
          role = var.role #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_lambda_function" "app" {
          role = "arn:aws:iam::111122223333:role/app" #~ here
        }
      TF
    }
  }
}
