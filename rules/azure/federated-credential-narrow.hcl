rule "azure-federated-credential-narrow" {
  title    = "Federated credentials name the branch or environment that may deploy"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_249"]

  soc2 = {
    "CC6.1" = "GitHub and GitLab sign tokens for every workflow of everybody, and only the subject tells the one that may deploy."
    "CC6.3" = "The rights of the identity go to the job that needs them, not to every branch and every pull request."
    "CC8.1" = "A change reaches Azure from a branch or environment that asks for a review."
  }

  # An ordinary credential is compared letter by letter, so a `*` in it matches nothing; whoever wrote it meant a
  # pattern, and its turning into one is a mistake that waits.
  rationale = <<-EOT
    Entra ID gives a token for the application to whoever brings a token of the issuer with the right
    subject. A subject for pull requests admits what has not been reviewed; a pattern over
    repositories or over all refs admits what somebody pushes to a branch of their own.
  EOT

  remediation = "Set `subject` to `repo:<owner>/<repository>:environment:<name>` or `repo:<owner>/<repository>:ref:refs/heads/<branch>`."

  references = [
    "https://learn.microsoft.com/en-us/entra/workload-id/workload-identity-federation-create-trust",
    "https://learn.microsoft.com/en-us/entra/workload-id/workload-identities-flexible-federated-identity-credentials",
    "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-azure",
  ]

  match "azuread_application_federated_identity_credential" "azurerm_federated_identity_credential" {
    where = matches_any(["^https://token[.]actions[.]githubusercontent[.]com", "^https://gitlab[.]com"], self.issuer)
  }

  match "azuread_application_flexible_federated_identity_credential" {
    where = matches_any(["^https://token[.]actions[.]githubusercontent[.]com", "^https://gitlab[.]com"], self.issuer)
  }

  assert {
    for_each = self.kind == "azuread_application_flexible_federated_identity_credential" ? [] : [self]
    condition = (
      is_set(self.subject)
      && matches_any([
        "^repo:[^:/*]+/[^:/*]+:(environment|ref):[^*]+",
        "^repo:[^:/*]+/[^:/*]+:job_workflow_ref:[^*]+",
        "^project_path:[^*:]+:ref_type:(branch|tag):ref:[^*]+",
      ], self.subject)
      && !matches("[*]", self.subject)
    )
    at            = self.subject
    error_message = "${self.address} does not name one repository with a branch, tag or environment"
  }

  assert {
    for_each = self.kind == "azuread_application_flexible_federated_identity_credential" ? [self] : []
    condition = (
      is_set(self.claims_matching_expression)
      && !matches_any([
        "'(repo|project_path):[*]",
        "'repo:[^:'/]*/[*]",
        "'repo:[^:']*:[*]",
        "'repo:[^:']*:(ref|environment):[*]",
        "'repo:[^:']*:ref:refs/(heads/|tags/)?[*]'",
        "'repo:[^:']*:pull_request",
        "'project_path:[^:']*:[*]",
        "'project_path:[^:']*:ref_type:[^:']*:ref:[*]'",
      ], self.claims_matching_expression)
    )
    at            = self.claims_matching_expression
    error_message = "${self.address} matches more than one branch or environment"
  }

  fails "pull requests may deploy" {
    code = <<-TF
      resource "azuread_application_federated_identity_credential" "ci" {
        application_id = azuread_application.deploy.id
        issuer         = "https://token.actions.githubusercontent.com"
        audiences      = ["api://AzureADTokenExchange"]
        subject        = "repo:acme/shop:pull_request" #~ here
      }
    TF
  }

  fails "a pattern, no repository, and nothing at all" {
    code = <<-TF
      resource "azuread_application_federated_identity_credential" "all" {
        issuer  = "https://token.actions.githubusercontent.com"
        subject = "repo:acme/shop:*" #~ here
      }

      resource "azurerm_federated_identity_credential" "wild" {
        issuer  = "https://token.actions.githubusercontent.com"
        subject = "*" #~ here
      }

      resource "azurerm_federated_identity_credential" "none" { #~ here
        issuer = "https://gitlab.com"
      }
    TF
  }

  fails "a flexible credential for all branches" {
    code = <<-TF
      resource "azuread_application_flexible_federated_identity_credential" "ci" {
        application_id             = azuread_application.deploy.id
        issuer                     = "https://token.actions.githubusercontent.com"
        audience                   = "api://AzureADTokenExchange"
        claims_matching_expression = "claims['sub'] matches 'repo:acme/shop:ref:refs/heads/*'" #~ here
      }

      resource "azuread_application_flexible_federated_identity_credential" "every" { #~ here
        issuer = "https://token.actions.githubusercontent.com"
      }
    TF
  }

  passes "one environment, one branch, one path of GitLab" {
    code = <<-TF
      variable "environment" { default = "production" }

      resource "azuread_application_federated_identity_credential" "production" {
        issuer  = "https://token.actions.githubusercontent.com"
        subject = "repo:acme/shop:environment:$${var.environment}"
      }

      resource "azurerm_federated_identity_credential" "main" {
        issuer  = "https://token.actions.githubusercontent.com"
        subject = "repo:acme/shop:ref:refs/heads/main"
      }

      resource "azurerm_federated_identity_credential" "gitlab" {
        issuer  = "https://gitlab.com"
        subject = "project_path:acme/shop:ref_type:branch:ref:main"
      }

      resource "azuread_application_flexible_federated_identity_credential" "releases" {
        issuer                     = "https://token.actions.githubusercontent.com"
        claims_matching_expression = "claims['sub'] matches 'repo:acme/shop:ref:refs/heads/release-*'"
      }
    TF
  }

  passes "a cluster's own issuer beside it" {
    code = <<-TF
      resource "azurerm_federated_identity_credential" "main" {
        issuer  = "https://token.actions.githubusercontent.com"
        subject = "repo:acme/shop:environment:production"
      }

      resource "azurerm_federated_identity_credential" "workload" {
        issuer  = "https://westeurope.oic.prod-aks.azure.com/tenant/cluster/"
        subject = "system:serviceaccount:app:app"
      }
    TF
  }

  undecided "the caller gives the subject" {
    code = <<-TF
      variable "subject" { type = string }

      resource "azurerm_federated_identity_credential" "main" {
        issuer  = "https://token.actions.githubusercontent.com"
        subject = var.subject #~ here
      }
    TF
  }
}
