rule "kubernetes-rbac-no-pod-exec" {
  title    = "Roles cannot run commands in the pods of others"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["KSV-0053", "KSV-0054", "KSV-0047", "C-0002"]

  soc2 = {
    "CC6.3" = "A shell in a pod has all that the pod has: its secrets, its data, its service account."
    "CC8.1" = "What is changed by hand in a running container went through no review."
  }

  rationale   = "`create` on `pods/exec` or `pods/attach`, and access to `nodes/proxy`, run commands in every container that the role reaches; `nodes/proxy` goes past admission and audit as well."
  remediation = "Grant it to the people on call for a limited time, in the namespaces that they care for."
  references  = ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#access-to-proxy-subresource-of-nodes"]

  # What allows everything is the matter of kubernetes-rbac-no-wildcards.
  match "kubernetes.rbac_rule" {
    where = !self.everything
  }

  assert {
    # A websocket is opened with `get`, so that this verb is enough for a shell. For `nodes/proxy` it is not asked
    # about, though a shell can be had with it too: before 1.36 whatever reads the metrics of nodes needed it.
    condition = !(
      (
        anytrue([for resource in self.resources[*] : is_one_of(resource, "pods/exec", "pods/attach", "pods/ephemeralcontainers", "pods/*")])
        && anytrue([for verb in self.verbs[*] : is_one_of(verb, "create", "get", "update", "patch", "*")])
        || anytrue([for resource in self.resources[*] : is_one_of(resource, "nodes/proxy", "nodes/*")])
        && anytrue([for verb in self.verbs[*] : is_one_of(verb, "create", "*")])
      )
      && anytrue([for group in self.apiGroups[*] : is_one_of(group, "", "*")])
    )
    error_message = "${self.role.address} lets its holders run commands in pods"
  }

  fails "a shell, and the kubelets" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: deployer
      rules:
        - apiGroups: [""]
          resources: [pods, pods/exec] #~ here
          verbs: [create]
        - apiGroups: [""]
          resources: [nodes/proxy] #~ here
          verbs: [get, create]
    YAML
  }

  passes "reading logs" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: deployer
      rules:
        - apiGroups: [""]
          resources: [pods, pods/log, nodes/proxy]
          verbs: [get, list]
        - apiGroups: [""]
          resources: ["*"]
          verbs: ["*"]
    YAML
  }
}
