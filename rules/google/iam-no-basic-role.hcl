rule "google-iam-no-basic-role" {
  title    = "Nobody is given a basic role"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_115", "CKV_GCP_116", "CKV_GCP_117", "GCP-0007", "CKV_GCP_42", "84d36481"]

  soc2 = {
    "CC6.3" = "Access follows from the work to be done; a basic role holds thousands of rights that no work needs."
  }

  # It is not asked who is given the role. Google's own agent (...@cloudservices.gserviceaccount.com) is editor
  # by default; a configuration that has to say so needs an exception. Whole policies (..._iam_policy) are
  # not looked at: their document is read from a data source that is not rendered.
  rationale = <<-EOT
    Owner and Editor reach across every service of a project, folder or organization; Viewer of a whole
    organization reads the data of every project. Google advises against them outside of tests; predefined and custom roles can do the same work with less.
  EOT

  remediation = "Grant the predefined roles that the work needs, such as `roles/run.developer`, in place of `roles/owner` or `roles/editor`."

  references = [
    "https://cloud.google.com/iam/docs/roles-overview#basic",
    "https://cloud.google.com/iam/docs/using-iam-securely",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project_iam",
  ]

  match "google.iam_grant" {}

  assert {
    condition = !(
      is_one_of(self.role, "roles/owner", "roles/editor")
      || self.role == "roles/viewer" && self.level == "organization"
    )
    at            = self.role
    error_message = "${self.owner.address} grants ${self.role}"
  }

  fails "an editor" {
    code = <<-TF
      resource "google_project_iam_member" "pipeline" {
        project = "acme"
        role    = "roles/editor" #~ here
        member  = "serviceAccount:pipeline@acme.iam.gserviceaccount.com"
      }
    TF
  }

  fails "owners of a folder" {
    code = <<-TF
      resource "google_folder_iam_binding" "owners" {
        folder  = "folders/123"
        role    = "roles/owner" #~ here
        members = ["group:platform@example.com"]
      }
    TF
  }

  fails "an editor whose address is not known yet" {
    code = <<-TF
      resource "google_service_account" "pipeline" {
        account_id = "pipeline"
      }

      resource "google_project_iam_member" "pipeline" {
        role   = "roles/editor" #~ here
        member = "serviceAccount:$${google_service_account.pipeline.email}"
      }
    TF
  }

  fails "a viewer of everything" {
    code = <<-TF
      resource "google_organization_iam_member" "auditor" {
        org_id = "123456789"
        role   = "roles/viewer" #~ here
        member = "group:auditors@example.com"
      }
    TF
  }

  passes "a viewer of one project" {
    code = <<-TF
      resource "google_project_iam_member" "auditor" {
        project = "acme"
        role    = "roles/viewer"
        member  = "group:auditors@example.com"
      }
    TF
  }

  passes "a role of one service" {
    code = <<-TF
      resource "google_project_iam_member" "pipeline" {
        role   = "roles/run.developer"
        member = "serviceAccount:pipeline@acme.iam.gserviceaccount.com"
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
