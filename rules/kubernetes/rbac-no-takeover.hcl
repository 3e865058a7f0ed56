rule "kubernetes-rbac-no-takeover" {
  title    = "No workload can take over the cluster"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV2_K8S_1", "CKV2_K8S_2", "CKV2_K8S_3", "CKV2_K8S_4", "C-0267"]

  soc2 = {
    "CC6.3" = "A workload that is taken over must not be able to take over the cluster with its account."
    "CC6.1" = "These rights lead to the credentials of every other workload."
  }

  rationale   = "The binding gives a service account, or the nodes, rights from which a known way leads to all others: to escalate or bind roles, to impersonate, to run commands in pods or on kubelets, or to change the status of services."
  remediation = "Give the account a role with what it needs, limited by namespace and by `resourceNames`; waive the rule for operators that manage the cluster, with the reason."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks"]

  match "kubernetes.rbac_binding" {
    where = anytrue([for subject in self.subjects : subject.kind == "ServiceAccount" || subject.kind == "Node" || subject.name == "system:nodes"])
  }

  link "rule" {
    to = "kubernetes.rbac_rule"
    where = (
      other.role.kind == self.roleRef.kind
      && other.role.metadata.name == self.roleRef.name
      && (other.role.kind == "ClusterRole" || same_namespace(self, other.role.metadata))
    )
  }

  # Everything that is said by name; for `*` and for `cluster-admin` there are rules of their own.
  assert {
    condition = !anytrue([
      for rule in link.rule : (
        !rule.everything && length(rule.resourceNames[*]) == 0 && (
          length(setintersection(rule.verbs[*], ["escalate", "bind", "*"])) > 0
          && length(setintersection(rule.resources[*], ["roles", "clusterroles", "rolebindings", "clusterrolebindings", "*"])) > 0
          && length(setintersection(rule.apiGroups[*], ["rbac.authorization.k8s.io", "*"])) > 0
          || length(setintersection(rule.verbs[*], ["impersonate", "*"])) > 0
          && length(setintersection(rule.resources[*], ["users", "groups", "serviceaccounts"])) > 0
          || length(setintersection(rule.verbs[*], ["create", "get", "*"])) > 0
          && length(setintersection(rule.resources[*], ["pods/exec", "pods/attach", "pods/*"])) > 0
          || length(setintersection(rule.verbs[*], ["create", "*"])) > 0
          && length(setintersection(rule.resources[*], ["nodes/proxy", "nodes/*"])) > 0
          || length(setintersection(rule.verbs[*], ["update", "patch", "*"])) > 0
          && length(setintersection(rule.resources[*], ["services/status"])) > 0
        )
      )
    ])
    at            = self.roleRef.name
    error_message = "${self.entity.address} lets a workload take over the cluster with ${written(self.roleRef.name)}"
  }

  fails "a service account that may impersonate, one that binds any role, one with a shell in every pod, and nodes that change services" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: impersonator
      rules:
        - apiGroups: [""]
          resources: [groups]
          verbs: [impersonate]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: one
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: impersonator #~ here
      subjects:
        - kind: ServiceAccount
          name: web
          namespace: shop
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: binder
      rules:
        - apiGroups: ["rbac.authorization.k8s.io"]
          resources: [rolebindings]
          verbs: [create, bind]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata:
        name: two
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: Role
        name: binder #~ here
      subjects:
        - kind: ServiceAccount
          name: web
          namespace: shop
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: shell
      rules:
        - apiGroups: [""]
          resources: [pods/exec]
          verbs: [create]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: three
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: shell #~ here
      subjects:
        - kind: ServiceAccount
          name: web
          namespace: shop
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: status
      rules:
        - apiGroups: [""]
          resources: [services/status]
          verbs: [patch]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: four
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: status #~ here
      subjects:
        - apiGroup: rbac.authorization.k8s.io
          kind: Group
          name: system:nodes
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: climber
      rules:
        - apiGroups: ["rbac.authorization.k8s.io"]
          resources: [clusterroles]
          verbs: [escalate]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: five
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: climber #~ here
      subjects:
        - kind: ServiceAccount
          name: web
          namespace: shop
    YAML
  }

  passes "rights that lead nowhere else, people, and what is named" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: reader
      rules:
        - apiGroups: [""]
          resources: [pods, configmaps]
          verbs: [get, list]
        - apiGroups: [""]
          resources: [users]
          verbs: [impersonate]
          resourceNames: [auditor]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: one
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: reader
      subjects:
        - kind: ServiceAccount
          name: web
          namespace: shop
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: shell
      rules:
        - apiGroups: [""]
          resources: [pods/exec]
          verbs: [create]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: two
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: shell
      subjects:
        - apiGroup: rbac.authorization.k8s.io
          kind: Group
          name: on-call
    YAML
  }
}
