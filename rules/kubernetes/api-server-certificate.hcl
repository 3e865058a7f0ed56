rule "kubernetes-api-server-certificate" {
  title    = "The API server has a certificate of its own"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_100", "KCV-0027"]

  soc2 = {
    "CC6.7" = "Clients can tell the API server from somebody in between."
  }

  rationale   = "Without `--tls-cert-file` and `--tls-private-key-file` the API server makes a certificate that nobody can check."
  remediation = "Set both flags."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["tls-cert-file"] != null && self.flags["tls-private-key-file"] != null
    error_message = "${self.container.owner.address} makes a certificate that nobody can check"
  }

  fails "nothing is said" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: kube-apiserver
        namespace: kube-system
      spec:
        containers:
          - name: kube-apiserver
            image: registry.k8s.io/kube-apiserver:v1.33.0
            command: #~ here
              - kube-apiserver
              - --anonymous-auth=false
    YAML
  }

  passes "both" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: kube-apiserver
        namespace: kube-system
      spec:
        containers:
          - name: kube-apiserver
            image: registry.k8s.io/kube-apiserver:v1.33.0
            command:
              - kube-apiserver
              - --tls-cert-file=/pki/apiserver.crt
              - --tls-private-key-file=/pki/apiserver.key
    YAML
  }
}
