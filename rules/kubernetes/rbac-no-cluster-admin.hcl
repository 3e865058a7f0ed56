rule "kubernetes-rbac-no-cluster-admin" {
  title    = "Nothing is bound to cluster-admin"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["KSV-0111", "C-0185", "cluster-admin-role-binding"]

  soc2 = {
    "CC6.3" = "Whoever holds `cluster-admin` may do anything to any workload; access by role and need ends there."
  }

  rationale   = "`cluster-admin` has every verb on every resource of the cluster. Bound to a service account, it is the prize of every compromised pod that uses it."
  remediation = "Bind a role that lists what the subject needs."
  references  = ["https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles"]

  match "ClusterRoleBinding" "RoleBinding" {}

  assert {
    condition     = self.roleRef.name != "cluster-admin"
    error_message = "${self.address} gives its subjects every right"
  }

  fails "a service account of the pipeline" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: ci
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: cluster-admin #~ here
      subjects:
        - kind: ServiceAccount
          name: ci
          namespace: ci
    YAML
  }

  passes "a role made for it" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata:
        name: ci
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: Role
        name: deployer
      subjects:
        - kind: ServiceAccount
          name: ci
    YAML
  }
}
