rule "kubernetes-rbac-no-wildcards" {
  title    = "Roles name what they allow"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_49", "KSV-0044", "KSV-0045", "KSV-0046", "C-0187", "KSV-0112", "wildcard-in-rules"]

  soc2 = {
    "CC6.3" = "A role with `*` grants what nobody decided to grant, and what is added to the cluster later."
  }

  rationale   = "`*` in verbs or resources covers everything of today and tomorrow, secrets and roles themselves among it."
  remediation = "List the verbs and the resources that are needed."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/"]

  # What is put together of other roles has the rules of those.
  match "Role" "ClusterRole" {
    where = self.aggregationRule == null && !startswith(written(self.metadata.name), "system:")
  }

  # The resources of the metrics APIs are the metrics that there are, and can only be read.
  assert {
    for_each = [
      for rule in self.rules[*] : rule
      if length(setsubtract(rule.apiGroups[*], ["custom.metrics.k8s.io", "external.metrics.k8s.io"])) > 0 || rule.apiGroups == null
    ]
    condition     = !contains(coalesce(each.value.verbs, []), "*")
    error_message = "${self.address} allows every verb"
  }

  assert {
    for_each = [
      for rule in self.rules[*] : rule
      if length(setsubtract(rule.apiGroups[*], ["custom.metrics.k8s.io", "external.metrics.k8s.io"])) > 0 || rule.apiGroups == null
    ]
    condition     = !contains(coalesce(each.value.resources, []), "*")
    error_message = "${self.address} covers every resource"
  }

  fails "all verbs, all resources" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: operator
      rules:
        - apiGroups: [""]
          resources: ["*"] #~ here
          verbs: ["*"] #~ here
    YAML
  }

  passes "put together of other roles, next to one that names what it allows" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: monitoring
      aggregationRule:
        clusterRoleSelectors:
          - matchLabels:
              monitoring: "true"
      rules: []
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: viewer
      rules:
        - apiGroups: [""]
          resources: [pods]
          verbs: [get]
    YAML
  }

  passes "named verbs on named resources" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: reader
      rules:
        - apiGroups: [""]
          resources: [configmaps]
          verbs: [get, list]
    YAML
  }
}
