rule "kubernetes-rbac-no-escalation" {
  title    = "Roles cannot raise the rights of their holders"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_157", "CKV_K8S_158", "KSV-0051", "KSV-0052", "KSV-0055", "C-0191", "KSV-0050"]

  soc2 = {
    "CC6.3" = "With `escalate` or `bind` an account gives itself rights that nobody granted it."
  }

  rationale   = "Kubernetes lets an account write roles and bindings only with the rights that it has itself. `escalate` on roles and `bind` on roles or bindings lift that limit: the holder can make itself administrator."
  remediation = "Remove the verbs, or name in `resourceNames` the roles that may be bound."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#escalate-verb", "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping"]

  # What allows everything is the matter of kubernetes-rbac-no-wildcards.
  match "kubernetes.rbac_rule" {
    where = !self.everything
  }

  assert {
    condition = !(
      anytrue([for resource in self.resources[*] : is_one_of(resource, "roles", "clusterroles", "rolebindings", "clusterrolebindings", "*")])
      && anytrue([for verb in self.verbs[*] : is_one_of(verb, "escalate", "bind", "*")])
      && anytrue([for group in self.apiGroups[*] : is_one_of(group, "rbac.authorization.k8s.io", "*")])
      && length(self.resourceNames[*]) == 0
    )
    error_message = "${self.role.address} lets its holders give themselves any right"
  }

  fails "escalate, bind, and every verb" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: deployer
      rules:
        - apiGroups: ["rbac.authorization.k8s.io"]
          resources: [clusterroles] #~ here
          verbs: [get, escalate]
        - apiGroups: ["rbac.authorization.k8s.io"]
          resources: [rolebindings] #~ here
          verbs: [bind]
        - apiGroups: ["rbac.authorization.k8s.io"]
          resources: [roles] #~ here
          verbs: ["*"]
    YAML
  }

  passes "roles that may be bound are named, and writing within one's own rights" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: deployer
      rules:
        - apiGroups: ["rbac.authorization.k8s.io"]
          resources: [clusterroles]
          verbs: [bind]
          resourceNames: [view]
        - apiGroups: ["rbac.authorization.k8s.io"]
          resources: [roles, rolebindings]
          verbs: [get, create, update]
        - apiGroups: [""]
          resources: ["*"]
          verbs: ["*"]
    YAML
  }
}
