rule "kubernetes-rbac-no-secrets-access" {
  title    = "Cluster roles do not reach every secret of the cluster"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV2_K8S_5", "KSV-0041", "C-0015", "C-0186", "C-0255", "access-to-secrets", "b7bca5c4", "056ac60e"]

  soc2 = {
    "CC6.1" = "Who reaches the secrets of a cluster has the passwords, tokens and keys of everything that runs in it."
    "CC6.3" = "An account gets the secrets that it needs by name; all of them is more than any workload needs."
  }

  rationale   = "The role covers secrets without naming them, so whoever it is bound to in the whole cluster has all of them. `list` and `watch` show the contents as `get` does, `patch` answers with the contents, and who may change or delete secrets breaks in by putting others in their place."
  remediation = "Name the secrets in `resourceNames`, use a Role in the namespace where they are, or mount them into the pods that need them."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets", "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources"]

  # `*` for the resources is the question of kubernetes-rbac-no-wildcards. A role that is not bound here may be bound
  # elsewhere; one that is bound in namespaces only is the question of kubernetes-rbac-secrets-named. To create secrets
  # shows none.
  match "kubernetes.rbac_rule" {
    where = (
      self.role.kind == "ClusterRole"
      && contains(or_default(self.resources, []), "secrets")
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
      || length(link.cluster_bindings) == 0 && length(link.namespace_bindings) > 0
    )
    error_message = "${self.role.address} reaches every secret of the cluster"
  }

  fails "bound to nothing here, and bound in the whole cluster" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: unbound
      rules:
        - apiGroups: [""]
          resources: [secrets]
          verbs: [create, patch] #~ here
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: reader
      rules:
        - apiGroups: [""]
          resources: [configmaps, secrets]
          verbs: [get, list] #~ here
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

  fails "from Terraform" {
    files = {
      "main.tf" = <<-TF
        resource "kubernetes_cluster_role" "reader" {
          metadata {
            name = "reader"
          }
          rule {
            api_groups = [""]
            resources  = ["secrets"]
            verbs      = ["list"] #~ here
          }
        }
      TF
    }
  }

  passes "by name, in namespaces only, or something else" {
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
          resources: [secrets]
          verbs: [create]
        - apiGroups: [""]
          resources: [configmaps]
          verbs: [get, list]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: shop
      rules:
        - apiGroups: [""]
          resources: [secrets]
          verbs: [get]
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
}
