rule "kubernetes-rbac-events-kept" {
  title    = "Roles cannot delete the traces of the cluster"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["KSV-0042", "C-0031"]

  soc2 = {
    "CC7.2" = "Events tell what happened to a workload; who deletes them hides it."
  }

  rationale   = "The role may delete events. Events are kept for an hour by default and are collected from there; nothing but the cluster itself needs to delete them."
  remediation = "Remove `delete` and `deletecollection` on events."
  references  = ["https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/"]

  # What allows everything is the matter of kubernetes-rbac-no-wildcards.
  match "kubernetes.rbac_rule" {
    where = !self.everything
  }

  assert {
    condition = !(
      anytrue([for resource in self.resources[*] : is_one_of(resource, "events")])
      && anytrue([for verb in self.verbs[*] : is_one_of(verb, "delete", "deletecollection", "*")])
      && anytrue([for group in self.apiGroups[*] : is_one_of(group, "", "events.k8s.io", "*")])
    )
    error_message = "${self.role.address} lets its holders delete events"
  }

  fails "by name or all" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: deployer
      rules:
        - apiGroups: [""]
          resources: [events] #~ here
          verbs: [list, deletecollection]
    YAML
  }

  passes "writing them" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: deployer
      rules:
        - apiGroups: [""]
          resources: [events]
          verbs: [create, patch]
        - apiGroups: [""]
          resources: ["*"]
          verbs: ["*"]
    YAML
  }
}
