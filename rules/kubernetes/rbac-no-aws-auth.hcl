rule "kubernetes-rbac-no-aws-auth" {
  title    = "Roles cannot change who may enter an EKS cluster"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["KSV-0115"]

  soc2 = {
    "CC6.2" = "Who may enter the cluster is decided by review, not by whoever can write a ConfigMap."
    "CC6.3" = "The ConfigMap can give any AWS role the group `system:masters`."
  }

  rationale   = "The ConfigMap `aws-auth` maps AWS roles to users and groups of the cluster. Whoever writes it can make itself administrator."
  remediation = "Remove the right, and manage access with EKS access entries."
  references  = ["https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html"]

  # What allows everything is the matter of kubernetes-rbac-no-wildcards.
  match "kubernetes.rbac_rule" {
    where = !self.everything
  }

  assert {
    condition = !(
      anytrue([for resource in self.resources[*] : is_one_of(resource, "configmaps", "*")])
      && anytrue([for verb in self.verbs[*] : is_one_of(verb, "create", "update", "patch", "delete", "deletecollection", "*")])
      && anytrue([for group in self.apiGroups[*] : is_one_of(group, "", "*")])
      && contains(self.resourceNames[*], "aws-auth")
    )
    error_message = "${self.role.address} lets its holders decide who may enter the cluster"
  }

  fails "it may be changed" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: deployer
      rules:
        - apiGroups: [""]
          resources: [configmaps] #~ here
          verbs: [get, update]
          resourceNames: [aws-auth]
    YAML
  }

  passes "it may be read" {
    code = <<-YAML
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: deployer
      rules:
        - apiGroups: [""]
          resources: [configmaps]
          verbs: [get]
          resourceNames: [aws-auth]
        - apiGroups: [""]
          resources: [configmaps]
          verbs: [update]
        - apiGroups: [""]
          resources: ["*"]
          verbs: ["*"]
    YAML
  }
}
