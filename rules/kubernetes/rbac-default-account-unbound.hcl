rule "kubernetes-rbac-default-account-unbound" {
  title    = "The default service account has no rights"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_42", "C-0189", "1e749bc9", "b93e973e", "591ade62"]

  soc2 = {
    "CC6.3" = "Every pod that names no account of its own gets these rights."
  }

  rationale   = "The role is bound to a service account named `default`, which every pod has that names no other: what one workload needed is granted to all of the namespace."
  remediation = "Make a ServiceAccount for the workload, name it in `serviceAccountName`, and bind the role to it."
  references  = ["https://kubernetes.io/docs/concepts/security/service-accounts/"]

  match "kubernetes.rbac_subject" {}

  assert {
    condition     = !(self.name == "default" && self.kind == "ServiceAccount")
    error_message = "${self.binding.owner.address} grants rights to every pod that names no account"
  }

  fails "the default account" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata:
        name: entry
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: view
      subjects:
        - kind: ServiceAccount
          name: default #~ here
          namespace: shop
    YAML
  }

  passes "an account of its own" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata:
        name: entry
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: view
      subjects:
        - kind: ServiceAccount
          name: web
          namespace: shop
    YAML
  }
}
