rule "kubernetes-gateway-tls" {
  title    = "Gateways serve TLS"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["C-0266"]

  soc2 = {
    "CC6.7" = "Without TLS whoever is on the way reads and changes what users send."
  }

  rationale   = "A listener with the protocol `HTTP` is plain text. One beside a listener for HTTPS is taken for the redirect to it, which an HTTPRoute makes."
  remediation = "Add a listener with the protocol `HTTPS` and its certificate, and redirect the other one to it."
  references  = ["https://gateway-api.sigs.k8s.io/guides/tls/", "https://istio.io/latest/docs/reference/config/networking/gateway/"]

  match "Gateway.gateway.networking.k8s.io" "Gateway.networking.istio.io" {}

  assert {
    for_each      = anytrue([for listener in self.spec.listeners[*] : is_one_of(listener.protocol, "HTTPS", "TLS")]) ? [] : self.spec.listeners[*]
    condition     = each.value.protocol != "HTTP"
    error_message = "${self.address} serves ${written(each.value.name)} without TLS"
  }

  # Of Istio: `httpsRedirect` makes the redirect.
  assert {
    for_each      = self.spec.servers[*]
    condition     = !(is_one_of(each.value.port.protocol, "HTTP", "HTTP2", "GRPC") && or_default(each.value.tls.httpsRedirect, false) != true)
    error_message = "${self.address} serves ${written(each.value.port.name)} without TLS"
  }

  fails "plain HTTP" {
    code = <<-YAML
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata:
        name: web
      spec:
        listeners:
          - name: http
            protocol: HTTP #~ here
            port: 80
      ---
      apiVersion: networking.istio.io/v1
      kind: Gateway
      metadata:
        name: mesh
      spec:
        servers:
          - port:
              number: 80
              name: http
              protocol: HTTP #~ here
            hosts: [app.example.com]
    YAML
  }

  passes "HTTPS, and the redirect to it" {
    code = <<-YAML
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata:
        name: web
      spec:
        listeners:
          - name: http
            protocol: HTTP
            port: 80
          - name: https
            protocol: HTTPS
            port: 443
            tls:
              certificateRefs:
                - name: app-tls
      ---
      apiVersion: networking.istio.io/v1
      kind: Gateway
      metadata:
        name: mesh
      spec:
        servers:
          - port:
              number: 80
              name: http
              protocol: HTTP
            tls:
              httpsRedirect: true
          - port:
              number: 443
              name: https
              protocol: HTTPS
    YAML
  }
}
