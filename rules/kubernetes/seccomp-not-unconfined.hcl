rule "kubernetes-seccomp-not-unconfined" {
  title    = "Seccomp is not switched off"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["KSV-0104"]

  soc2 = {
    "CC6.8" = "The filter for system calls keeps a process that was taken over from the parts of the kernel that it never needs."
  }

  rationale   = "`Unconfined` takes away the filter for system calls, even where the node has one by default."
  remediation = "Use `seccompProfile.type: RuntimeDefault`."
  references  = ["https://kubernetes.io/docs/tutorials/security/seccomp/", "https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  match "kubernetes.container" {}

  # A privileged container has no filter whatever is said here.
  assert {
    condition = (
      or_default(self.securityContext.seccompProfile.type, self.pod.spec.securityContext.seccompProfile.type, "") != "Unconfined"
      || self.securityContext.privileged == true
    )
    error_message = "container ${self.name} of ${self.owner.address} runs without a filter for system calls"
  }

  fix {
    set    = { securityContext = { seccompProfile = { type = "RuntimeDefault" } } }
    safety = "unsafe"
    reason = "A program that makes unusual system calls stops working."
  }

  fails "for the container" {
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
              seccompProfile:
                type: Unconfined #~ here
    YAML
  }

  fails "for the pod" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        securityContext:
          seccompProfile:
            type: Unconfined
        containers:
          - name: web #~ here
            image: example/web:1
    YAML
  }

  passes "the container knows better, or nothing is said" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        securityContext:
          seccompProfile:
            type: Unconfined
        containers:
          - name: web
            image: example/web:1
            securityContext:
              seccompProfile:
                type: RuntimeDefault
          - name: driver
            image: example/driver:1
            securityContext:
              privileged: true
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: job
      spec:
        containers:
          - name: job
            image: example/job:1
    YAML
  }
}
