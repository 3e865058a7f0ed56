rule "kubernetes-load-balancer-restricted" {
  title    = "Load balancers say who may reach them"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["C-0256", "exposed-services"]

  soc2 = {
    "CC6.6" = "A service of type LoadBalancer stands in the internet, unless something says that it does not."
  }

  rationale   = "The cloud gives such a service a public address and lets everybody in, unless an annotation makes it internal or `loadBalancerSourceRanges` names who may come. A service for the world is better behind an Ingress or a Gateway, where TLS, logs and a firewall are."
  remediation = "Make it internal with the annotation of your cloud, or list the networks in `loadBalancerSourceRanges`. Where the world is meant, put an Ingress in front, or waive the rule with the reason."
  references  = ["https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer", "https://kubernetes.io/docs/reference/networking/virtual-ips/"]

  # The ports of web traffic are for the world as a rule; what ingress controllers listen on is this.
  match "Service" {
    where = self.spec.type == "LoadBalancer" && !alltrue([for port in or_default(self.spec.ports, []) : is_one_of(port.port, 80, 443)])
  }

  assert {
    condition = (
      is_one_of(self.metadata.annotations["service.beta.kubernetes.io/aws-load-balancer-internal"], true, "true", "0.0.0.0/0")
      || self.metadata.annotations["service.beta.kubernetes.io/aws-load-balancer-scheme"] == "internal"
      || is_one_of(self.metadata.annotations["service.beta.kubernetes.io/azure-load-balancer-internal"], true, "true")
      || self.metadata.annotations["networking.gke.io/load-balancer-type"] == "Internal"
      || self.metadata.annotations["cloud.google.com/load-balancer-type"] == "Internal"
      || is_one_of(self.metadata.annotations["service.beta.kubernetes.io/openstack-internal-load-balancer"], true, "true")
      || is_one_of(self.metadata.annotations["service.beta.kubernetes.io/oci-load-balancer-internal"], true, "true")
      || (length(or_default(self.spec.loadBalancerSourceRanges, [])) > 0 && !cidr_is_everyone(self.spec.loadBalancerSourceRanges))
    )
    at            = or_default(self.spec.loadBalancerSourceRanges, self.spec.type)
    error_message = "${self.address} is open to the internet"
  }

  fails "nothing limits it, or everybody is listed" {
    code = <<-YAML
      apiVersion: v1
      kind: Service
      metadata:
        name: database
      spec: #~ here
        type: LoadBalancer
        ports:
          - port: 5432
      ---
      apiVersion: v1
      kind: Service
      metadata:
        name: cache
      spec:
        type: LoadBalancer
        loadBalancerSourceRanges: [0.0.0.0/0] #~ here
        ports:
          - port: 6379
    YAML
  }

  passes "internal, or for some networks" {
    code = <<-YAML
      apiVersion: v1
      kind: Service
      metadata:
        name: aws
        annotations:
          service.beta.kubernetes.io/aws-load-balancer-internal: "true"
          service.beta.kubernetes.io/aws-load-balancer-scheme: internal
      spec:
        type: LoadBalancer
        ports:
          - port: 5432
      ---
      apiVersion: v1
      kind: Service
      metadata:
        name: others
        annotations:
          service.beta.kubernetes.io/azure-load-balancer-internal: "true"
          networking.gke.io/load-balancer-type: Internal
          cloud.google.com/load-balancer-type: Internal
          service.beta.kubernetes.io/openstack-internal-load-balancer: "true"
          service.beta.kubernetes.io/oci-load-balancer-internal: "true"
      spec:
        type: LoadBalancer
        ports:
          - port: 5432
      ---
      apiVersion: v1
      kind: Service
      metadata:
        name: cache
      spec:
        type: LoadBalancer
        loadBalancerSourceRanges: [203.0.113.0/24]
        ports:
          - port: 6379
    YAML
  }
}
