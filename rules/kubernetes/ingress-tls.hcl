rule "kubernetes-ingress-tls" {
  title    = "Ingresses and Routes serve TLS for every host"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["C-0263", "C-0231", "C-0245"]

  soc2 = {
    "CC6.7" = "Without TLS whoever is on the way reads and changes what users send."
  }

  rationale   = "What `spec.tls` of an Ingress does not cover is served over plain HTTP, unless the controller takes the certificate from elsewhere. What the controllers of AWS, Google, Azure, Traefik, HAProxy and nginx take from annotations counts; so does a tunnel that brings a certificate of its own. A Route of OpenShift is served over plain HTTP unless it has `spec.tls`."
  remediation = "Add `spec.tls` with the hosts and the Secret of the certificate; to a Route, `tls.termination`. Where TLS ends before the cluster, waive the rule with the reason."
  references  = ["https://kubernetes.io/docs/concepts/services-networking/ingress/#tls"]

  input "annotations" {
    description = "Regular expressions for `key=value` of the annotations that tell a controller where TLS comes from."
    default = [
      "^alb[.]ingress[.]kubernetes[.]io/certificate-arn=.",
      "^alb[.]ingress[.]kubernetes[.]io/listen-ports=.*HTTPS",
      "^networking[.]gke[.]io/managed-certificates=.",
      "^networking[.]gke[.]io/certmap=.",
      "^ingress[.]gcp[.]kubernetes[.]io/pre-shared-cert=.",
      "^appgw[.]ingress[.]kubernetes[.]io/appgw-ssl-certificate=.",
      "^traefik[.](ingress[.]kubernetes[.]io|http|frontend).*/router[.]tls=true$",
      "^traefik[.]ingress[.]kubernetes[.]io/router[.]tls[.]certresolver=.",
      "^traefik[.]ingress[.]kubernetes[.]io/router[.]entrypoints=websecure$",
      "/ssl-passthrough=true$",
      "^nginx[.]ingress[.]kubernetes[.]io/force-ssl-redirect=true$",
    ]
  }

  input "classes" {
    description = "Classes of controllers that serve TLS for every host by themselves."
    default     = ["cloudflare-tunnel", "ngrok", "tailscale"]
  }

  # nginx redirects without a certificate of its own where the load balancer before it has ended TLS.
  match "Ingress" {
    where = !is_one_of(self.spec.ingressClassName, input.classes) && !anytrue([
      for key, value in or_default(self.metadata.annotations, {}) : matches_any(input.annotations, "${key}=${written(value)}")
    ])
  }

  match "Route.route.openshift.io" {}

  assert {
    condition     = self.spec.tls != null && try(length(self.spec.tls), 1) > 0
    error_message = "${self.address} is served without TLS"
  }

  # An entry without hosts is for all of them; `*.example.com` covers one label.
  assert {
    for_each = self.kind == "Ingress" && length(self.spec.tls[*]) > 0 ? [for rule in self.spec.rules[*] : rule.host if rule.host != null] : []
    condition = anytrue([
      for tls in self.spec.tls[*] : length(tls.hosts[*]) == 0 || anytrue([
        for host in tls.hosts[*] : is_one_of(host, each.value, replace(each.value, "/^[^.]+/", "*"))
      ])
    ])
    at            = each.value
    error_message = "${self.address} serves ${each.value} without TLS"
  }

  fails "no TLS, and TLS for another host" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: web
        annotations:
          nginx.ingress.kubernetes.io/rewrite-target: /
      spec: #~ here
        ingressClassName: nginx
        rules:
          - host: app.example.com
      ---
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: shop
      spec:
        tls:
          - hosts: ["*.example.com"]
            secretName: shop-tls
        rules:
          - host: shop.example.com
          - host: eu.shop.example.com #~ here
      ---
      apiVersion: route.openshift.io/v1
      kind: Route
      metadata:
        name: web
      spec: #~ here
        host: web.example.com
    YAML
  }

  fails "from Terraform" {
    files = {
      "main.tf" = <<-TF
        resource "kubernetes_ingress_v1" "web" {
          metadata {
            name = "web"
          }
          spec { #~ here
            rule {
              host = "app.example.com"
            }
          }
        }
      TF
    }
  }

  passes "a certificate for the host, by name, by wildcard or for all" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: web
        annotations: {}
      spec:
        tls:
          - hosts: [app.example.com, "*.shop.example.com"]
            secretName: app-tls
        rules:
          - host: app.example.com
          - host: eu.shop.example.com
      ---
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: all
      spec:
        tls:
          - secretName: all-tls
        rules:
          - host: app.example.com
          - http:
              paths: []
      ---
      apiVersion: route.openshift.io/v1
      kind: Route
      metadata:
        name: web
      spec:
        tls:
          termination: edge
    YAML
  }

  passes "the controller has the certificate" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: aws
        annotations:
          alb.ingress.kubernetes.io/certificate-arn: arn:aws:acm:eu-west-1:111122223333:certificate/1
      spec:
        rules:
          - host: app.example.com
      ---
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: found
        annotations:
          alb.ingress.kubernetes.io/listen-ports: '[{"HTTP": 80}, {"HTTPS": 443}]'
      spec:
        rules:
          - host: app.example.com
      ---
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: google
        annotations:
          networking.gke.io/managed-certificates: web
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
      ---
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: tunnel
      spec:
        ingressClassName: cloudflare-tunnel
        rules:
          - host: app.example.com
      ---
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: shop
      spec:
        tls:
          - hosts: [shop.example.com]
        rules:
          - host: shop.example.com
    YAML
  }

  undecided "a variable says for which hosts" {
    files = {
      "main.tf" = <<-TF
        variable "hosts" { type = list(string) }

        resource "kubernetes_ingress_v1" "web" {
          metadata {
            name = "web"
          }
          spec {
            tls {
              hosts = var.hosts
            }
            rule {
              host = "app.example.com" #~ here
            }
          }
        }
      TF
    }
  }
}
