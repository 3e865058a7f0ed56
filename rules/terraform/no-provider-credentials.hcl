rule "terraform-no-provider-credentials" {
  title    = "Providers take credentials from their environment"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_41", "CKV_OCI_1", "CKV_OPENSTACK_1", "CKV_LIN_1", "CKV_PAN_1"]

  soc2 = {
    "CC6.1" = "A credential in the code is known to everybody who can read the repository, and stays in its history."
  }

  rationale   = "The provider block, or a variable's default that it uses, holds the credential itself. Every provider also takes it from environment variables or from an identity of the pipeline."
  remediation = "Remove the argument, use the provider's environment variables or OIDC, and replace the credential that was committed."
  references  = ["https://developer.hashicorp.com/terraform/language/providers/configuration"]

  match "terraform.provider" {}

  # Emulators and plans without an account take any value: `mock_access_key`, `test`.
  assert {
    for_each      = { for name, value in self : name => value if secret_name(name) || is_one_of(name, "access_key", "secret_key", "credentials") }
    condition     = or_default(written(each.value), "") == "" || matches_any(["^(~|/|\\.{1,2}/)", "(?i)^(mock|fake|dummy|test|localstack)([-_ ]?(access|secret|key|token|id))*$"], each.value)
    error_message = "${self.address} has the credential ${each.key} in the code"
  }

  fails "a key written out, and one through a default" {
    code = <<-TF
      variable "token" { default = "example-token-0123456789" }

      provider "aws" {
        region     = "eu-west-1"
        access_key = "AKIAQZ7RT3LWJ5XK2M4P" #~ here
      }

      provider "github" {
        token = var.token #~ here
      }
    TF
  }

  passes "a path to a file that is not in the repository" {
    code = <<-TF
      provider "aws" {
        region = "eu-west-1"
      }

      provider "google" {
        credentials = "~/.config/gcloud/key.json"
      }
    TF
  }

  passes "values for an emulator" {
    code = <<-TF
      provider "aws" {
        region                      = "eu-west-1"
        access_key                  = "mock_access_key"
        secret_key                  = "test"
        skip_credentials_validation = true
      }
    TF
  }

  undecided "whoever runs it gives the value" {
    code = <<-TF
      variable "token" {
        type      = string
        sensitive = true
      }

      provider "github" {
        token = var.token #~ here
      }
    TF
  }
}
