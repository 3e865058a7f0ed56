rule "terraform-no-secret-default" {
  title    = "Variables for secrets have no default"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "A default is a credential that everybody who can read the repository knows, and that is used when nobody gives another."
  }

  rationale   = "The name of the variable says that it is a credential, and its default stands in the code. A default that is only a placeholder is not reported."
  remediation = "Remove the default, mark the variable `sensitive = true`, and give the value from a secret store. Replace the credential if it was ever used."
  references  = ["https://developer.hashicorp.com/terraform/language/values/variables"]

  match "terraform.variable" {
    where = secret_name(self.name)
  }

  # A map or an object holds settings about secrets as often as secrets: only what is one by its format is reported.
  assert {
    condition = (
      or_default(written(self.default), "") == ""
      || (can(tostring(self.default))
        ? matches_any(["^\\$\\{", "^<.*>$", "(?i)^(change-?me|placeholder|todo|dummy|xxx+|none|null|n/a|true|false)$"], self.default)
        : !looks_like_secret(jsonencode(self.default))
      )
    )
    at            = self.default
    error_message = "variable ${self.name} has a default that anybody can read"
  }

  fails "a password" {
    code = <<-TF
      variable "database_password" {
        type    = string
        default = "hunter2-but-longer" #~ here
      }
    TF
  }

  fails "one in a map" {
    code = <<-TF
      variable "tokens" {
        default = {}
      }

      variable "secrets" {
        default = { deploy = "ghp_x7Kp2mQ9vR4tY8wZ1aB3cD5eF6gH0jL2nM4s" } #~ here
      }
    TF
  }

  passes "an empty map, a list without elements, and settings about a password" {
    code = <<-TF
      variable "secrets" {
        type    = map(string)
        default = {}
      }

      variable "api_secrets" {
        type    = list(string)
        default = []
      }

      variable "root_password" {
        type = object({
          password        = optional(string)
          random_password = optional(bool, false)
        })
        default = {}
      }
    TF
  }

  passes "no default, or an empty one" {
    code = <<-TF
      variable "database_password" {
        type      = string
        sensitive = true
      }

      variable "api_token" {
        type    = string
        default = ""
      }
    TF
  }
}
