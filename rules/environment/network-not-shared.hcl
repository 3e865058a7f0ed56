rule "environment-network-not-shared" {
  title    = "Production has a network of its own"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.6" = "What is let into a network of the lesser environment stands beside production."
    "CC6.1" = "A host of another environment reaches production's services as one of its own would."
    "CC8.1" = "A change of routes or rules made for another environment changes production."
  }

  rationale   = "Resources of production and of another environment are in the same network: by its id, its name in one account, or the same lookup. The networks of shared infrastructure, such as a hub, are not compared; nor what an environment reaches by peering, which has a rule of its own."
  remediation = "Create a network for production, and connect what has to be connected on purpose."
  references = [
    "https://docs.aws.amazon.com/whitepapers/latest/aws-vpc-connectivity-options/introduction.html",
    "https://learn.microsoft.com/en-us/azure/cloud-adoption-framework/ready/azure-best-practices/plan-for-ip-addressing",
  ]

  match "environment.network_use" {
    where = self.environment != null && self.environment.class != "shared"
  }

  distinct {
    key           = [self.by, self.identity]
    across        = self.environment.class
    within        = self.account
    error_message = "${a.environment.name} and ${b.environment.name} are in the same network: ${a.what} and ${b.what}"
  }

  fails "one network by its id" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_security_group" "app" {
          vpc_id = "vpc-0a1b2c3d" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_security_group" "app" {
          vpc_id = "vpc-0a1b2c3d"
        }
      TF
    }
  }

  fails "the same lookup in the same account, subscription and project" {
    files = {
      "envs/production/main.tf" = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"]
        }
        data "aws_vpc" "main" { #~ here
          filter {
            name   = "tag:Name"
            values = ["main"]
          }
        }
        data "aws_vpc" "other" {
          id = "vpc-0a1b2c3d" #~ here
        }
        provider "azurerm" {
          subscription_id = "00000000-0000-0000-0000-000000000001"
        }
        data "azurerm_virtual_network" "main" {
          resource_group_name = "network"
          name                = "main" #~ here
        }
        data "google_compute_network" "main" {
          project = "example"
          name    = "main" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"]
        }
        data "aws_vpc" "main" {
          filter {
            name   = "tag:Name"
            values = ["main"]
          }
        }
        data "aws_vpc" "other" {
          id = "vpc-0a1b2c3d"
        }
        provider "azurerm" {
          subscription_id = "00000000-0000-0000-0000-000000000001"
        }
        data "azurerm_virtual_network" "main" {
          resource_group_name = "network"
          name                = "main"
        }
        data "google_compute_network" "main" {
          project = "example"
          name    = "main"
        }
      TF
    }
  }

  passes "a network for each, and the hub for both" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_vpc" "main" {}
        resource "aws_subnet" "app" {
          vpc_id = aws_vpc.main.id
        }
        data "aws_vpc" "other" {
          tags = { Name = "production" }
        }
        resource "azurerm_subnet" "app" {
          resource_group_name  = "network"
          virtual_network_name = "production"
        }
        resource "google_compute_subnetwork" "app" {
          network = "projects/example/global/networks/production"
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_vpc" "main" {}
        resource "aws_subnet" "app" {
          vpc_id = aws_vpc.main.id
        }
        data "aws_vpc" "other" {
          default    = false
          cidr_block = "10.0.0.0/16"
          tags       = { Name = "staging" }
        }
        resource "azurerm_subnet" "app" {
          resource_group_name  = "network"
          virtual_network_name = "staging"
        }
        resource "google_compute_subnetwork" "app" {
          network = "projects/example/global/networks/staging"
        }
      TF
      "hub/main.tf"             = <<-TF
        resource "aws_subnet" "app" {
          vpc_id = "vpc-0a1b2c3d"
        }
      TF
    }
  }

  undecided "the same lookup, and nothing says in which accounts" {
    files = {
      "envs/production/main.tf" = <<-TF
        data "aws_vpc" "main" {
          default = true #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        data "aws_vpc" "main" {
          default = true
        }
      TF
    }
  }
}
