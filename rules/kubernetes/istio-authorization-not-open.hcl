rule "kubernetes-istio-authorization-not-open" {
  title    = "Istio's policies do not allow everybody"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["C-0274"]

  soc2 = {
    "CC6.1" = "A policy that allows every request takes away the protection of all others for the same workload."
    "CC6.3" = "A service takes requests from those that need it."
  }

  rationale   = "An `AuthorizationPolicy` with the action `ALLOW`, the default, and an empty rule allows every request, from inside and outside of the mesh; a rule for the principal `*` all that have any identity of the mesh."
  remediation = "Name the principals or namespaces, and the operations; to close a workload leave `rules` out altogether."
  references  = ["https://istio.io/latest/docs/reference/config/security/authorization-policy/"]

  match "AuthorizationPolicy.security.istio.io" {
    where = or_default(self.spec.action, "ALLOW") == "ALLOW"
  }

  assert {
    for_each = self.spec.rules[*]
    condition = !(
      length(each.value.to[*]) == 0 && length(each.value.when[*]) == 0
      && (
        length(each.value.from[*]) == 0
        || anytrue([for from in each.value.from[*] : contains(from.source.principals[*], "*")])
      )
    )
    error_message = "${self.address} allows every request"
  }

  fails "an empty rule, and every principal" {
    code = <<-YAML
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata:
        name: web
      spec:
        rules:
          - {} #~ here
          - from: #~ here
              - source:
                  principals: ["*"]
    YAML
  }

  passes "somebody, something, or nobody" {
    code = <<-YAML
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata:
        name: web
      spec:
        action: ALLOW
        rules:
          - from:
              - source:
                  principals: [cluster.local/ns/shop/sa/web]
          - to:
              - operation:
                  paths: [/health]
          - when:
              - key: request.headers[x-token]
                values: [a]
    YAML
  }
}
