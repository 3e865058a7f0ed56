rule "kubernetes-ingress-tls" {
  title    = "Ingresses serve TLS"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["C-0263"]

  soc2 = {
    "CC6.7" = "Without TLS whoever is on the way reads and changes what users send."
  }

  rationale   = "An Ingress without `spec.tls` is served over plain HTTP, unless its controller takes the certificate from elsewhere. What the load balancers of AWS and Google take from annotations counts."
  remediation = "Add `spec.tls` with the hosts and the Secret of the certificate."
  references  = ["https://kubernetes.io/docs/concepts/services-networking/ingress/#tls"]

  match "Ingress" {
    where = (
      self.metadata.annotations["alb.ingress.kubernetes.io/certificate-arn"] == null
      && self.metadata.annotations["networking.gke.io/managed-certificates"] == null
      && self.metadata.annotations["ingress.gcp.kubernetes.io/pre-shared-cert"] == null
    )
  }

  assert {
    condition     = length(self.spec.tls[*]) > 0
    error_message = "${self.address} is served without TLS"
  }

  fails "no tls at all" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: web
      spec: #~ here
        rules:
          - host: app.example.com
    YAML
  }

  passes "no annotations at all" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: internal
        annotations: {}
      spec:
        tls:
          - hosts: [internal.example.com]
    YAML
  }

  passes "a certificate for the host" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: web
      spec:
        tls:
          - hosts: [app.example.com]
            secretName: app-tls
        rules:
          - host: app.example.com
    YAML
  }
}
