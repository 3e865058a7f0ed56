rule "google-workload-identity-condition" {
  title    = "Workload identity providers admit tokens of the firm only"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_118", "CKV_GCP_125", "GCP-0068"]

  soc2 = {
    "CC6.1" = "Without a condition a stranger's pipeline can get a token that is valid in the firm's project."
    "CC6.3" = "Only the repositories that deploy are given the right to deploy."
  }

  # The condition is a program of its own (CEL) and is not run. For GitHub it must name an owner or a repository
  # somewhere, or compare a mapped attribute, which may have any name.
  rationale = <<-EOT
    GitHub, GitLab, Bitbucket, CircleCI, Buildkite and HCP Terraform sign the tokens of all their
    customers with one issuer. A provider that trusts the issuer without `attribute_condition` takes
    tokens of any customer, and one loose grant lets them in.
  EOT

  remediation = "Set `attribute_condition` to compare the owner with yours, such as `assertion.repository_owner_id == \"123456\"`."

  references = [
    "https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines",
    "https://cloud.google.com/iam/docs/best-practices-for-using-workload-identity-federation",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/iam_workload_identity_pool_provider",
  ]

  input "shared_issuers" {
    description = "Issuers that sign tokens of many customers, as regular expressions."
    default = [
      "^https://token\\.actions\\.githubusercontent\\.com",
      "^https://gitlab\\.com",
      "^https://api\\.bitbucket\\.org",
      "^https://oidc\\.circleci\\.com",
      "^https://agent\\.buildkite\\.com",
      "^https://app\\.terraform\\.io",
    ]
  }

  match "google_iam_workload_identity_pool_provider" {
    where = matches_any(input.shared_issuers, self.oidc.issuer_uri)
  }

  assert {
    condition     = self.attribute_condition != null && !is_one_of(self.attribute_condition, "", "true")
    error_message = "${self.address} takes tokens of any customer of ${self.oidc.issuer_uri}"
  }

  assert {
    for_each = matches("githubusercontent", self.oidc.issuer_uri) && !is_one_of(or_default(self.attribute_condition, ""), "", "true") ? [self.attribute_condition] : []
    condition = (
      matches_any(["\\brepository(_owner)?(_id)?\\b", "\\battribute[.][a-z]", "['\"]repo:[^*'\"/]+/[^*'\"]"], each.value)
      && !matches("['\"](workflow|environment|ref|context|head_ref|base_ref):", each.value)
    )
    at            = each.value
    error_message = "${self.address} names neither an owner nor a repository in its condition"
  }

  fails "no condition" {
    code = <<-TF
      resource "google_iam_workload_identity_pool_provider" "github" { #~ here
        workload_identity_pool_provider_id = "github"

        attribute_mapping = {
          "google.subject" = "assertion.sub"
        }

        oidc {
          issuer_uri = "https://token.actions.githubusercontent.com"
        }
      }
    TF
  }

  fails "a condition that is always true" {
    code = <<-TF
      resource "google_iam_workload_identity_pool_provider" "gitlab" {
        attribute_condition = "true" #~ here

        oidc {
          issuer_uri = "https://gitlab.com"
        }
      }
    TF
  }

  fails "every repository of GitHub, and a claim that the caller chooses" {
    code = <<-TF
      resource "google_iam_workload_identity_pool_provider" "all" {
        attribute_condition = "assertion.sub.startsWith('repo:')" #~ here

        oidc {
          issuer_uri = "https://token.actions.githubusercontent.com"
        }
      }

      resource "google_iam_workload_identity_pool_provider" "chosen" {
        attribute_condition = "assertion.sub.startsWith('workflow:deploy:repo:acme/shop')" #~ here

        oidc {
          issuer_uri = "https://token.actions.githubusercontent.com"
        }
      }
    TF
  }

  passes "a subject of one repository, and a mapped attribute" {
    code = <<-TF
      resource "google_iam_workload_identity_pool_provider" "subject" {
        attribute_condition = "assertion.sub == 'repo:acme/shop:ref:refs/heads/main'"

        oidc {
          issuer_uri = "https://token.actions.githubusercontent.com"
        }
      }

      resource "google_iam_workload_identity_pool_provider" "mapped" {
        attribute_condition = "attribute.owner == 'acme'"

        oidc {
          issuer_uri = "https://token.actions.githubusercontent.com"
        }
      }
    TF
  }

  passes "the owner is compared" {
    code = <<-TF
      resource "google_iam_workload_identity_pool_provider" "github" {
        attribute_condition = "assertion.repository_owner_id == \"123456\""

        oidc {
          issuer_uri = "https://token.actions.githubusercontent.com"
        }
      }

      resource "google_iam_workload_identity_pool_provider" "own" {
        oidc {
          issuer_uri = "https://login.example.com"
        }
      }
    TF
  }

  undecided "the caller decides, and may give nothing" {
    code = <<-TF
      variable "condition" { type = string }

      resource "google_iam_workload_identity_pool_provider" "github" {
        attribute_condition = var.condition #~ here

        oidc {
          issuer_uri = "https://token.actions.githubusercontent.com"
        }
      }
    TF
  }
}
