rule "kubernetes-selinux-confined" {
  title    = "Pods stay within the SELinux types for containers"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["KSV-0025"]

  soc2 = {
    "CC6.8" = "SELinux keeps a process that broke out of its container from the files of the node; another type may undo that."
  }

  rationale   = "With SELinux the container's type decides what of the node a process may touch. Types other than those for containers, and users and roles of one's own, are not confined the same way; `spc_t` is not confined at all."
  remediation = "Remove `seLinuxOptions`, or use `container_t`, `container_init_t`, `container_kvm_t` or `container_engine_t` as the type."
  references  = ["https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  match "kubernetes.pod" {}

  assert {
    for_each = concat(
      [for options in [self.spec.securityContext.seLinuxOptions] : options if options != null],
      [
        for container in concat(self.spec.containers[*], self.spec.initContainers[*], self.spec.ephemeralContainers[*]) :
        container.securityContext.seLinuxOptions if container.securityContext.seLinuxOptions != null
      ],
    )
    condition = (
      is_one_of(or_default(each.value.type, ""), "", "container_engine_t", "container_init_t", "container_kvm_t", "container_t")
      && or_default(each.value.user, "") == ""
      && or_default(each.value.role, "") == ""
    )
    error_message = "${self.owner.address} leaves the SELinux confinement of containers"
  }

  fails "a type that is not confined, and a role" {
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
              seLinuxOptions:
                type: spc_t #~ here
          - name: sidecar
            image: example/sidecar:1
            securityContext:
              seLinuxOptions:
                role: sysadm_r #~ here
    YAML
  }

  fails "for the whole pod" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        securityContext:
          seLinuxOptions:
            user: system_u #~ here
        containers:
          - name: web
            image: example/web:1
    YAML
  }

  passes "a type for containers, and a level" {
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
              seLinuxOptions:
                type: container_t
                level: s0:c123,c456
        initContainers:
          - name: prepare
            image: example/prepare:1
            securityContext:
              seLinuxOptions: {}
        ephemeralContainers:
          - name: debug
            image: example/debug:1
            securityContext:
              seLinuxOptions:
                type: container_init_t
    YAML
  }
}
