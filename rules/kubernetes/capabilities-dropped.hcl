rule "kubernetes-capabilities-dropped" {
  title    = "Containers drop all capabilities"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases = [
    "CKV_K8S_28", "CKV_K8S_37", "CKV_K8S_7", "KSV-0003", "KSV-0004", "KSV-0106", "CKV_K8S_36",
    "drop-net-raw-capability", "dbbc6705", "e5587d53",
  ]

  soc2 = {
    "CC6.8" = "A process that was taken over can do with the capabilities of its container what the program never needed."
  }

  rationale   = "Runtimes give a container some fourteen capabilities of root, `NET_RAW` and `CHOWN` among them, unless `capabilities.drop` has `ALL`. The Pod Security Standard *restricted* asks for it."
  remediation = "Set `securityContext.capabilities.drop: [ALL]` and add what the program needs."
  references  = ["https://kubernetes.io/docs/concepts/security/pod-security-standards/", "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"]

  match "kubernetes.container" {}

  # PodSecurityPolicy is gone since Kubernetes 1.25; where it is still written it says what pods may do.
  match "PodSecurityPolicy" {}

  assert {
    condition = contains([
      for capability in(self.pod == null ? self.spec.requiredDropCapabilities[*] : self.securityContext.capabilities.drop[*]) : upper(capability)
    ], "ALL")
    error_message = "${self.pod == null ? self.entity.address : "container ${self.name} of ${self.owner.address}"} keeps the capabilities that its runtime gives"
  }

  fix "kubernetes.container" {
    set    = { securityContext = { capabilities = { drop = ["ALL"] } } }
    safety = "unsafe"
    reason = "A program that needs a capability, such as one that opens a port below 1024, stops working until `add` names it."
  }

  fix "PodSecurityPolicy" {
    set    = { spec = { requiredDropCapabilities = ["ALL"] } }
    safety = "unsafe"
    reason = "A program that needs a capability stops working."
  }

  fails "nothing is said, or only some are dropped" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web #~ here
            image: example/web:1
          - name: sidecar
            image: example/sidecar:1
            securityContext:
              capabilities:
                drop: [NET_RAW] #~ here
    YAML
  }

  fails "a policy for pods that leaves them" {
    code = <<-YAML
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec:
        requiredDropCapabilities: [NET_RAW] #~ here
    YAML
  }

  passes "all are dropped" {
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
                drop: [all]
                add: [NET_BIND_SERVICE]
    YAML
  }
}
