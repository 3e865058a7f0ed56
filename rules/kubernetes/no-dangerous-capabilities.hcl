rule "kubernetes-no-dangerous-capabilities" {
  title    = "Containers do not add capabilities that amount to root on the node"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_39", "KSV-0005", "KSV-0022", "C-0046", "KSV-0119", "KSV-0120", "235236ee", "19ebaa28"]

  soc2 = {
    "CC6.1" = "These capabilities undo the walls between a container and its node."
    "CC6.8" = "With them a container can load code into the kernel or into other processes."
  }

  rationale   = "`SYS_ADMIN` and its like give a container most of what root on the node has: mounting, tracing other processes, loading kernel modules, reading any file."
  remediation = "Drop `ALL` capabilities and add only those that the program needs, such as `NET_BIND_SERVICE`."
  references  = ["https://kubernetes.io/docs/concepts/security/pod-security-standards/", "https://man7.org/linux/man-pages/man7/capabilities.7.html"]

  input "capabilities" {
    description = "Capabilities that no container may add, without `CAP_`."
    default = [
      "ALL", "BPF", "DAC_OVERRIDE", "DAC_READ_SEARCH", "NET_ADMIN", "NET_RAW",
      "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "SYS_TIME",
    ]
  }

  match "kubernetes.container" {}

  # PodSecurityPolicy is gone since Kubernetes 1.25; where it is still written it says what pods may do.
  match "PodSecurityPolicy" {}

  assert {
    for_each      = self.securityContext.capabilities.add[*]
    condition     = !contains(input.capabilities, trimprefix(upper(each.value), "CAP_"))
    error_message = "container ${self.name} of ${self.owner.address} adds ${written(each.value)}"
  }

  assert {
    for_each      = self.spec.allowedCapabilities[*]
    condition     = each.value != "*" && !contains(input.capabilities, trimprefix(upper(each.value), "CAP_"))
    error_message = "${self.entity.address} lets containers add ${written(each.value)}"
  }

  fails "among others" {
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
                  - SYS_ADMIN #~ here
                  - cap_net_raw #~ here
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
          - CHOWN
          - SYS_ADMIN #~ here
    YAML
  }

  passes "one that is harmless" {
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
                drop: [ALL]
                add: [NET_BIND_SERVICE]
    YAML
  }
}
