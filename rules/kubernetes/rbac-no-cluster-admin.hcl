rule "kubernetes-rbac-no-cluster-admin" {
  title    = "Nothing is bound to cluster-admin"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["KSV-0111", "C-0035", "C-0185", "C-0272", "cluster-admin-role-binding"]

  soc2 = {
    "CC6.3" = "Whoever holds `cluster-admin` may do anything to any workload; access by role and need ends there."
  }

  rationale   = "`cluster-admin` has every verb on every resource of the cluster. Bound to a service account, it is the prize of every compromised pod that uses it. Somebody has to look after the cluster: name those groups in the input `subjects`."
  remediation = "Bind a role that lists what the subject needs."
  references  = ["https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles"]

  input "subjects" {
    description = "Names of users and groups that may hold `cluster-admin`: whoever looks after the cluster."
    default     = ["system:masters"]
  }

  # In a RoleBinding the role holds in one namespace: kubernetes-rbac-no-namespace-admin.
  match "ClusterRoleBinding" {}

  assert {
    condition = (
      self.roleRef.name != "cluster-admin"
      || length(self.subjects[*]) > 0 && alltrue([
        for subject in self.subjects[*] : subject.kind != "ServiceAccount" && is_one_of(subject.name, input.subjects)
      ])
    )
    error_message = "${self.address} gives its subjects every right in the cluster"
  }

  fails "the binding of a service account" {
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

  fails "from Terraform" {
    files = {
      "main.tf" = <<-TF
        resource "kubernetes_cluster_role_binding" "ci" {
          metadata {
            name = "ci"
          }
          role_ref {
            api_group = "rbac.authorization.k8s.io"
            kind      = "ClusterRole"
            name      = "cluster-admin" #~ here
          }
          subject {
            kind      = "User"
            name      = "jane"
            api_group = "rbac.authorization.k8s.io"
          }
        }
      TF
    }
  }

  passes "a role made for it, and those who look after the cluster" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: ci
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: deployer
      subjects:
        - kind: ServiceAccount
          name: ci
          namespace: ci
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: admins
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: cluster-admin
      subjects:
        - kind: Group
          name: system:masters
          apiGroup: rbac.authorization.k8s.io
    YAML
  }
}
