rule "kubernetes-rbac-no-admission-changes" {
  title    = "Roles cannot change the admission of the cluster"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_155", "KSV-0114", "C-0281"]

  soc2 = {
    "CC6.8" = "Admission webhooks keep out what must not run; who changes them lets it in."
    "CC6.3" = "A webhook sees every object that is written, secrets among them."
  }

  rationale   = "Write access to `validatingwebhookconfigurations` or `mutatingwebhookconfigurations` lets the holder switch off the policies of the cluster, read every object that is written, and change it."
  remediation = "Grant it to the account that installs the webhooks alone, by `resourceNames`."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#control-admission-webhooks"]

  # What allows everything is the matter of kubernetes-rbac-no-wildcards.
  match "kubernetes.rbac_rule" {
    where = !self.everything
  }

  assert {
    condition = !(
      anytrue([for resource in self.resources[*] : is_one_of(resource, "validatingwebhookconfigurations", "mutatingwebhookconfigurations", "*")])
      && anytrue([for verb in self.verbs[*] : is_one_of(verb, "create", "update", "patch", "delete", "deletecollection", "*")])
      && anytrue([for group in self.apiGroups[*] : is_one_of(group, "admissionregistration.k8s.io", "*")])
      && length(self.resourceNames[*]) == 0
    )
    error_message = "${self.role.address} lets its holders change what the cluster admits"
  }

  fails "every webhook" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: deployer
      rules:
        - apiGroups: ["admissionregistration.k8s.io"]
          resources: [mutatingwebhookconfigurations] #~ here
          verbs: [get, patch]
    YAML
  }

  passes "one that is named, or reading" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: deployer
      rules:
        - apiGroups: ["admissionregistration.k8s.io"]
          resources: [validatingwebhookconfigurations]
          verbs: [update]
          resourceNames: [policy]
        - apiGroups: ["admissionregistration.k8s.io"]
          resources: [mutatingwebhookconfigurations]
          verbs: [get, list]
        - apiGroups: [""]
          resources: ["*"]
          verbs: ["*"]
    YAML
  }
}
