rule "kubernetes-security-context-set" {
  title    = "Workloads say with which rights they run"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_29", "CKV_K8S_30", "KSV-0118", "C-0211"]

  soc2 = {
    "CC6.8" = "Without a security context everything that the runtime allows by default is allowed."
  }

  rationale   = "Neither the pod nor the container has a `securityContext`: user, privileges, capabilities and filters are what image and node happen to have."
  remediation = "Add a `securityContext` to the pod or to the container, as the Pod Security Standard *restricted* has it."
  references  = ["https://kubernetes.io/docs/tasks/configure-pod-container/security-context/", "https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  match "kubernetes.container" {}

  assert {
    condition     = self.securityContext != null || self.pod.spec.securityContext != null
    error_message = "container ${self.name} of ${self.owner.address} has no security context"
  }

  fails "neither of the two" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web #~ here
            image: example/web:1
    YAML
  }

  passes "the one or the other" {
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
              runAsNonRoot: true
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: job
      spec:
        securityContext:
          runAsNonRoot: true
        containers:
          - name: job
            image: example/job:1
    YAML
  }
}
