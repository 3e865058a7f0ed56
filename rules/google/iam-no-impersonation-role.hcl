rule "google-iam-no-impersonation-role" {
  title    = "Nobody may act as every service account of a project"
  severity = "high"
  since    = "0.1.0"
  aliases = [
    "CKV_GCP_41", "CKV_GCP_44", "CKV_GCP_45", "CKV_GCP_49", "GCP-0005", "GCP-0009", "GCP-0011", "c68b4e6d",
    "617ef6ff",
  ]

  soc2 = {
    "CC6.3" = "Whoever may act as any service account has the rights of all of them, whatever their own role says."
  }

  rationale = <<-EOT
    Granted on a project, folder or organization, these roles hold for every service account in it, also
    for those that are made later. Granted on one service account they are how access should be given.
    The roles of Google's service agents hold the same rights, and are meant for nobody but the agent.
  EOT

  remediation = "Grant the role on the one service account that is needed, with `google_service_account_iam_member`."

  references = [
    "https://cloud.google.com/iam/docs/service-account-permissions",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_service_account_iam",
  ]

  match "google.iam_grant" {}

  assert {
    condition = !is_one_of(
      self.role,
      "roles/iam.serviceAccountUser",
      "roles/iam.serviceAccountTokenCreator",
      "roles/iam.serviceAccountOpenIdTokenCreator",
      "roles/iam.serviceAccountKeyAdmin",
      "roles/iam.serviceAccountAdmin",
      "roles/iam.workloadIdentityUser",
    )
    error_message = "${self.owner.address} grants ${self.role} over every service account"
  }

  assert {
    for_each = matches("^roles/.+[.]serviceAgent$", self.role) ? self.members : []
    condition = matches_any([
      "^serviceAccount:service-(org-|folder-)?[0-9]+@[a-z0-9-]+[.]iam[.]gserviceaccount[.]com$",
      "@(cloudservices|cloudbuild)[.]gserviceaccount[.]com$",
    ], each.value)
    at            = self.role
    error_message = "${self.owner.address} grants ${self.role}, which is for an agent of Google's, to ${each.value}"
  }

  fails "tokens of every service account of a project" {
    code = <<-TF
      resource "google_project_iam_member" "pipeline" {
        project = "acme"
        role    = "roles/iam.serviceAccountTokenCreator" #~ here
        member  = "serviceAccount:pipeline@acme.iam.gserviceaccount.com"
      }
    TF
  }

  fails "service accounts of a whole organization" {
    code = <<-TF
      resource "google_organization_iam_binding" "users" {
        role    = "roles/iam.serviceAccountUser" #~ here
        members = ["group:developers@example.com"]
      }
    TF
  }

  fails "in a policy as a whole" {
    code = <<-TF
      data "google_iam_policy" "project" {
        binding {
          role    = "roles/iam.serviceAccountUser" #~ here
          members = ["group:developers@example.com"]
        }
      }

      resource "google_project_iam_policy" "project" {
        project     = "acme"
        policy_data = data.google_iam_policy.project.policy_data
      }
    TF
  }

  fails "the role of a service agent for an account of one's own" {
    code = <<-TF
      resource "google_project_iam_binding" "jobs" {
        project = "acme"
        role    = "roles/serverless.serviceAgent" #~ here
        members = ["serviceAccount:jobs@acme.iam.gserviceaccount.com", "serviceAccount:service-jobs@acme.iam.gserviceaccount.com"]
      }
    TF
  }

  passes "the role of a service agent for the agent" {
    code = <<-TF
      resource "google_project_iam_member" "run" {
        project = "acme"
        role    = "roles/run.serviceAgent"
        member  = "serviceAccount:service-123456789@serverless-robot-prod.iam.gserviceaccount.com"
      }

      resource "google_folder_iam_binding" "agents" {
        folder  = "folders/1"
        role    = "roles/cloudbuild.serviceAgent"
        members = ["serviceAccount:service-1@gcp-sa-cloudbuild.iam.gserviceaccount.com"]
      }
    TF
  }

  passes "one service account" {
    code = <<-TF
      resource "google_project_iam_member" "pipeline" {
        role   = "roles/run.developer"
        member = "serviceAccount:pipeline@acme.iam.gserviceaccount.com"
      }

      resource "google_service_account_iam_member" "pipeline" {
        service_account_id = google_service_account.runtime.name
        role               = "roles/iam.serviceAccountUser"
        member             = "serviceAccount:pipeline@acme.iam.gserviceaccount.com"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "role" { type = string }

      resource "google_project_iam_member" "pipeline" {
        role   = var.role #~ here
        member = "serviceAccount:pipeline@acme.iam.gserviceaccount.com"
      }
    TF
  }
}
