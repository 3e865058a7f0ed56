rule "kubernetes-no-privileged-containers" {
  title    = "Containers are not privileged"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_16", "KSV-0017", "C-0057", "privileged-container", "dd29336b"]

  soc2 = {
    "CC6.1" = "A privileged container has the rights of root on its node, and so reaches the data of every other workload there."
    "CC6.8" = "A privileged container can replace software on its node, unseen by any control on the cluster."
  }

  rationale   = "A privileged container sees the devices of its node and is held back by nothing that makes it a container. Only what manages nodes themselves needs it, such as a network or storage driver."
  remediation = "Remove `securityContext.privileged`, and add the one capability that is needed."
  references  = ["https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  match "kubernetes.container" {}

  assert {
    condition     = coalesce(self.securityContext.privileged, false) == false
    error_message = "container ${self.name} of ${self.owner.address} is privileged"
  }

  fix {
    set    = { securityContext = { privileged = false } }
    safety = "unsafe"
    reason = "Whatever uses a device of the node stops working."
  }

  fails "it says so" {
    code = <<-YAML
      apiVersion: apps/v1
      kind: DaemonSet
      metadata:
        name: agent
      spec:
        template:
          spec:
            containers:
              - name: agent
                image: example/agent:1.2
                securityContext:
                  privileged: true #~ here
    YAML
  }

  passes "it says nothing, or false" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        initContainers:
          - name: prepare
            image: example/prepare:1
        containers:
          - name: web
            image: example/web:1
            securityContext:
              privileged: false
    YAML
  }
}
