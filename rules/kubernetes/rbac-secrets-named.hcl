rule "kubernetes-rbac-secrets-named" {
  title    = "Roles name the secrets that they reach"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["KSV-0113"]

  soc2 = {
    "CC6.1" = "A role over all secrets of a namespace also covers those that are added later for others."
    "CC6.3" = "An account gets the secrets that it needs by name."
  }

  rationale   = "The role reads or changes secrets without naming them. For roles of the whole cluster that are in use there is `kubernetes-rbac-no-secrets-access`."
  remediation = "Name the secrets in `resourceNames`. `list`, `watch` and `create` cannot be limited so: leave them out."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets", "https://kubernetes.io/docs/concepts/security/secrets-good-practices/#least-privilege-secrets"]

  # What allows everything is the matter of kubernetes-rbac-no-wildcards.
  match "kubernetes.rbac_rule" {
    where = !self.everything
  }

  assert {
    condition = !(
      anytrue([for resource in self.resources[*] : is_one_of(resource, "secrets")])
      && anytrue([for verb in self.verbs[*] : is_one_of(verb, "get", "list", "watch", "update", "patch", "deletecollection", "*")])
      && anytrue([for group in self.apiGroups[*] : is_one_of(group, "", "*")])
      && length(self.resourceNames[*]) == 0
    )
    error_message = "${self.role.address} covers every secret in its reach"
  }

  fails "of a namespace" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: deployer
      rules:
        - apiGroups: [""]
          resources: [secrets] #~ here
          verbs: [get]
    YAML
  }

  passes "by name, or making new ones" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: deployer
      rules:
        - apiGroups: [""]
          resources: [secrets]
          verbs: [get, update]
          resourceNames: [web-tls]
        - apiGroups: [""]
          resources: [secrets]
          verbs: [create]
        - apiGroups: [""]
          resources: ["*"]
          verbs: ["*"]
    YAML
  }
}
