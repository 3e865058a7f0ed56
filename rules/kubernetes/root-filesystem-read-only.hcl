rule "kubernetes-root-filesystem-read-only" {
  title    = "Containers cannot write to their image"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_22", "KSV-0014", "C-0017", "no-read-only-root-fs"]

  soc2 = {
    "CC6.8" = "Who breaks into a container cannot put tools into it or change its programs."
  }

  rationale   = "The files of an image can be changed while the container runs, unless `readOnlyRootFilesystem` is true. It is false when it is not set."
  remediation = "Set `securityContext.readOnlyRootFilesystem: true`, and mount an `emptyDir` where the program writes."
  references  = ["https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"]

  # Windows has no such setting.
  match "kubernetes.container" {
    where = or_default(self.pod.spec.os.name, "linux") != "windows"
  }

  assert {
    condition     = or_default(self.securityContext.readOnlyRootFilesystem, false) == true
    error_message = "container ${self.name} of ${self.owner.address} can change its own programs"
  }

  fix {
    set    = { securityContext = { readOnlyRootFilesystem = true } }
    safety = "unsafe"
    reason = "A program that writes outside of its volumes stops working."
  }

  fails "nothing is said, or it is switched off" {
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
              readOnlyRootFilesystem: false #~ here
    YAML
  }

  passes "it is on" {
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
              readOnlyRootFilesystem: true
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
