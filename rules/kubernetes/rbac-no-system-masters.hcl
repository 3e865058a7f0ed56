rule "kubernetes-rbac-no-system-masters" {
  title    = "Nobody is put into system:masters"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["KSV-0123", "C-0246"]

  soc2 = {
    "CC6.3" = "Members of `system:masters` pass every check of the cluster, and their rights cannot be taken away."
  }

  rationale   = "The group `system:masters` goes past authorization altogether. A binding for it grants nothing more, and shows that somebody relies on it; it is for emergencies."
  remediation = "Make a group in your identity provider, and bind the role that it needs."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege"]

  match "kubernetes.rbac_subject" {
    where = !is_one_of(self.binding.roleRef.name, "cluster-admin")
  }

  assert {
    condition     = self.name != "system:masters"
    error_message = "${self.binding.owner.address} relies on the group that passes every check"
  }

  fails "the group" {
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
          name: system:masters #~ here
    YAML
  }

  passes "a group of people" {
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
        name: cluster-admin
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: cluster-admin
      subjects:
        - apiGroup: rbac.authorization.k8s.io
          kind: Group
          name: system:masters
    YAML
  }
}
