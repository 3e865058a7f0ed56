rule "aws-ecr-scan-on-push" {
  title    = "ECR scans images for vulnerabilities"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_163", "AWS-0030", "9630336b"]

  soc2 = {
    "CC7.1" = "Known vulnerabilities in an image are found when it is pushed, before it runs."
  }

  # Which repositories the filters of the registry's rules choose is not looked at.
  rationale = <<-EOT
    A repository scans its images only by hand unless `scan_on_push` is true. The registry may see to
    it for all repositories instead, with an `aws_ecr_registry_scanning_configuration` in the same
    root module whose rules scan on push or continually.
  EOT

  remediation = "Set `scan_on_push = true` in `image_scanning_configuration`, or configure scanning for the registry."

  references = [
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html",
  ]

  match "aws_ecr_repository" {
    defaults = { image_scanning_configuration = { scan_on_push = false } }
  }

  link "registry" {
    to    = "aws_ecr_registry_scanning_configuration"
    where = other.scope == self.scope
  }

  assert {
    condition = (
      self.image_scanning_configuration.scan_on_push
      || anytrue(flatten([
        for registry in link.registry : [
          for rule in registry.rule[*] : is_one_of(rule.scan_frequency, "SCAN_ON_PUSH", "CONTINUOUS_SCAN")
        ]
      ]))
    )
    error_message = "${self.address} does not scan the images that are pushed to it"
  }

  fix {
    set    = { image_scanning_configuration = { scan_on_push = true } }
    safety = "safe"
  }

  fails "scanning is left out, or off" {
    code = <<-TF
      resource "aws_ecr_repository" "shop" { #~ here
        name = "shop"
      }

      resource "aws_ecr_repository" "tools" {
        name = "tools"

        image_scanning_configuration {
          scan_on_push = false #~ here
        }
      }
    TF
  }

  fails "the registry scans by hand only" {
    code = <<-TF
      resource "aws_ecr_repository" "shop" { #~ here
        name = "shop"
      }

      resource "aws_ecr_registry_scanning_configuration" "this" {
        scan_type = "BASIC"

        rule {
          scan_frequency = "MANUAL"

          repository_filter {
            filter      = "*"
            filter_type = "WILDCARD"
          }
        }
      }
    TF
  }

  passes "on push" {
    code = <<-TF
      resource "aws_ecr_repository" "shop" {
        name = "shop"

        image_scanning_configuration {
          scan_on_push = true
        }
      }
    TF
  }

  passes "the registry scans everything" {
    code = <<-TF
      resource "aws_ecr_repository" "shop" {
        name = "shop"
      }

      resource "aws_ecr_registry_scanning_configuration" "this" {
        scan_type = "ENHANCED"

        rule {
          scan_frequency = "CONTINUOUS_SCAN"

          repository_filter {
            filter      = "*"
            filter_type = "WILDCARD"
          }
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "scan" { type = bool }

      resource "aws_ecr_repository" "shop" {
        name = "shop"

        image_scanning_configuration {
          scan_on_push = var.scan #~ here
        }
      }
    TF
  }
}
