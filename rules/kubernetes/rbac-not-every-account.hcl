rule "kubernetes-rbac-not-every-account" {
  title    = "Nothing is granted to every account of the cluster"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["KSV-01011", "C-0265"]

  soc2 = {
    "CC6.3" = "Every pod with a token and, on some clouds, every account of the cloud has these rights."
  }

  rationale   = "`system:authenticated` and `system:serviceaccounts` stand for everybody with any credential. On GKE the first includes everybody with a Google account."
  remediation = "Bind the role to the groups and service accounts that need it."
  references  = ["https://cloud.google.com/kubernetes-engine/docs/best-practices/rbac#default-roles-groups", "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"]

  # The discovery roles that the cluster grants by itself.
  match "kubernetes.rbac_subject" {
    where = !is_one_of(
      self.binding.roleRef.name,
      "system:basic-user", "system:discovery", "system:public-info-viewer", "system:service-account-issuer-discovery",
    )
  }

  assert {
    condition     = !is_one_of(self.name, "system:authenticated", "system:serviceaccounts")
    error_message = "${self.binding.owner.address} grants rights to every account of the cluster"
  }

  fails "everybody with a credential" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: entry
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: view
      subjects:
        - apiGroup: rbac.authorization.k8s.io
          kind: Group
          name: system:authenticated #~ here
        - apiGroup: rbac.authorization.k8s.io
          kind: Group
          name: system:serviceaccounts #~ here
    YAML
  }

  passes "the accounts of one namespace, and discovery" {
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
        - apiGroup: rbac.authorization.k8s.io
          kind: Group
          name: system:serviceaccounts:shop
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: discovery
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: system:discovery
      subjects:
        - apiGroup: rbac.authorization.k8s.io
          kind: Group
          name: system:authenticated
    YAML
  }
}
