rule "kubernetes-group-id-high" {
  title    = "Containers run as a group that the node does not have"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["KSV-0021"]

  soc2 = {
    "CC6.8" = "A process that breaks out of its container then has no files of a group on the node."
  }

  rationale   = "Group ids up to 10000 often exist on the node; without `runAsGroup` the group is root or what the image says."
  remediation = "Set `securityContext.runAsGroup` to an id above 10000."
  references  = ["https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"]

  match "kubernetes.container" {
    where = or_default(self.pod.spec.os.name, "linux") != "windows"
  }

  assert {
    condition     = or_default(self.securityContext.runAsGroup, self.pod.spec.securityContext.runAsGroup, 0) > 10000
    error_message = "container ${self.name} of ${self.owner.address} may run as a group of its node"
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
              runAsGroup: 1000 #~ here
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
          runAsGroup: 20000
        containers:
          - name: web
            image: example/web:1
          - name: sidecar
            image: example/sidecar:1
            securityContext:
              runAsGroup: 20001
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
