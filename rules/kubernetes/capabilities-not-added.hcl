rule "kubernetes-capabilities-not-added" {
  title    = "Containers add no capabilities"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_24", "CKV_K8S_25", "KSV-0106", "2f1a0619"]

  soc2 = {
    "CC6.8" = "Every capability that is added is one more way out for a process that was taken over."
  }

  rationale   = "The Pod Security Standard *restricted* allows to add `NET_BIND_SERVICE` and nothing else. The capabilities that amount to root on the node have a rule of their own, `kubernetes-no-dangerous-capabilities`."
  remediation = "Remove what the program does not need from `capabilities.add`."
  references  = ["https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  match "kubernetes.container" {}

  # PodSecurityPolicy is gone since Kubernetes 1.25; where it is still written it says what pods may do.
  match "PodSecurityPolicy" {}

  assert {
    for_each      = concat(self.securityContext.capabilities.add[*], self.spec.allowedCapabilities[*])
    condition     = is_one_of(trimprefix(upper(each.value), "CAP_"), "NET_BIND_SERVICE")
    error_message = "${self.pod == null ? self.entity.address : "container ${self.name} of ${self.owner.address}"} adds ${written(each.value)}"
  }

  fails "one of many" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1
            securityContext:
              capabilities:
                add:
                  - NET_BIND_SERVICE
                  - CHOWN #~ here
    YAML
  }

  fails "a policy for pods that allows it" {
    code = <<-YAML
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec:
        allowedCapabilities:
          - CHOWN #~ here
    YAML
  }

  passes "the one that is harmless" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1
            securityContext:
              capabilities:
                add: [CAP_NET_BIND_SERVICE]
    YAML
  }
}
