rule "kubernetes-api-server-etcd-ca" {
  title    = "The API server checks the certificate of etcd"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_102", "KCV-0029"]

  soc2 = {
    "CC6.7" = "Every secret of the cluster passes between the two."
  }

  rationale   = "Without `--etcd-cafile` the API server takes any certificate from whoever answers in place of etcd."
  remediation = "Set `--etcd-cafile`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["etcd-cafile"] != null
    error_message = "${self.container.owner.address} takes any certificate from etcd"
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

  passes "the authority is named" {
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
              - --etcd-cafile=/pki/etcd-ca.crt
    YAML
  }
}
