rule "kubernetes-network-policy-not-open" {
  title    = "Network policies do not let everybody in"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["KUBE-0001", "KSV-0038"]

  soc2 = {
    "CC6.6" = "A rule for traffic from everywhere is a policy in name only: it opens what it was written to close."
    "CC6.1" = "Segments of a network are kept apart by what is not allowed between them."
  }

  rationale   = "The policy has a rule for incoming traffic that names neither peers nor ports, or the whole internet on all ports. Such a rule also undoes the other policies for the same pods, since policies add up."
  remediation = "Name the peers (`podSelector`, `namespaceSelector`, `ipBlock`) and the ports; to close a workload, leave the list of rules empty."
  references  = ["https://kubernetes.io/docs/concepts/services-networking/network-policies/#allow-all-ingress-traffic"]

  match "NetworkPolicy" {}

  # A rule that names a port is how a public service is opened on purpose. What is excepted of the whole internet
  # leaves the rest of it. An element of `from` that is empty selects nothing more than the pods of the namespace.
  assert {
    for_each = self.spec.ingress[*]
    condition = !(
      length(or_default(each.value.ports, [])) == 0
      && (
        length(or_default(each.value.from, [])) == 0
        || anytrue([for peer in or_default(each.value.from, []) : peer.ipBlock != null && cidr_is_everyone(peer.ipBlock.cidr)])
      )
    )
    error_message = "${self.address} lets traffic in from everywhere on every port"
  }

  fails "an empty rule, and the whole internet" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: open
      spec:
        podSelector: {}
        ingress:
          - {} #~ here
      ---
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: internet
      spec:
        podSelector: {}
        ingress:
          - from: #~ here
              - ipBlock:
                  cidr: 0.0.0.0/0
    YAML
  }

  fails "the internet but for private networks is still the internet" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: web
      spec:
        podSelector: {}
        ingress:
          - from: #~ here
              - ipBlock:
                  cidr: 0.0.0.0/0
                  except: [10.0.0.0/8]
    YAML
  }

  passes "peers, a port, or nothing" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: web
      spec:
        podSelector:
          matchLabels:
            app: web
        ingress:
          - ports:
              - port: 443
          - from:
              - podSelector: {}
      ---
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: closed
      spec:
        podSelector: {}
        policyTypes: [Ingress]
    YAML
  }
}
