rule "google-compute-ssl-policy-min-tls" {
  title    = "SSL policies refuse TLS versions below 1.2"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_4", "GCP-0039", "14a457f0"]

  soc2 = {
    "CC6.7" = "What users send to the load balancer is encrypted by a protocol with no known break."
  }

  # Load balancers without a policy are not judged here: they take Google's default, which allows TLS 1.0.
  rationale = <<-EOT
    TLS 1.0 and 1.1 are deprecated and have known weaknesses. A policy allows TLS 1.0 unless
    `min_tls_version` says otherwise.
  EOT

  remediation = "Set `min_tls_version = \"TLS_1_2\"`."

  references = [
    "https://cloud.google.com/load-balancing/docs/ssl-policies-concepts",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_ssl_policy",
  ]

  match "google_compute_ssl_policy" "google_compute_region_ssl_policy" {
    defaults = { min_tls_version = "TLS_1_0" }
  }

  assert {
    condition     = tls_at_least(self.min_tls_version, "1.2")
    error_message = "${self.address} allows TLS below 1.2"
  }

  fix {
    set    = { min_tls_version = "TLS_1_2" }
    safety = "unsafe"
    reason = "Clients that speak only an older version can no longer connect."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "google_compute_ssl_policy" "web" { #~ here
        name    = "web"
        profile = "MODERN"
      }
    TF
  }

  fails "an old version is allowed" {
    code = <<-TF
      resource "google_compute_region_ssl_policy" "web" {
        min_tls_version = "TLS_1_1" #~ here
      }
    TF
  }

  passes "it is TLS 1.2 or better" {
    code = <<-TF
      resource "google_compute_ssl_policy" "web" {
        min_tls_version = "TLS_1_2"
      }

      resource "google_compute_ssl_policy" "strict" {
        profile         = "RESTRICTED"
        min_tls_version = "TLS_1_3"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "tls" { type = string }

      resource "google_compute_ssl_policy" "web" {
        min_tls_version = var.tls #~ here
      }
    TF
  }
}
