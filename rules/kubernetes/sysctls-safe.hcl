rule "kubernetes-sysctls-safe" {
  title    = "Pods set only kernel parameters that are their own"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["KSV-0026", "unsafe-sysctls", "9127f0d9"]

  soc2 = {
    "CC6.8" = "A parameter that is not kept apart for each pod changes the kernel for every other workload of the node."
  }

  rationale   = "Kubernetes counts as safe the parameters that are kept apart by namespaces and cannot harm the node. All others have to be allowed on the kubelet, and may weaken the isolation of pods or bring the node down."
  remediation = "Remove the parameter from `securityContext.sysctls`; what the whole node needs is set when the node is made."
  references  = ["https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/", "https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  input "safe" {
    description = "Parameters of the kernel that pods may set."
    default = [
      "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
      "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
      "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time",
      "net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem",
    ]
  }

  match "kubernetes.pod" {}

  # The kubelet takes a slash between the parts too.
  assert {
    for_each      = self.spec.securityContext.sysctls[*]
    condition     = each.value.name == null || contains(input.safe, replace(each.value.name, "/", "."))
    error_message = "${self.owner.address} sets ${written(each.value.name)}, a parameter that it shares with its node"
  }

  fails "parameters of the node" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        securityContext:
          sysctls:
            - name: kernel.msgmax #~ here
              value: "65536"
            - name: net.ipv4.tcp_syncookies
              value: "1"
        containers:
          - name: web
            image: example/web:1
    YAML
  }

  passes "a parameter that each pod has for itself" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        securityContext:
          sysctls:
            - name: net/ipv4/ip_local_port_range
              value: 1024 65535
        containers:
          - name: web
            image: example/web:1
    YAML
  }
}
