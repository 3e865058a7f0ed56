rule "kubernetes-rbac-no-anonymous" {
  title    = "Nothing is granted to those who do not say who they are"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["KSV-0122", "C-0262"]

  soc2 = {
    "CC6.1" = "Whoever reaches the API of the cluster has these rights, without a credential."
    "CC6.2" = "Access is granted to people and services that are known."
  }

  rationale   = "`system:anonymous` and `system:unauthenticated` stand for every request without a credential."
  remediation = "Remove the subject; bind the role to the account that needs it."
  references  = ["https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests", "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"]

  # The bindings that the cluster makes by itself, for its version, its health and joining nodes.
  match "kubernetes.rbac_subject" {
    where = !is_one_of(self.binding.roleRef.name, "system:public-info-viewer", "kubeadm:bootstrap-signer-clusterinfo")
  }

  assert {
    condition     = !is_one_of(self.name, "system:anonymous", "system:unauthenticated")
    error_message = "${self.binding.owner.address} grants rights to everybody, without a credential"
  }

  fails "the user and the group" {
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
        - apiUser: rbac.authorization.k8s.io
          kind: User
          name: system:anonymous #~ here
        - apiGroup: rbac.authorization.k8s.io
          kind: Group
          name: system:unauthenticated #~ here
    YAML
  }

  passes "a known group, and the version of the cluster" {
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
          name: developers
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: version
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: system:public-info-viewer
      subjects:
        - apiGroup: rbac.authorization.k8s.io
          kind: Group
          name: system:unauthenticated
    YAML
  }
}
