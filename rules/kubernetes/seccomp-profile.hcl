rule "kubernetes-seccomp-profile" {
  title    = "Containers have a seccomp profile"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_31", "CKV_K8S_32", "KSV-0030", "C-0210", "f377b83e"]

  soc2 = {
    "CC6.8" = "The filter for system calls keeps a process that was taken over from the parts of the kernel that it never needs."
  }

  rationale   = "Without `seccompProfile` a container runs unfiltered, unless the kubelet of its node is set to `seccompDefault`. The Pod Security Standard *restricted* asks for it."
  remediation = "Set `securityContext.seccompProfile.type: RuntimeDefault` on the pod."
  references  = ["https://kubernetes.io/docs/tutorials/security/seccomp/", "https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  match "kubernetes.container" {}

  # The annotations are of Kubernetes before 1.27; what they say was meant so.
  assert {
    condition = (
      is_one_of(or_default(self.securityContext.seccompProfile.type, self.pod.spec.securityContext.seccompProfile.type, ""), "RuntimeDefault", "Localhost")
      || self.securityContext.seccompProfile.type == null && self.pod.spec.securityContext.seccompProfile.type == null && matches(
        "^(runtime/default|docker/default|localhost/.+)$",
        or_default(
          self.pod.metadata.annotations["container.seccomp.security.alpha.kubernetes.io/${self.name}"],
          self.pod.metadata.annotations["seccomp.security.alpha.kubernetes.io/pod"],
          "",
        ),
      )
    )
    error_message = "container ${self.name} of ${self.owner.address} has no seccomp profile"
  }

  fix {
    set    = { securityContext = { seccompProfile = { type = "RuntimeDefault" } } }
    safety = "unsafe"
    reason = "A program that makes unusual system calls stops working."
  }

  fails "nothing is said" {
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

  fails "it is switched off" {
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

  passes "for the pod, or for each container" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        securityContext:
          seccompProfile:
            type: RuntimeDefault
        containers:
          - name: web
            image: example/web:1
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: job
        annotations:
          seccomp.security.alpha.kubernetes.io/pod: runtime/default
          container.seccomp.security.alpha.kubernetes.io/job: localhost/job.json
      spec:
        containers:
          - name: job
            image: example/job:1
    YAML
  }
}
