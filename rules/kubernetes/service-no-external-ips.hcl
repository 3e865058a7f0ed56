rule "kubernetes-service-no-external-ips" {
  title    = "Services claim no addresses of others"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["KSV-0108"]

  soc2 = {
    "CC6.6" = "Traffic of the cluster to such an address goes to the pods of the service, whomever the address belongs to."
  }

  rationale   = "Whoever may write a Service can put any address into `externalIPs` and so receives what other pods send there (CVE-2020-8554). Nothing checks whom the address belongs to."
  remediation = "Use a load balancer or the Gateway API, and refuse `externalIPs` with the admission plugin `DenyServiceExternalIPs`."
  references  = ["https://kubernetes.io/docs/concepts/services-networking/service/#external-ips", "https://github.com/kubernetes/kubernetes/issues/97076"]

  match "Service" {}

  assert {
    condition     = length(self.spec.externalIPs[*]) == 0
    error_message = "${self.address} takes traffic for addresses that it names itself"
  }

  fails "an address" {
    code = <<-YAML
      apiVersion: v1
      kind: Service
      metadata:
        name: web
      spec:
        externalIPs: #~ here
          - 203.0.113.10
        ports:
          - port: 80
    YAML
  }

  passes "none" {
    code = <<-YAML
      apiVersion: v1
      kind: Service
      metadata:
        name: web
      spec:
        ports:
          - port: 80
    YAML
  }
}
