rule "terraform-module-pinned" {
  title    = "Modules from elsewhere name a version"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_TF_1", "CKV_TF_2"]

  soc2 = {
    "CC8.1" = "A module without a version changes the infrastructure without a change to the repository."
    "CC6.8" = "Whoever controls the module decides what the next apply creates."
  }

  rationale   = "A registry module without `version`, or a git source without `ref`, is whatever was published last when `terraform init` ran."
  remediation = "Set `version` for a registry module, `?ref=` with a tag or commit for a git source."
  references  = ["https://developer.hashicorp.com/terraform/language/modules/sources"]

  match "terraform.module" {
    where = is_set(self.source) && !matches_any(["^\\.\\.?(/|$)", "^/"], self.source)
  }

  # Registry: namespace/name/provider, perhaps with a host in front.
  assert {
    condition = (
      matches("^([^/:@?]+/)?[^/:@?]+/[^/:@?]+/[^/:@?]+(//.*)?$", self.source) && !matches("^(github\\.com|bitbucket\\.org)/", self.source)
      ? is_set(self.version)
      : (matches("^(git::|git@|github\\.com/|bitbucket\\.org/|hg::)", self.source) ? matches("[?&]ref=[^&]+", self.source) : true)
    )
    at            = self.source
    error_message = "module ${self.name} is whatever was published last"
  }

  fails "a registry module and a git source" {
    code = <<-TF
      module "vpc" {
        source = "terraform-aws-modules/vpc/aws" #~ here
      }

      module "app" {
        source = "git::https://example.com/app.git" #~ here
      }
    TF
  }

  passes "versions, and a module of the repository" {
    code = <<-TF
      module "vpc" {
        source  = "terraform-aws-modules/vpc/aws"
        version = "5.8.1"
      }

      module "app" {
        source = "git::https://example.com/app.git?ref=v1.2.0"
      }

      module "network" {
        source = "./network"
      }
    TF
  }
}
