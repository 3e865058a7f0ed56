rule "kubernetes-rbac-secrets-named" {
  title    = "Roles name the secrets that they reach"
  severity = "low"
  since    = "0.1.0"
  aliases  = ["KSV-0113", "access-to-secrets"]

  soc2 = {
    "CC6.3" = "An account gets the secrets that it needs by name; a namespace holds those of everything that runs in it."
  }

  rationale   = "The role covers all secrets of its namespace, those of other workloads and those that come later too. Operators that look after secrets need that; most others need one or two."
  remediation = "Name the secrets in `resourceNames`, or mount them into the pods that need them."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets", "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources"]

  # A ClusterRole that is bound in namespaces only is a role of these. For `*` there is kubernetes-rbac-no-wildcards.
  match "kubernetes.rbac_rule" {
    where = (
      contains(or_default(self.resources, []), "secrets")
      && anytrue([for group in or_default(self.apiGroups, []) : is_one_of(group, "", "*")])
    )
  }

  link "cluster_bindings" {
    to    = "ClusterRoleBinding"
    where = other.roleRef.name == self.role.metadata.name
  }

  link "namespace_bindings" {
    to    = "RoleBinding"
    where = other.roleRef.kind == "ClusterRole" && other.roleRef.name == self.role.metadata.name
  }

  assert {
    condition = (
      !anytrue([for verb in self.verbs[*] : is_one_of(verb, "get", "list", "watch", "update", "patch", "delete", "deletecollection", "*")])
      || length(or_default(self.resourceNames, [])) > 0
      || self.role.kind == "ClusterRole" && !(length(link.cluster_bindings) == 0 && length(link.namespace_bindings) > 0)
    )
    error_message = "${self.role.address} reaches every secret of its namespace"
  }

  fails "a Role, and a ClusterRole that is bound in a namespace" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: reader
        namespace: shop
      rules:
        - apiGroups: [""]
          resources: [secrets]
          verbs: [get, list, watch] #~ here
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: shop
      rules:
        - apiGroups: [""]
          resources: [secrets]
          verbs: [get] #~ here
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata:
        name: shop
        namespace: shop
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: shop
      subjects:
        - kind: ServiceAccount
          name: web
          namespace: shop
    YAML
  }

  passes "by name, or one that holds in the whole cluster" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: reader
        namespace: shop
      rules:
        - apiGroups: [""]
          resources: [secrets]
          resourceNames: [web-tls]
          verbs: [get]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: reader
      rules:
        - apiGroups: [""]
          resources: [secrets]
          verbs: [get]
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
