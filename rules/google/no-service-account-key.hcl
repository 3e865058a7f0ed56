rule "google-no-service-account-key" {
  title    = "Service accounts have no keys that can be carried away"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV2_GCP_3"]

  soc2 = {
    "CC6.1" = "A key is a password that does not expire, and a copy of it lies in the state of Terraform."
    "CC6.2" = "Whoever holds the file is taken for the service account; who that is cannot be told."
  }

  # A key that is replaced on a schedule is still a file that can be carried away, so rotation by `keepers`
  # is no reason to pass; it may be the reason of an exception.
  rationale = <<-EOT
    Workloads on Google Cloud get short-lived tokens without a key, and workloads elsewhere get them
    through workload identity federation. A key that is made by Terraform is long-lived and can be
    read by everybody who can read the state. Where a key is meant to hold only the public half of
    a pair that is made elsewhere (`public_key_data`), no secret is in the state and it passes.
  EOT

  remediation = "Remove the key; attach the service account to the workload, or use workload identity federation."

  references = [
    "https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys",
    "https://cloud.google.com/iam/docs/workload-identity-federation",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_service_account_key",
  ]

  match "google_service_account_key" {}

  assert {
    condition     = is_set(self.public_key_data)
    error_message = "${self.address} is a long-lived key of a service account"
  }

  fails "a key" {
    code = <<-TF
      resource "google_service_account" "app" {
        account_id = "app"
      }

      resource "google_service_account_key" "app" { #~ here
        service_account_id = google_service_account.app.name
      }
    TF
  }

  passes "the private half is made and kept elsewhere" {
    code = <<-TF
      resource "google_service_account_key" "app" {
        service_account_id = google_service_account.app.name
        public_key_data    = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"
      }
    TF
  }
}
