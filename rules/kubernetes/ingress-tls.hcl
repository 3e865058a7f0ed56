rule "kubernetes-ingress-tls" {
  title    = "Ingresses and Routes serve TLS"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["C-0263", "C-0231", "C-0245"]

  soc2 = {
    "CC6.7" = "Without TLS whoever is on the way reads and changes what users send."
  }

  rationale   = "An Ingress without `spec.tls` is served over plain HTTP, unless its controller takes the certificate from elsewhere. What the load balancers of AWS and Google, and Traefik, take from annotations counts. The same holds for a Route of OpenShift without `spec.tls`."
  remediation = "Add `spec.tls` with the hosts and the Secret of the certificate."
  references  = ["https://kubernetes.io/docs/concepts/services-networking/ingress/#tls"]

  match "Ingress" {
    where = (
      self.metadata.annotations["alb.ingress.kubernetes.io/certificate-arn"] == null
      && self.metadata.annotations["networking.gke.io/managed-certificates"] == null
      && self.metadata.annotations["ingress.gcp.kubernetes.io/pre-shared-cert"] == null
      && !strcontains(or_default(self.metadata.annotations["alb.ingress.kubernetes.io/listen-ports"], ""), "HTTPS")
      && !is_one_of(self.metadata.annotations["traefik.ingress.kubernetes.io/router.tls"], true, "true")
    )
  }

  match "Route.route.openshift.io" {}

  assert {
    condition     = self.spec.tls != null && try(length(self.spec.tls), 1) > 0
    error_message = "${self.address} is served without TLS"
  }

  # A certificate without hosts, and the controller's own, are for all of them; one for `*.example.com` is for every
  # name below it.
  assert {
    for_each = self.kind == "Ingress" && length(self.spec.tls[*]) > 0 ? [for rule in self.spec.rules[*] : rule.host if rule.host != null] : []
    condition = anytrue([
      for tls in self.spec.tls[*] : (
        length(tls.hosts[*]) == 0
        || contains(tls.hosts[*], each.value)
        || contains(tls.hosts[*], replace(each.value, "/^[^.]+/", "*"))
      )
    ])
    at            = each.value
    error_message = "${self.address} serves ${written(each.value)} without TLS"
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

  fails "a host that no certificate is for, and a Route" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: web
      spec:
        tls:
          - hosts: [app.example.com]
        rules:
          - host: app.example.com
          - host: admin.example.com #~ here
      ---
      apiVersion: route.openshift.io/v1
      kind: Route
      metadata:
        name: web
      spec: #~ here
        host: web.example.com
    YAML
  }

  passes "certificates for all hosts, and those that come from elsewhere" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: wildcard
      spec:
        tls:
          - hosts: ["*.example.com"]
        rules:
          - host: app.example.com
      ---
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: every
      spec:
        tls:
          - secretName: default
        rules:
          - host: app.example.com
      ---
      apiVersion: route.openshift.io/v1
      kind: Route
      metadata:
        name: web
      spec:
        tls:
          termination: edge
      ---
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: alb
        annotations:
          alb.ingress.kubernetes.io/listen-ports: '[{"HTTPS":443}]'
      spec:
        rules:
          - host: app.example.com
      ---
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: traefik
        annotations:
          traefik.ingress.kubernetes.io/router.tls: "true"
      spec:
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
