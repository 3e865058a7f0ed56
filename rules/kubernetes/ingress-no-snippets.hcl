rule "kubernetes-ingress-no-snippets" {
  title    = "Ingresses bring no configuration of nginx along"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_152", "CKV_K8S_153", "CKV_K8S_154", "C-0059"]

  soc2 = {
    "CC6.8" = "A snippet is code in the controller, which reads the secrets of every namespace."
    "CC6.3" = "Whoever may write an Ingress in one namespace must not thereby read the secrets of all."
    "CC7.1" = "CVE-2021-25742 and its successors are known ways to take over a cluster through these annotations."
  }

  rationale   = "Annotations of ingress-nginx that end in `-snippet` are put into the configuration of nginx as they are. With them, whoever can write an Ingress runs code in the controller and reads its token, and so the secrets of the whole cluster. The controller refuses them since 1.9 unless `allow-snippet-annotations` is on."
  remediation = "Use the annotations made for the purpose (rewrites, headers, CORS), and keep `allow-snippet-annotations: \"false\"` in the controller's ConfigMap."
  references  = ["https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/", "https://github.com/kubernetes/kubernetes/issues/126811"]

  match "Ingress" {}

  # The ConfigMap of the controller.
  match "ConfigMap" {
    where = self.data["allow-snippet-annotations"] != null
  }

  assert {
    for_each      = self.kind == "Ingress" ? or_default(self.metadata.annotations, {}) : {}
    condition     = !matches("^nginx\\.(ingress\\.kubernetes\\.io|org)/.*-snippets?$", each.key)
    at            = each.value
    error_message = "${self.address} puts text of its own into the configuration of nginx"
  }

  assert {
    for_each      = self.kind == "ConfigMap" ? ["controller"] : []
    condition     = !is_one_of(self.data["allow-snippet-annotations"], true, "true")
    error_message = "${self.address} lets every Ingress put text into the configuration of nginx"
  }

  fails "a snippet, and a controller that takes them" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: web
        annotations:
          nginx.ingress.kubernetes.io/server-snippet: return 200; #~ here
      spec:
        ingressClassName: nginx
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: ingress-nginx-controller
      data:
        allow-snippet-annotations: "true" #~ here
    YAML
  }

  passes "annotations made for the purpose" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: web
        annotations:
          nginx.ingress.kubernetes.io/rewrite-target: /
      spec:
        ingressClassName: nginx
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: ingress-nginx-controller
      data:
        allow-snippet-annotations: "false"
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
