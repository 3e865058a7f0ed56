rule "kubernetes-no-windows-host-process" {
  title    = "Windows containers are not processes of their node"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["KSV-0103", "C-0202"]

  soc2 = {
    "CC6.1" = "A host process container has the rights of a Windows service on its node, and so the data of every other workload there."
    "CC6.8" = "It can install software on the node, unseen by any control on the cluster."
  }

  rationale   = "`windowsOptions.hostProcess` runs the container on the node itself, with its network, its files and the account that it names. Only what manages nodes needs it."
  remediation = "Remove `hostProcess`, or waive the rule for what manages nodes, with the reason."
  references  = ["https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/"]

  match "kubernetes.container" {}

  assert {
    condition     = or_default(self.securityContext.windowsOptions.hostProcess, self.pod.spec.securityContext.windowsOptions.hostProcess, false) == false
    error_message = "container ${self.name} of ${self.owner.address} is a process of its node"
  }

  fails "the container, or the whole pod" {
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
              windowsOptions:
                hostProcess: true #~ here
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: agent
      spec:
        securityContext:
          windowsOptions:
            hostProcess: true
            runAsUserName: NT AUTHORITY\SYSTEM
        containers:
          - name: agent #~ here
            image: example/agent:1
    YAML
  }

  passes "a common container" {
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
              windowsOptions:
                runAsUserName: ContainerUser
    YAML
  }
}
