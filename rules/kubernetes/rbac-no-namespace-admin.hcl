rule "kubernetes-rbac-no-namespace-admin" {
  title    = "Nothing is bound to cluster-admin in a namespace"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["KSV-0111", "C-0185"]

  soc2 = {
    "CC6.3" = "In its namespace the holder of `cluster-admin` may do anything, change roles and quotas and delete the namespace among it."
  }

  rationale   = "Bound by a RoleBinding, `cluster-admin` gives full control over everything in the namespace, and over the namespace itself. For people who look after a namespace there is `admin`, which keeps quotas and the namespace out of reach; workloads need less."
  remediation = "Bind `admin` or `edit` to people, and to service accounts a role that lists what they need."
  references  = ["https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles"]

  match "RoleBinding" {}

  assert {
    condition     = self.roleRef.kind != "ClusterRole" || self.roleRef.name != "cluster-admin"
    at            = self.roleRef.name
    error_message = "${self.address} gives its subjects every right in the namespace"
  }

  fails "the binding of a service account" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata:
        name: ci
        namespace: shop
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: cluster-admin #~ here
      subjects:
        - kind: ServiceAccount
          name: ci
    YAML
  }

  passes "what is made for namespaces" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata:
        name: team
        namespace: shop
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: admin
      subjects:
        - kind: Group
          name: shop-team
          apiGroup: rbac.authorization.k8s.io
    YAML
  }
}
