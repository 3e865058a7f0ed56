rule "kubernetes-rbac-no-token-creation" {
  title    = "Roles cannot make tokens for service accounts"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["C-0282"]

  soc2 = {
    "CC6.1" = "A token that the holder makes is a credential that lasts and that nobody handed out."
    "CC6.3" = "With the token of an account come its rights."
  }

  rationale   = "`create` on `serviceaccounts/token` makes tokens for every service account that the role reaches, those with more rights among them."
  remediation = "Name the accounts in `resourceNames`."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#token-request"]

  # What allows everything is the matter of kubernetes-rbac-no-wildcards.
  match "kubernetes.rbac_rule" {
    where = !self.everything
  }

  assert {
    condition = !(
      anytrue([for resource in self.resources[*] : is_one_of(resource, "serviceaccounts/token", "serviceaccounts/*")])
      && anytrue([for verb in self.verbs[*] : is_one_of(verb, "create", "*")])
      && anytrue([for group in self.apiGroups[*] : is_one_of(group, "", "*")])
      && length(self.resourceNames[*]) == 0
    )
    error_message = "${self.role.address} lets its holders make tokens for other accounts"
  }

  fails "any account" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: deployer
      rules:
        - apiGroups: [""]
          resources: [serviceaccounts/token] #~ here
          verbs: [create]
    YAML
  }

  passes "an account that is named" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: deployer
      rules:
        - apiGroups: [""]
          resources: [serviceaccounts/token]
          verbs: [create]
          resourceNames: [ci]
        - apiGroups: [""]
          resources: ["*"]
          verbs: ["*"]
    YAML
  }
}
