rule "google-storage-bucket-not-public" {
  title    = "Storage buckets are not public"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_28", "GCP-0001", "c010082c", "a6cd52a1"]

  soc2 = {
    "CC6.1" = "Everybody who reads the bucket has to be known and allowed."
    "CC6.6" = "A public bucket serves its objects to anybody on the internet."
  }

  # Each value is compared as a whole, so that "serviceAccount:" with an address that is not known yet is
  # decided. A whole policy (google_storage_bucket_iam_policy) is not looked at: its document is read from the
  # data source google_iam_policy, which is not rendered.
  rationale = <<-EOT
    `allUsers` is everybody on the internet, and `allAuthenticatedUsers` is everybody with any Google
    account. Grants of roles and access control lists can name them.
  EOT

  remediation = "Grant the role to the people, groups or service accounts that need it, and remove `allUsers` and `allAuthenticatedUsers`."

  references = [
    "https://cloud.google.com/storage/docs/access-control/making-data-public",
    "https://cloud.google.com/storage/docs/access-control/lists",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/storage_bucket_iam",
  ]

  match "google.storage_grant" {}

  assert {
    for_each = self.to
    condition = !is_one_of(
      each.value,
      "allUsers", "allAuthenticatedUsers",
      "READER:allUsers", "WRITER:allUsers", "OWNER:allUsers",
      "READER:allAuthenticatedUsers", "WRITER:allAuthenticatedUsers", "OWNER:allAuthenticatedUsers",
      "publicRead", "publicReadWrite", "authenticatedRead",
    )
    error_message = "${self.owner.address} gives access to the public"
  }

  fails "a role for everybody" {
    code = <<-TF
      resource "google_storage_bucket_iam_member" "public" {
        bucket = google_storage_bucket.assets.name
        role   = "roles/storage.objectViewer"
        member = "allUsers" #~ here
      }
    TF
  }

  fails "a role for every Google account" {
    code = <<-TF
      resource "google_storage_bucket_iam_binding" "readers" {
        role = "roles/storage.objectViewer"
        members = [
          "group:staff@example.com",
          "allAuthenticatedUsers", #~ here
        ]
      }
    TF
  }

  fails "access control lists" {
    code = <<-TF
      resource "google_storage_bucket_acl" "assets" {
        role_entity = ["OWNER:project-owners-123", "READER:allUsers"] #~ here
      }

      resource "google_storage_object_acl" "logo" {
        predefined_acl = "publicRead" #~ here
      }

      resource "google_storage_default_object_acl" "assets" {
        role_entity = ["READER:allAuthenticatedUsers"] #~ here
      }

      resource "google_storage_default_object_access_control" "assets" {
        role   = "READER"
        entity = "allUsers" #~ here
      }
    TF
  }

  passes "a group and a service account read it" {
    code = <<-TF
      resource "google_service_account" "app" {
        account_id = "app"
      }

      resource "google_storage_bucket_iam_member" "app" {
        role   = "roles/storage.objectViewer"
        member = "serviceAccount:$${google_service_account.app.email}"
      }

      resource "google_storage_bucket_iam_member" "readers" {
        role   = "roles/storage.objectViewer"
        member = "group:staff@example.com"
      }

      resource "google_storage_bucket_acl" "assets" {
        role_entity = ["READER:group-staff@example.com"]
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "reader" { type = string }

      resource "google_storage_bucket_iam_member" "readers" {
        role   = "roles/storage.objectViewer"
        member = var.reader #~ here
      }
    TF
  }
}
