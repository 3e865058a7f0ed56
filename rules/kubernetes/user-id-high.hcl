rule "kubernetes-user-id-high" {
  title    = "Containers run as a user that the node does not have"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_40", "KSV-0020", "02323c00"]

  soc2 = {
    "CC6.8" = "A process that breaks out of its container is then nobody on the node."
  }

  rationale   = "User ids up to 10000 often exist on the node, and a process that breaks out has the rights of that user there."
  remediation = "Set `securityContext.runAsUser` to an id above 10000."
  references  = ["https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"]

  match "kubernetes.container" {
    where = or_default(self.pod.spec.os.name, "linux") != "windows"
  }

  assert {
    condition     = or_default(self.securityContext.runAsUser, self.pod.spec.securityContext.runAsUser, 0) > 10000
    error_message = "container ${self.name} of ${self.owner.address} may run as a user of its node"
  }

  fails "a low id, or none" {
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
              runAsUser: 1000 #~ here
          - name: sidecar #~ here
            image: example/sidecar:1
    YAML
  }

  passes "for the container, or for the pod" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        securityContext:
          runAsUser: 20000
        containers:
          - name: web
            image: example/web:1
          - name: sidecar
            image: example/sidecar:1
            securityContext:
              runAsUser: 20001
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: windows
      spec:
        os:
          name: windows
        containers:
          - name: web
            image: example/web:1
    YAML
  }
}
