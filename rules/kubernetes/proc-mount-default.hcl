rule "kubernetes-proc-mount-default" {
  title    = "Containers keep the masks over /proc"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["KSV-0027", "unsafe-proc-mount", "f922827f"]

  soc2 = {
    "CC6.8" = "The runtime hides what of /proc could change the node; a container without the masks can read and write it."
  }

  rationale   = "`procMount: Unmasked` takes away the masks and the read-only mounts that the runtime puts over `/proc`. It is meant for containers in a user namespace that build containers themselves."
  remediation = "Remove `securityContext.procMount`; the default is right."
  references  = ["https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  # The API server takes `Unmasked` only with a user namespace of the pod, where root is nobody on the node.
  match "kubernetes.container" {
    where = self.pod.spec.hostUsers != false
  }

  assert {
    condition     = is_one_of(or_default(self.securityContext.procMount, "Default"), "Default")
    error_message = "container ${self.name} of ${self.owner.address} sees all of /proc"
  }

  fix {
    set    = { securityContext = { procMount = "Default" } }
    safety = "unsafe"
    reason = "A program that makes containers of its own stops working."
  }

  fails "the masks are taken away" {
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
              procMount: Unmasked #~ here
    YAML
  }

  passes "the default, or in a user namespace" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1
          - name: sidecar
            image: example/sidecar:1
            securityContext:
              procMount: Default
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: builder
      spec:
        hostUsers: false
        containers:
          - name: builder
            image: example/builder:1
            securityContext:
              procMount: Unmasked
    YAML
  }
}
