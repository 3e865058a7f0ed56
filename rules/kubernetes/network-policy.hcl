rule "kubernetes-network-policy" {
  title    = "A network policy decides who may reach a workload"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV2_K8S_6", "C-0030", "C-0206", "C-0260", "non-isolated-pod", "0401f71b"]

  soc2 = {
    "CC6.6" = "Without a policy every pod of the cluster may open a connection to this one, whatever was taken over."
    "CC6.1" = "Networks are segmented by what is allowed; a namespace is no boundary for traffic."
  }

  rationale   = "Pods accept traffic from everywhere until a policy of their namespace selects them. No policy for incoming traffic in this repository, be it one of Kubernetes, Cilium or Calico, selects these pods. If the policies are kept elsewhere, waive this rule and say where."
  remediation = "Add a NetworkPolicy to the namespace that selects all pods and allows nothing, and one for each workload with the traffic it needs."
  references  = ["https://kubernetes.io/docs/concepts/services-networking/network-policies/"]

  match "kubernetes.reachable_workload" {}

  link "policy" {
    to    = "kubernetes.network_policy"
    where = other.ingress && (other.cluster || same_namespace(self, other)) && selects(other.selector, self.labels)
  }

  link "any" {
    to    = "kubernetes.network_policy"
    where = other.ingress
  }

  # Where there is none at all, kubernetes-network-policies-used says so once.
  assert {
    for_each      = length(link.any) > 0 ? [self] : []
    condition     = length(link.policy) > 0
    error_message = "no network policy selects the pods of ${self.entity.address}"
  }

  fails "one for another namespace, one for other pods, one for what goes out" {
    files = {
      "a.yaml" = <<-YAML
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          namespace: shop
        spec:
          template: #~ here
            metadata:
              labels:
                app: web
            spec:
              containers:
                - name: web
                  image: example/web:1
      YAML
      "b.yaml" = <<-YAML
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: all
          namespace: billing
        spec:
          podSelector: {}
          policyTypes: [Ingress]
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: worker
          namespace: shop
        spec:
          podSelector:
            matchLabels:
              app: worker
          policyTypes: [Ingress]
        ---
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

  passes "all pods of the namespace, or these" {
    code = <<-YAML
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
          spec:
            containers:
              - name: web
                image: example/web:1
      ---
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: default-deny
        namespace: shop
      spec:
        podSelector: {}
        policyTypes: [Ingress, Egress]
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: cache
        labels:
          app: cache
      spec:
        containers:
          - name: cache
            image: example/cache:1
      ---
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: cache
      spec:
        podSelector:
          matchLabels:
            app: cache
      ---
      apiVersion: batch/v1
      kind: Job
      metadata:
        name: migrate
        namespace: jobs
      spec:
        template:
          spec:
            hostNetwork: false
            containers:
              - name: migrate
                image: example/migrate:1
    YAML
  }
}
