rule "environment-dns-zone-not-shared" {
  title    = "Production has a DNS zone of its own"
  severity = "low"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "Whoever may write records for the lesser environment can point production's names elsewhere."
    "CC8.1" = "A record that is written for another environment can replace one of production."
  }

  rationale   = "Production and another environment write records into the same DNS zone. Rights on records are usually given for the whole zone."
  remediation = "Delegate a zone to each environment, such as `staging.example.com`."
  references  = ["https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-routing-traffic-for-subdomains.html"]

  match "environment.dns_zone_use" {
    where = self.environment != null && self.environment.class != "shared"
  }

  distinct {
    key           = [self.by, self.identity]
    across        = self.environment.class
    within        = self.account
    error_message = "${a.environment.name} and ${b.environment.name} write into the same zone: ${a.what} and ${b.what}"
  }

  fails "one zone for both" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_route53_record" "app" {
          zone_id = "Z0123456789" #~ here
        }
        resource "google_dns_record_set" "app" {
          project      = "example"
          managed_zone = "main" #~ here
        }
        provider "azurerm" {
          subscription_id = "00000000-0000-0000-0000-000000000001"
        }
        resource "azurerm_dns_a_record" "app" {
          resource_group_name = "dns"
          zone_name           = "example.com" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_route53_record" "app" {
          zone_id = "Z0123456789"
        }
        resource "google_dns_record_set" "app" {
          project      = "example"
          managed_zone = "main"
        }
        provider "azurerm" {
          subscription_id = "00000000-0000-0000-0000-000000000001"
        }
        resource "azurerm_dns_a_record" "app" {
          resource_group_name = "dns"
          zone_name           = "example.com"
        }
      TF
    }
  }

  fails "the same lookup in one account" {
    files = {
      "envs/production/main.tf" = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"]
        }
        data "aws_route53_zone" "main" {
          name         = "example.com" #~ here
          private_zone = false
        }
        resource "aws_route53_record" "app" {
          zone_id = data.aws_route53_zone.main.zone_id
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"]
        }
        data "aws_route53_zone" "main" {
          name         = "example.com"
          private_zone = false
        }
        resource "aws_route53_record" "app" {
          zone_id = data.aws_route53_zone.main.zone_id
        }
      TF
    }
  }

  passes "a zone for each" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_route53_zone" "main" {
          name = "example.com"
        }
        resource "aws_route53_record" "app" {
          zone_id = aws_route53_zone.main.id
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_route53_zone" "main" {
          name = "staging.example.com"
        }
        resource "aws_route53_record" "app" {
          zone_id = aws_route53_zone.main.id
        }
      TF
    }
  }

  undecided "the zone is given when it runs" {
    files = {
      "envs/production/main.tf" = <<-TF
        variable "zone" {}
        resource "aws_route53_record" "app" {
          zone_id = var.zone #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_route53_record" "app" {
          zone_id = "Z0123456789" #~ here
        }
      TF
    }
  }
}
