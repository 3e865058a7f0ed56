rule "kubernetes-ingress-min-tls" {
  title    = "Ingresses on AWS load balancers take TLS 1.2 and up"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.7" = "TLS 1.0 and 1.1 have known weaknesses; auditors ask for 1.2 and up on everything that users reach."
  }

  rationale   = "The AWS load balancer controller takes the policy from an annotation, and the default, `ELBSecurityPolicy-2016-08`, still takes TLS 1.0. Other controllers have their minimum in their own configuration and are not looked at here."
  remediation = "Set the annotation `alb.ingress.kubernetes.io/ssl-policy: ELBSecurityPolicy-TLS13-1-2-2021-06`."
  references  = ["https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#ssl-policy"]

  match "Ingress" {
    where = self.metadata.annotations["alb.ingress.kubernetes.io/certificate-arn"] != null
  }

  assert {
    condition     = tls_at_least(coalesce(self.metadata.annotations["alb.ingress.kubernetes.io/ssl-policy"], "ELBSecurityPolicy-2016-08"), "1.2")
    error_message = "${self.address} takes TLS below 1.2"
  }

  fails "an old policy" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: web
        annotations:
          alb.ingress.kubernetes.io/certificate-arn: arn:aws:acm:eu-west-1:111122223333:certificate/a
          alb.ingress.kubernetes.io/ssl-policy: ELBSecurityPolicy-2016-08 #~ here
      spec:
        ingressClassName: alb
    YAML
  }

  passes "a policy that begins at 1.2" {
    code = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: web
        annotations:
          alb.ingress.kubernetes.io/certificate-arn: arn:aws:acm:eu-west-1:111122223333:certificate/a
          alb.ingress.kubernetes.io/ssl-policy: ELBSecurityPolicy-TLS13-1-2-2021-06
      spec:
        ingressClassName: alb
    YAML
  }
}
