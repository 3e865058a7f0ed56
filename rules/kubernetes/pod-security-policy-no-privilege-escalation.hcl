rule "kubernetes-pod-security-policy-no-privilege-escalation" {
  title    = "Pod security policies allow no gain of privileges"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_5"]

  soc2 = {
    "CC6.1" = "A process that cannot gain privileges stays within the rights that were granted to it."
  }

  rationale   = "The policy lets processes gain more rights than their parent; it does when `allowPrivilegeEscalation` is not set. PodSecurityPolicy is gone since Kubernetes 1.25; use the labels of Pod Security Admission instead."
  remediation = "Set `allowPrivilegeEscalation: false`; move to Pod Security Admission."
  references  = ["https://kubernetes.io/docs/concepts/security/pod-security-policy/"]

  match "PodSecurityPolicy" {}

  assert {
    condition     = or_default(self.spec.allowPrivilegeEscalation, true) == false
    error_message = "${self.address} lets containers gain privileges"
  }

  fix {
    set    = { spec = { allowPrivilegeEscalation = false } }
    safety = "unsafe"
    reason = "Pods that ask for it are no longer admitted."
  }

  fails "it does, or says nothing" {
    code = <<-YAML
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec:
        allowPrivilegeEscalation: true #~ here
      ---
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec: #~ here
        privileged: false
    YAML
  }

  passes "it does not" {
    code = <<-YAML
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec:
        allowPrivilegeEscalation: false
    YAML
  }
}
