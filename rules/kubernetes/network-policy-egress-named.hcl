rule "kubernetes-network-policy-egress-named" {
  title    = "Network policies name where traffic may go"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["KUBE-0002", "KSV-0038"]

  soc2 = {
    "CC6.6" = "Whoever takes over a pod cannot send the data elsewhere, or fetch tools."
    "CC6.7" = "Data leaves the cluster only for where it is meant to go."
  }

  rationale   = "The policy allows outgoing traffic to the whole internet. A port is no limit: whatever carries data away uses 443."
  remediation = "Name the networks and pods that the workload talks to; for names on the internet use an egress gateway, or a Cilium policy with `toFQDNs`."
  references  = ["https://kubernetes.io/docs/concepts/services-networking/network-policies/"]

  match "NetworkPolicy" {}

  # A rule without peers, but with ports, is how DNS is let out.
  assert {
    for_each = self.spec.egress[*]
    condition = !(
      anytrue([for peer in each.value.to[*] : peer.ipBlock != null && cidr_is_everyone(peer.ipBlock.cidr)])
      || length(each.value.to[*]) == 0 && length(each.value.ports[*]) == 0
    )
    error_message = "${self.address} lets traffic out to everywhere"
  }

  fails "an empty rule, and the whole internet" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: web
      spec:
        podSelector: {}
        policyTypes: [Egress]
        egress:
          - {} #~ here
          - to:
              - ipBlock: #~ here
                  cidr: 0.0.0.0/0
            ports:
              - port: 443
    YAML
  }

  passes "names, and DNS" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: web
      spec:
        podSelector: {}
        policyTypes: [Egress]
        egress:
          - ports:
              - port: 53
                protocol: UDP
          - to:
              - podSelector: {}
    YAML
  }
}
