rule "kubernetes-pod-security-policy-not-privileged" {
  title    = "Pod security policies allow no privileged pods"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_2"]

  soc2 = {
    "CC6.1" = "A privileged container has the rights of root on its node, and so reaches the data of every other workload there."
  }

  rationale   = "The policy lets pods have privileged containers. PodSecurityPolicy is gone since Kubernetes 1.25; use the labels of Pod Security Admission instead."
  remediation = "Remove `privileged: true`; move to Pod Security Admission."
  references  = ["https://kubernetes.io/docs/concepts/security/pod-security-policy/"]

  match "PodSecurityPolicy" {}

  assert {
    condition     = or_default(self.spec.privileged, false) == false
    error_message = "${self.address} allows privileged containers"
  }

  fix {
    set    = { spec = { privileged = false } }
    safety = "unsafe"
    reason = "Pods that are privileged are no longer admitted."
  }

  fails "it does" {
    code = <<-YAML
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec:
        privileged: true #~ here
    YAML
  }

  passes "it says nothing, or no" {
    code = <<-YAML
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec:
        hostPID: false
      ---
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec:
        privileged: false
    YAML
  }
}
