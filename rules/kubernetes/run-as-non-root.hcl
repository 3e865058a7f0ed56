rule "kubernetes-run-as-non-root" {
  title    = "Containers do not run as root"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_23", "KSV-0012", "KSV-0105", "C-0013", "run-as-non-root", "cf34805e"]

  soc2 = {
    "CC6.1" = "Root in the container is one kernel bug away from root on the node."
    "CC6.8" = "A process that is not root cannot replace the files of its own image."
  }

  rationale = <<-EOT
    Unless `runAsNonRoot` or `runAsUser` says otherwise the image decides, and most images say root.
    What user the image itself names cannot be seen from here. With `hostUsers: false` root in the
    container is nobody on the node.
  EOT

  remediation = "Set `securityContext.runAsNonRoot: true` on the pod, or on every container."

  references = [
    "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
  ]

  # Of every workload kind, init and ephemeral containers too.
  match "kubernetes.container" {
    where = self.pod.spec.hostUsers != false
  }

  # Windows has no root; the user there is a name.
  assert {
    condition = (
      coalesce(self.securityContext.runAsNonRoot, self.pod.spec.securityContext.runAsNonRoot, false)
      || coalesce(self.securityContext.runAsUser, self.pod.spec.securityContext.runAsUser, 0) != 0
      || or_default(self.pod.spec.os.name, "linux") == "windows" && !is_one_of(
        or_default(
          self.securityContext.windowsOptions.runAsUserName,
          self.pod.spec.securityContext.windowsOptions.runAsUserName,
          "ContainerUser",
        ),
        "ContainerAdministrator", "NT AUTHORITY\\SYSTEM",
      )
    )
    error_message = "container ${self.name} of ${self.owner.address} may run as root"
  }

  fix {
    target = self.securityContext.runAsNonRoot == false ? self : self.pod.spec
    # With user 0 it would not even start; another user is for its owner to choose.
    set = {
      securityContext = {
        runAsNonRoot = coalesce(self.securityContext.runAsUser, self.pod.spec.securityContext.runAsUser, 1) == 0 ? null : true
      }
    }
    safety = "unsafe"
    reason = "An image whose user is root will stop starting."
  }

  fails "nothing is said" {
    code = <<-YAML
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
      spec:
        template:
          spec:
            containers:
              - name: web #~ here
                image: example/web:1
    YAML
  }

  fails "the container overrules its pod" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        securityContext:
          runAsNonRoot: true
        containers:
          - name: web
            image: example/web:1
            securityContext:
              runAsNonRoot: false #~ here
    YAML
  }

  fails "from Terraform" {
    files = {
      "main.tf" = <<-TF
        resource "kubernetes_pod_v1" "web" {
          metadata {
            name = "web"
          }
          spec {
            container { #~ here
              name  = "web"
              image = "example/web:1"
            }
          }
        }
      TF
    }
  }

  passes "next to a pod whose root is nobody on the node" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: other
      spec:
        containers:
          - name: web
            image: example/web:1
            securityContext:
              runAsUser: 1000
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        hostUsers: false
        containers:
          - name: web
            image: example/web:1
    YAML
  }

  passes "Windows" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        os:
          name: windows
        securityContext:
          windowsOptions:
            runAsUserName: ContainerUser
        containers:
          - name: web
            image: example/web:1
    YAML
  }

  fails "the administrator of Windows" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        os:
          name: windows
        containers:
          - name: web
            image: example/web:1
            securityContext: #~ here
              windowsOptions:
                runAsUserName: ContainerAdministrator
    YAML
  }

  passes "the pod says so for all its containers" {
    code = <<-YAML
      apiVersion: batch/v1
      kind: CronJob
      metadata:
        name: nightly
      spec:
        jobTemplate:
          spec:
            template:
              spec:
                securityContext:
                  runAsNonRoot: true
                initContainers:
                  - name: prepare
                    image: example/prepare:1
                containers:
                  - name: run
                    image: example/run:1
    YAML
  }

  passes "a user other than root is named" {
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
              runAsUser: 1000
    YAML
  }
}
