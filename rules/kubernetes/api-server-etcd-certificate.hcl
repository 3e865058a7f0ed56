rule "kubernetes-api-server-etcd-certificate" {
  title    = "The API server shows etcd a certificate"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_99", "KCV-0026"]

  soc2 = {
    "CC6.1" = "Etcd holds every secret of the cluster, and lets in only whom it knows by a certificate."
  }

  rationale   = "Without `--etcd-certfile` and `--etcd-keyfile` etcd has to take requests from anybody who reaches it."
  remediation = "Set both flags."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["etcd-certfile"] != null && self.flags["etcd-keyfile"] != null
    error_message = "${self.container.owner.address} shows etcd no certificate"
  }

  fails "only one of the two" {
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
              - --etcd-certfile=/pki/etcd.crt
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
              - --etcd-certfile=/pki/etcd.crt
              - --etcd-keyfile=/pki/etcd.key
    YAML
  }
}
