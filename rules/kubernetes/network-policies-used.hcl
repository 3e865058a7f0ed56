rule "kubernetes-network-policies-used" {
  title    = "Network policies decide who may reach the workloads"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV2_K8S_6", "C-0030", "C-0206", "C-0260", "non-isolated-pod"]

  soc2 = {
    "CC6.6" = "Without policies every pod of the cluster may open a connection to every other, whatever was taken over."
    "CC6.1" = "Networks are segmented by what is allowed; a namespace is no boundary for traffic."
  }

  rationale   = "Pods accept traffic from everywhere until a policy of their namespace selects them. The repository has workloads and no policy for incoming traffic at all, be it one of Kubernetes, Cilium or Calico. If the policies are kept elsewhere, waive this rule and say where."
  remediation = "Add a NetworkPolicy to each namespace that selects all pods and allows nothing, and one for each workload with the traffic it needs."
  references  = ["https://kubernetes.io/docs/concepts/services-networking/network-policies/"]

  match "repository" {}

  link "workload" {
    to    = "kubernetes.reachable_workload"
    where = true
  }

  link "policy" {
    to    = "kubernetes.network_policy"
    where = other.ingress
  }

  assert {
    for_each  = length(link.workload) > 0 ? [link.workload[0]] : []
    condition = length(link.policy) > 0
    at        = each.value.pod.spec
    error_message = "${length(link.workload) == 1 ? "there is a workload" : "there are ${length(link.workload)} workloads"} in this repository and no network policy"
  }

  fails "once for all workloads" {
    files = {
      "a.yaml" = <<-YAML
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          namespace: shop
        spec:
          template:
            metadata:
              labels:
                app: web
            spec: #~ here
              containers:
                - name: web
                  image: example/web:1
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: worker
          namespace: shop
        spec:
          template:
            spec:
              containers:
                - name: worker
                  image: example/worker:1
      YAML
      "b.yaml" = <<-YAML
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: out
          namespace: shop
        spec:
          podSelector: {}
          policyTypes: [Egress]
      YAML
    }
  }

  passes "there is one" {
    path = "app.yaml"
    code = <<-YAML
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
      spec:
        template:
          metadata:
            labels:
              app: web
          spec:
            hostNetwork: false
            containers:
              - name: web
                image: example/web:1
      ---
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: default-deny
      spec:
        podSelector: {}
        policyTypes: [Ingress]
    YAML
  }
}
