rule "kubernetes-route-tls" {
  title    = "Routes serve TLS"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.7" = "Without TLS whoever is on the way reads and changes what users send."
  }

  rationale   = "A Route of OpenShift without `tls` is served over plain HTTP. With `insecureEdgeTerminationPolicy: Allow` it is served so besides."
  remediation = "Set `tls.termination` to `edge`, `reencrypt` or `passthrough`, and `tls.insecureEdgeTerminationPolicy` to `Redirect`."
  references  = ["https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/networking/configuring-routes"]

  match "Route.route.openshift.io" "Route" {
    where = self.kind == "Route"
  }

  assert {
    condition     = self.spec.tls != null
    error_message = "${self.address} is served without TLS"
  }

  assert {
    condition     = self.spec.tls.insecureEdgeTerminationPolicy != "Allow"
    error_message = "${self.address} is served without TLS too"
  }

  fails "no TLS, and plain HTTP besides" {
    code = <<-YAML
      apiVersion: route.openshift.io/v1
      kind: Route
      metadata:
        name: web
      spec: #~ here
        host: app.example.com
        to:
          kind: Service
          name: web
      ---
      apiVersion: route.openshift.io/v1
      kind: Route
      metadata:
        name: shop
      spec:
        host: shop.example.com
        tls:
          termination: edge
          insecureEdgeTerminationPolicy: Allow #~ here
        to:
          kind: Service
          name: shop
    YAML
  }

  passes "TLS, and a redirect" {
    code = <<-YAML
      apiVersion: route.openshift.io/v1
      kind: Route
      metadata:
        name: web
      spec:
        host: app.example.com
        tls:
          termination: edge
          insecureEdgeTerminationPolicy: Redirect
        to:
          kind: Service
          name: web
    YAML
  }
}
