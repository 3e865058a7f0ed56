rule "kubernetes-apparmor-not-unconfined" {
  title    = "AppArmor is not switched off"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["KSV-0002"]

  soc2 = {
    "CC6.8" = "AppArmor limits which files and capabilities a process that was taken over can use."
  }

  rationale   = "On nodes with AppArmor a container has the profile of the runtime. `Unconfined`, in `appArmorProfile` or in the older annotation, takes it away."
  remediation = "Remove the setting, or use `RuntimeDefault`."
  references  = ["https://kubernetes.io/docs/tutorials/security/apparmor/", "https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  match "kubernetes.container" {}

  # A privileged container is unconfined anyway.
  assert {
    condition = (
      !is_one_of(or_default(
        self.securityContext.appArmorProfile.type,
        self.pod.spec.securityContext.appArmorProfile.type,
        self.pod.metadata.annotations["container.apparmor.security.beta.kubernetes.io/${self.name}"],
        "",
      ), "Unconfined", "unconfined")
      || self.securityContext.privileged == true
    )
    error_message = "container ${self.name} of ${self.owner.address} runs without AppArmor"
  }

  fails "in each of three places" {
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
              appArmorProfile:
                type: Unconfined #~ here
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: old
        annotations:
          container.apparmor.security.beta.kubernetes.io/old: unconfined
      spec:
        containers:
          - name: old #~ here
            image: example/old:1
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: whole
      spec:
        securityContext:
          appArmorProfile:
            type: Unconfined
        containers:
          - name: whole #~ here
            image: example/whole:1
    YAML
  }

  passes "nothing is said, the default, or a container that is privileged anyway" {
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
              appArmorProfile:
                type: RuntimeDefault
          - name: driver
            image: example/driver:1
            securityContext:
              privileged: true
              appArmorProfile:
                type: Unconfined
    YAML
  }
}
