rule "kubernetes-default-account-token-off" {
  title    = "The default service account has no token"
  severity = "low"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_41", "C-0189"]

  soc2 = {
    "CC6.3" = "Pods that never asked for access to the cluster do not get any by default."
  }

  rationale   = "Every pod that names no service account gets the token of `default`, unless that account says `automountServiceAccountToken: false`."
  remediation = "Set `automountServiceAccountToken: false` on the ServiceAccount `default` of each namespace."
  references  = ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting"]

  # `kubernetes_default_service_account` of Terraform is always the one that is meant.
  match "ServiceAccount" {
    where = self.metadata.name == "default"
  }

  assert {
    condition     = or_default(self.automountServiceAccountToken, true) == false
    error_message = "${self.address} is mounted into every pod that names no account"
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
