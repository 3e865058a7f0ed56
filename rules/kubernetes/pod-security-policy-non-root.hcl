rule "kubernetes-pod-security-policy-non-root" {
  title    = "Pod security policies keep pods from root"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_6"]

  soc2 = {
    "CC6.1" = "Root in the container is one kernel bug away from root on the node."
  }

  rationale   = "The policy lets containers run as root. PodSecurityPolicy is gone since Kubernetes 1.25; use the labels of Pod Security Admission instead."
  remediation = "Set `runAsUser.rule: MustRunAsNonRoot`; move to Pod Security Admission."
  references  = ["https://kubernetes.io/docs/concepts/security/pod-security-policy/"]

  match "PodSecurityPolicy" {}

  assert {
    condition = (
      self.spec.runAsUser.rule == "MustRunAsNonRoot"
      || self.spec.runAsUser.rule == "MustRunAs" && alltrue([for range in self.spec.runAsUser.ranges[*] : or_default(range.min, 0) > 0])
    )
    error_message = "${self.address} lets containers run as root"
  }

  fix {
    set    = { spec = { runAsUser = { rule = "MustRunAsNonRoot" } } }
    remove = ["spec.runAsUser.ranges"]
    safety = "unsafe"
    reason = "Pods that run as root are no longer admitted."
  }

  fails "any user, or a range with root" {
    code = <<-YAML
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec:
        runAsUser:
          rule: RunAsAny #~ here
      ---
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec:
        runAsUser:
          rule: MustRunAs #~ here
          ranges:
            - min: 0
              max: 1000
    YAML
  }

  passes "not root, or a range without it" {
    code = <<-YAML
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec:
        runAsUser:
          rule: MustRunAsNonRoot
      ---
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec:
        runAsUser:
          rule: MustRunAs
          ranges:
            - min: 1
              max: 1000
    YAML
  }
}
