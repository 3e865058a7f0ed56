rule "kubernetes-rbac-no-secrets-access" {
  title    = "Cluster roles in use do not read all secrets"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV2_K8S_5", "KSV-0041", "KSV-0113", "C-0015", "C-0186", "C-0255", "access-to-secrets"]

  soc2 = {
    "CC6.1" = "Who reads the secrets of a cluster has the passwords, tokens and keys of everything that runs in it."
    "CC6.3" = "An account gets the secrets that it needs by name; all of them is more than any workload needs."
  }

  rationale   = "The role allows `get`, `list` or `watch` on secrets without naming them, and something is bound to it. `list` and `watch` show the contents too."
  remediation = "Name the secrets in `resourceNames`, use a Role in the namespace where they are, or mount them into the pods that need them."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets"]

  # A Role is limited to its namespace, which is where the secrets of a workload are.
  match "kubernetes.rbac_rule" {
    where = self.role.kind == "ClusterRole"
  }

  link "binding" {
    to    = "kubernetes.rbac_binding"
    where = other.roleRef.kind == "ClusterRole" && other.roleRef.name == self.role.metadata.name
  }

  assert {
    for_each = length(link.binding) > 0 ? ["bound"] : []
    condition = !(
      anytrue([for resource in self.resources[*] : is_one_of(resource, "secrets", "*")])
      && anytrue([for group in self.apiGroups[*] : is_one_of(group, "", "*")])
      && anytrue([for verb in self.verbs[*] : is_one_of(verb, "get", "list", "watch", "*")])
      && length(or_default(self.resourceNames, [])) == 0
    )
    error_message = "${self.role.address} reads every secret"
  }

  fails "get and list, bound" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: reader
      rules:
        - apiGroups: [""]
          resources: [secrets] #~ here
          verbs: [get, list]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: reader
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: reader
      subjects:
        - kind: ServiceAccount
          name: web
          namespace: shop
    YAML
  }

  passes "by name, or something else" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: reader
      rules:
        - apiGroups: [""]
          resources: [secrets]
          resourceNames: [web-tls]
          verbs: [get]
        - apiGroups: [""]
          resources: [configmaps]
          verbs: [get, list]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: reader
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: reader
      subjects:
        - kind: ServiceAccount
          name: web
          namespace: shop
    YAML
  }
}
