rule "kubernetes-default-account-token-off" {
  title    = "The default service account has no token"
  severity = "low"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_41", "C-0189", "1e749bc9", "b93e973e", "591ade62"]

  soc2 = {
    "CC6.3" = "Pods that never asked for access to the cluster do not get any by default."
  }

  rationale   = "Every pod that names no service account gets the token of `default`, unless that account says `automountServiceAccountToken: false`."
  remediation = "Set `automountServiceAccountToken: false` on the ServiceAccount `default` of each namespace."
  references  = ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting"]

  # `kubernetes_default_service_account` of Terraform has no name of its own.
  match "ServiceAccount" {
    where = or_default(self.metadata.name, "default") == "default"
  }

  assert {
    condition     = or_default(self.automountServiceAccountToken, true) == false
    error_message = "${self.address} is mounted into every pod that names no account"
  }

  fix {
    set    = { automountServiceAccountToken = false }
    safety = "unsafe"
    reason = "A program that asks the API server as the default account needs an account of its own."
  }

  fails "nothing is said, or it is on" {
    code = <<-YAML
      apiVersion: v1
      kind: ServiceAccount #~ here
      metadata:
        name: default
        namespace: shop
      ---
      apiVersion: v1
      kind: ServiceAccount
      metadata:
        name: default
        namespace: blog
      automountServiceAccountToken: true #~ here
    YAML
  }

  fails "from Terraform" {
    path = "main.tf"
    code = <<-TF
      resource "kubernetes_default_service_account" "shop" { #~ here
        metadata {
          namespace = "shop"
        }
      }
    TF
  }

  passes "off in Terraform" {
    path = "main.tf"
    code = <<-TF
      resource "kubernetes_default_service_account" "shop" {
        metadata {
          namespace = "shop"
        }
        automount_service_account_token = false
      }
    TF
  }

  passes "it is off, or another account" {
    code = <<-YAML
      apiVersion: v1
      kind: ServiceAccount
      metadata:
        name: default
      automountServiceAccountToken: false
      ---
      apiVersion: v1
      kind: ServiceAccount
      metadata:
        name: web
    YAML
  }
}
