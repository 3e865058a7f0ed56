rule "kubernetes-rbac-no-certificate-approval" {
  title    = "Roles cannot approve certificates"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_156", "C-0280"]

  soc2 = {
    "CC6.3" = "A certificate that the cluster signs can name any user, any group, or a node."
  }

  rationale   = "The role updates `certificatesigningrequests/approval` and may `approve` for every signer. Its holder can make itself a client certificate for any user or node."
  remediation = "Name the signer in `resourceNames`, or leave the approval to the controllers of the cluster."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#csrs-and-certificate-issuing", "https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization"]

  # Two rights make an approval, and they may stand in two rules.
  match "ClusterRole" {
    where = self.aggregationRule == null && !startswith(written(self.metadata.name), "system:")
  }

  assert {
    condition = !(
      anytrue([
        for rule in self.rules[*] : (
          anytrue([for resource in rule.resources[*] : is_one_of(resource, "certificatesigningrequests/approval", "*/approval", "*")])
          && anytrue([for verb in rule.verbs[*] : is_one_of(verb, "update", "patch", "*")])
          && anytrue([for group in rule.apiGroups[*] : is_one_of(group, "certificates.k8s.io")])
        )
      ])
      && anytrue([
        for rule in self.rules[*] : (
          anytrue([for resource in rule.resources[*] : is_one_of(resource, "signers", "*")])
          && anytrue([for verb in rule.verbs[*] : is_one_of(verb, "approve", "*")])
          && anytrue([for group in rule.apiGroups[*] : is_one_of(group, "certificates.k8s.io")])
          && length(rule.resourceNames[*]) == 0
        )
      ])
    )
    error_message = "${self.address} lets its holders approve certificates for anybody"
  }

  fails "both rights" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: deployer
      rules:
        - apiGroups: ["certificates.k8s.io"]
          resources: [certificatesigningrequests/approval] #~ here
          verbs: [update]
        - apiGroups: ["certificates.k8s.io"]
          resources: [signers]
          verbs: [approve]
    YAML
  }

  passes "for a signer that is named, or one of the two" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: deployer
      rules:
        - apiGroups: ["certificates.k8s.io"]
          resources: [certificatesigningrequests/approval]
          verbs: [update]
        - apiGroups: ["certificates.k8s.io"]
          resources: [signers]
          verbs: [approve]
          resourceNames: [example.com/internal]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: requester
      rules:
        - apiGroups: ["certificates.k8s.io"]
          resources: [certificatesigningrequests]
          verbs: [get, create]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: together
      aggregationRule:
        clusterRoleSelectors: []
      rules: []
    YAML
  }
}
