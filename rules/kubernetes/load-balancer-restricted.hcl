rule "kubernetes-load-balancer-restricted" {
  title    = "Load balancers say who may reach them"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["C-0256", "exposed-services", "26763a1c"]

  soc2 = {
    "CC6.6" = "A service of type LoadBalancer stands in the internet, unless something says that it does not."
  }

  rationale   = "The cloud gives such a service a public address and lets everybody in, unless an annotation makes it internal or `loadBalancerSourceRanges` names who may come. A service for the world is better behind an Ingress or a Gateway, where TLS, logs and a firewall are."
  remediation = "Make it internal with the annotation of your cloud, or list the networks in `loadBalancerSourceRanges`. Where the world is meant, put an Ingress in front, or waive the rule with the reason."
  references  = ["https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer", "https://kubernetes.io/docs/reference/networking/virtual-ips/"]

  input "internal" {
    description = "Regular expressions for `key=value` of the annotations that keep a load balancer inside."
    default = [
      "^service[.]beta[.]kubernetes[.]io/aws-load-balancer-internal=(true|0[.]0[.]0[.]0/0)$",
      "^service[.]beta[.]kubernetes[.]io/aws-load-balancer-scheme=internal$",
      "^service[.]beta[.]kubernetes[.]io/azure-load-balancer-internal=true$",
      "^(networking[.]gke[.]io|cloud[.]google[.]com)/load-balancer-type=(?i:internal)$",
      "^service[.]beta[.]kubernetes[.]io/(openstack|cce)-(internal-load-balancer|load-balancer-internal-vpc)=true$",
      "^service[.]beta[.]kubernetes[.]io/oci-load-balancer-internal=true$",
      "^oci-network-load-balancer[.]oraclecloud[.]com/internal=true$",
      "^service[.]beta[.]kubernetes[.]io/alibaba-cloud-loadbalancer-address-type=intranet$",
      "^service[.]kubernetes[.]io/ibm-load-balancer-cloud-provider-ip-type=private$",
      "^service[.]kubernetes[.]io/qcloud-loadbalancer-internal-subnetid=.",
      "^service[.]beta[.]kubernetes[.]io/do-loadbalancer-network=INTERNAL$",
      "^service[.]beta[.]kubernetes[.]io/scw-loadbalancer-private=true$",
      "^load-balancer[.]hetzner[.]cloud/disable-public-network=true$",
    ]
  }

  # The ports of web traffic are for the world as a rule; what ingress controllers listen on is this.
  match "Service" {
    where = self.spec.type == "LoadBalancer" && !alltrue([for port in or_default(self.spec.ports, []) : is_one_of(port.port, 80, 443)])
  }

  # The AWS Load Balancer Controller, which a class or a type chooses, makes internal ones unless it is told otherwise.
  assert {
    condition = (
      anytrue([
        for key, value in or_default(self.metadata.annotations, {}) : matches_any(input.internal, "${key}=${written(value)}")
      ])
      || (
        (
          startswith(or_default(self.spec.loadBalancerClass, ""), "service.k8s.aws/")
          || is_one_of(self.metadata.annotations["service.beta.kubernetes.io/aws-load-balancer-type"], "external", "nlb-ip")
        )
        && or_default(self.metadata.annotations["service.beta.kubernetes.io/aws-load-balancer-scheme"], "internal") == "internal"
      )
      || (length(or_default(self.spec.loadBalancerSourceRanges, [])) > 0 && !cidr_is_everyone(self.spec.loadBalancerSourceRanges))
      || (
        self.metadata.annotations["service.beta.kubernetes.io/load-balancer-source-ranges"] != null
        && !cidr_is_everyone(split(",", replace(or_default(self.metadata.annotations["service.beta.kubernetes.io/load-balancer-source-ranges"], ""), " ", "")))
      )
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

  fails "made public on AWS, and from Terraform" {
    files = {
      "public.yaml" = <<-YAML
        apiVersion: v1
        kind: Service
        metadata:
          name: public
          annotations:
            service.beta.kubernetes.io/aws-load-balancer-type: external
            service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing
        spec: #~ here
          type: LoadBalancer
          ports:
            - port: 5432
      YAML
      "main.tf" = <<-TF
        resource "kubernetes_service" "database" {
          metadata {
            name = "database"
          }
          spec { #~ here
            type = "LoadBalancer"
            port {
              port = 5432
            }
          }
        }
      TF
    }
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
      ---
      apiVersion: v1
      kind: Service
      metadata:
        name: listed
        annotations:
          service.beta.kubernetes.io/load-balancer-source-ranges: 203.0.113.0/24, 198.51.100.7/32
      spec:
        type: LoadBalancer
        ports:
          - port: 6379
      ---
      apiVersion: v1
      kind: Service
      metadata:
        name: controller
      spec:
        type: LoadBalancer
        loadBalancerClass: service.k8s.aws/nlb
        ports:
          - port: 6379
      ---
      apiVersion: v1
      kind: Service
      metadata:
        name: external
        annotations:
          service.beta.kubernetes.io/aws-load-balancer-type: external
      spec:
        type: LoadBalancer
        ports:
          - port: 6379
    YAML
  }
}
