rule "kubernetes-no-host-namespaces" {
  title    = "Pods keep out of their node's network, processes and memory"
  severity = "high"
  since    = "0.1.0"
  aliases = [
    "CKV_K8S_19", "CKV_K8S_17", "CKV_K8S_18", "KSV-0009", "C-0041", "CKV_K8S_1", "CKV_K8S_3", "CKV_K8S_4", "KSV-0008",
    "KSV-0010", "host-network", "host-pid", "host-ipc", "6b6bdfb3", "302736f4", "587d5d82", "cd290efd",
  ]

  soc2 = {
    "CC6.1" = "A pod in the namespaces of its node sees the processes and the traffic of every other pod there."
    "CC6.6" = "Network policies do not hold for a pod on the network of its node."
  }

  rationale   = "`hostNetwork`, `hostPID` and `hostIPC` take away the walls between a pod and its node. Network drivers and some node agents need them; waive the rule for those, with the reason."
  remediation = "Remove `hostNetwork`, `hostPID` and `hostIPC` from the pod's spec."
  references  = ["https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  match "kubernetes.pod" {}

  # PodSecurityPolicy is gone since Kubernetes 1.25; where it is still written it says what pods may do.
  match "PodSecurityPolicy" {}

  assert {
    condition     = coalesce(self.spec.hostNetwork, false) == false
    error_message = "${self.entity.address} is on the network of its node"
  }

  assert {
    condition     = coalesce(self.spec.hostPID, false) == false
    error_message = "${self.entity.address} sees the processes of its node"
  }

  assert {
    condition     = coalesce(self.spec.hostIPC, false) == false
    error_message = "${self.entity.address} shares memory with its node"
  }

  fix {
    remove = ["spec.hostNetwork", "spec.hostPID", "spec.hostIPC"]
    safety = "unsafe"
    reason = "A port that was opened on the node is then open on the pod only."
  }

  fails "a pod on the node's network that also sees its processes" {
    code = <<-YAML
      apiVersion: apps/v1
      kind: DaemonSet
      metadata:
        name: agent
      spec:
        template:
          spec:
            hostNetwork: true #~ here
            hostPID: true #~ here
            hostIPC: false
            containers:
              - name: agent
                image: example/agent:1.2
      ---
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: all
      spec:
        podSelector: {}
        policyTypes: [Ingress, Egress]
    YAML
  }

  fails "a policy for pods that allows it" {
    code = <<-YAML
      apiVersion: policy/v1beta1
      kind: PodSecurityPolicy
      metadata:
        name: agents
      spec:
        hostNetwork: true #~ here
        hostPID: false
    YAML
  }

  passes "a pod with a network of its own" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        hostNetwork: false
        containers:
          - name: web
            image: example/web:1
    YAML
  }
}
