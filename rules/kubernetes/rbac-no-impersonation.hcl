rule "kubernetes-rbac-no-impersonation" {
  title    = "Roles cannot act as somebody else"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["KSV-0043", "C-0065"]

  soc2 = {
    "CC6.3" = "Who may impersonate has the rights of everybody it can name."
    "CC7.2" = "What is done under another name is laid at another's door."
  }

  rationale   = "`impersonate` on users, groups or service accounts lets the holder send requests as any of them, `system:masters` among them."
  remediation = "Remove the verb, or name in `resourceNames` who may be impersonated."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#impersonate-verb"]

  # What allows everything is the matter of kubernetes-rbac-no-wildcards.
  match "kubernetes.rbac_rule" {
    where = !self.everything
  }

  assert {
    condition = !(
      anytrue([for resource in self.resources[*] : is_one_of(resource, "users", "groups", "serviceaccounts")])
      && anytrue([for verb in self.verbs[*] : is_one_of(verb, "impersonate", "*")])
      && length(self.resourceNames[*]) == 0
    )
    error_message = "${self.role.address} lets its holders act as anybody"
  }

  fails "groups" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: deployer
      rules:
        - apiGroups: [""]
          resources: [groups] #~ here
          verbs: [impersonate]
    YAML
  }

  passes "one user that is named, or something else" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: deployer
      rules:
        - apiGroups: [""]
          resources: [users]
          verbs: [impersonate]
          resourceNames: [auditor]
        - apiGroups: [""]
          resources: [serviceaccounts]
          verbs: [get]
        - apiGroups: [""]
          resources: ["*"]
          verbs: ["*"]
    YAML
  }
}
