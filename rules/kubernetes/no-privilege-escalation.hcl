rule "kubernetes-no-privilege-escalation" {
  title    = "Processes in containers cannot gain privileges"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_20", "KSV-0001", "C-0016", "privilege-escalation-container", "5572cc5e", "c878abb4"]

  soc2 = {
    "CC6.1" = "A process that cannot gain privileges stays within the rights that were granted to it."
    "CC6.8" = "A set-user-id program that an attacker finds or brings along gives nothing."
  }

  rationale   = "Kubernetes lets a process gain more rights than its parent, through a set-user-id program for one, unless `allowPrivilegeEscalation` is false. It is true when it is not set."
  remediation = "Set `securityContext.allowPrivilegeEscalation: false` on every container."
  references  = ["https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"]

  # Windows has no such setting.
  match "kubernetes.container" {
    where = or_default(self.pod.spec.os.name, "linux") != "windows"
  }

  assert {
    condition     = coalesce(self.securityContext.allowPrivilegeEscalation, true) == false
    error_message = "container ${self.name} of ${self.owner.address} may gain privileges"
  }

  fix {
    set    = { securityContext = { allowPrivilegeEscalation = false } }
    safety = "unsafe"
    reason = "A program that changes its user, such as sudo or ping, stops working."
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

  fails "it is allowed" {
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
              allowPrivilegeEscalation: true #~ here
    YAML
  }

  passes "Windows, which has no such setting" {
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
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: linux
      spec:
        os:
          name: linux
        containers:
          - name: web
            image: example/web:1
            securityContext:
              allowPrivilegeEscalation: false
    YAML
  }

  passes "every container forbids it" {
    code = <<-YAML
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
      spec:
        template:
          spec:
            containers:
              - name: web
                image: example/web:1
                securityContext:
                  allowPrivilegeEscalation: false
    YAML
  }
}
