rule "kubernetes-network-policy-not-open" {
  title    = "Network policies do not let everybody in"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["KUBE-0001", "KSV-0038"]

  soc2 = {
    "CC6.6" = "A rule for traffic from everywhere is a policy in name only: it opens what it was written to close."
    "CC6.1" = "Segments of a network are kept apart by what is not allowed between them."
  }

  rationale   = "The policy has a rule for incoming traffic that names neither peers nor ports, or one that opens ports other than those of the web to the whole internet. `except` takes a few networks out and leaves the internet in. Such a rule also undoes the other policies for the same pods, since policies add up."
  remediation = "Name the peers (`podSelector`, `namespaceSelector`, `ipBlock`) and the ports; to close a workload, leave the list of rules empty."
  references  = ["https://kubernetes.io/docs/concepts/services-networking/network-policies/"]

  input "web_ports" {
    description = "Ports and names of ports that may be open to the internet: those that pods serve the web on. Names that have `http` or `web` in them may too."
    default     = [80, 443, 3000, 4000, 5000, 8000, 8080, 8081, 8443, 8888, 9000, 50051, "grpc"]
  }

  match "NetworkPolicy" {}

  # A rule without peers that names a port is how a service is opened to the cluster on purpose. An element of `from` that
  # is empty selects nothing more than the pods of the namespace.
  assert {
    for_each      = self.spec.ingress[*]
    condition     = length(or_default(each.value.ports, [])) > 0 || length(or_default(each.value.from, [])) > 0
    error_message = "${self.address} lets traffic in from everywhere on every port"
  }

  assert {
    for_each = self.spec.ingress[*]
    condition = !(
      anytrue([for peer in or_default(each.value.from, []) : cidr_is_everyone(peer.ipBlock.cidr)])
      && (
        length(or_default(each.value.ports, [])) == 0
        || anytrue([
          for port in or_default(each.value.ports, []) :
          port.endPort != null || !is_one_of(port.port, input.web_ports) && !matches("(?i)http|web", "${written(port.port)}")
        ])
      )
    )
    error_message = "${self.address} lets the whole internet reach more than the web"
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
          - from:
              - ipBlock:
                  cidr: 0.0.0.0/0 #~ here
          - from:
              - ipBlock:
                  cidr: 0.0.0.0/0 #~ here
                  except: [10.0.0.0/8]
            ports:
              - port: https
              - port: 5432
          - from:
              - ipBlock:
                  cidr: "::/0" #~ here
            ports:
              - port: 8000
                endPort: 9000
    YAML
  }

  fails "from Terraform" {
    files = {
      "main.tf" = <<-TF
        resource "kubernetes_network_policy" "open" {
          metadata {
            name = "open"
          }
          spec {
            pod_selector {}
            policy_types = ["Ingress"]
            ingress {
              from {
                ip_block {
                  cidr = "0.0.0.0/0" #~ here
                }
              }
              ports {
                port     = "6379"
                protocol = "TCP"
              }
            }
          }
        }
      TF
    }
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
          - from:
              - ipBlock:
                  cidr: 0.0.0.0/0
            ports:
              - port: 443
              - port: http
          - from:
              - ipBlock:
                  cidr: 10.0.0.0/8
            ports:
              - port: 5432
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
