rule "kubernetes-ingress-annotations-clean" {
  title    = "Annotations of ingress-nginx hold only what they are for"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["KCV-0093"]

  soc2 = {
    "CC6.8" = "These annotations were ways to run code in the controller, which reads the secrets of every namespace."
    "CC7.1" = "CVE-2025-1974, CVE-2025-24514, CVE-2025-1097 and CVE-2025-1098 are known and used."
  }

  rationale   = "Before 1.11.5 and 1.12.1 ingress-nginx put the values of `auth-url`, `auth-tls-match-cn`, `mirror-target` and `mirror-host` into its configuration without a check. A value with a line break, `;`, `#`, braces or the like is an attempt, or a mistake that an unpatched controller would take for one."
  remediation = "Write a plain address or name, and keep the controller current."
  references  = ["https://kubernetes.io/blog/2025/03/24/ingress-nginx-cve-2025-1974/", "https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/"]

  match "Ingress" {}

  # Addresses may hold the variables of nginx: `https://$host/oauth2/auth`.
  assert {
    for_each = [
      for annotation in ["auth-url", "mirror-target", "mirror-host"] : self.metadata.annotations["nginx.ingress.kubernetes.io/${annotation}"]
      if self.metadata.annotations["nginx.ingress.kubernetes.io/${annotation}"] != null
    ]
    condition     = matches("^[-A-Za-z0-9._~:/?&=%@+,$!*\\[\\]]*$", trimspace(each.value))
    error_message = "${self.address} holds more than an address in an annotation that nginx takes as it is"
  }

  assert {
    condition     = matches("^[-A-Za-z0-9_.~,:/ =*@+\\\\^$()|\\[\\]?]*$", trimspace(or_default(self.metadata.annotations["nginx.ingress.kubernetes.io/auth-tls-match-cn"], "")))
    error_message = "${self.address} holds more than a name in an annotation that nginx takes as it is"
  }

  fails "the end of a directive" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: web
        annotations:
          nginx.ingress.kubernetes.io/auth-url: "http://example.com/#;}" #~ here
          nginx.ingress.kubernetes.io/auth-tls-match-cn: "CN=web #(\n){}" #~ here
          nginx.ingress.kubernetes.io/mirror-target: "https://example.com/{" #~ here
          nginx.ingress.kubernetes.io/mirror-host: example.com;load_module #~ here
      spec:
        ingressClassName: nginx
    YAML
  }

  passes "addresses and names" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: web
        annotations:
          nginx.ingress.kubernetes.io/auth-url: https://$host/oauth2/auth?rd=$request_uri
          nginx.ingress.kubernetes.io/auth-tls-match-cn: CN=web
          nginx.ingress.kubernetes.io/mirror-target: https://test.example.com$request_uri
          nginx.ingress.kubernetes.io/mirror-host: test.example.com
      spec:
        ingressClassName: nginx
      ---
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: plain
      spec:
        ingressClassName: nginx
    YAML
  }
}
