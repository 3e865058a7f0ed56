rule "kubernetes-no-host-ports" {
  title    = "Containers do not take ports of their node"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_26", "KSV-0024", "C-0044"]

  soc2 = {
    "CC6.6" = "A port of the node is open to whoever reaches the node; network policies and services have no say in it."
  }

  rationale   = "`hostPort` binds a port of the node itself. The pod is then reached past the Service, and every node that runs it has the port open."
  remediation = "Remove `hostPort` and put a Service in front of the pods."
  references  = ["https://kubernetes.io/docs/concepts/security/pod-security-standards/", "https://kubernetes.io/docs/concepts/configuration/overview/"]

  # On the network of the node every port is one of the node: kubernetes-no-host-namespaces says so.
  match "kubernetes.container" {
    where = self.pod.spec.hostNetwork != true
  }

  assert {
    for_each      = self.ports[*]
    condition     = is_one_of(or_default(each.value.hostPort, 0), 0)
    error_message = "container ${self.name} of ${self.owner.address} takes port ${written(each.value.hostPort)} of its node"
  }

  fix {
    target = each.value
    remove = ["hostPort"]
    safety = "unsafe"
    reason = "What reaches the program by the address of its node needs a Service."
  }

  fails "a port of the node" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1
            ports:
              - containerPort: 8080
                hostPort: 8080 #~ here
    YAML
  }

  passes "ports of the container, or of a pod that is on the network of its node" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1
            ports:
              - containerPort: 8080
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: node-exporter
      spec:
        hostNetwork: true
        containers:
          - name: exporter
            image: example/exporter:1
            ports:
              - containerPort: 9100
                hostPort: 9100
    YAML
  }
}
