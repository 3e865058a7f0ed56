rule "kubernetes-rbac-workloads-not-created" {
  title    = "Roles leave running workloads to the deployment"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["KSV-0048", "C-0188", "access-to-create-pods"]

  soc2 = {
    "CC6.3" = "Who may start a pod chooses its service account, and so has the rights of every account of the namespace."
    "CC8.1" = "What may be deployed past the pipeline is deployed without a review."
  }

  rationale   = "The role may create or change pods or what makes pods. Its holder can run any image with any service account and any Secret of the namespace. The deployment's own role needs this; few others do."
  remediation = "Leave it to the account of the deployment, and waive the rule for that one with the reason."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation"]

  # What allows everything is the matter of kubernetes-rbac-no-wildcards.
  match "kubernetes.rbac_rule" {
    where = !self.everything
  }

  assert {
    condition = !(
      anytrue([for resource in self.resources[*] : is_one_of(resource, "pods", "deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs")])
      && anytrue([for verb in self.verbs[*] : is_one_of(verb, "create", "update", "patch", "delete", "deletecollection", "impersonate", "*")])
      && anytrue([for group in self.apiGroups[*] : is_one_of(group, "", "apps", "batch", "*")])
    )
    error_message = "${self.role.address} lets its holders start what they like"
  }

  fails "deployments" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: deployer
      rules:
        - apiGroups: ["apps"]
          resources: [deployments] #~ here
          verbs: [get, patch]
    YAML
  }

  passes "reading" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: deployer
      rules:
        - apiGroups: ["apps"]
          resources: [deployments]
          verbs: [get, list]
        - apiGroups: [""]
          resources: ["*"]
          verbs: ["*"]
    YAML
  }
}
