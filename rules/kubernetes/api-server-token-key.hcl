rule "kubernetes-api-server-token-key" {
  title    = "Service account tokens have a key of their own"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_97", "KCV-0025", "CKV_K8S_110", "KCV-0036"]

  soc2 = {
    "CC6.1" = "A key for one purpose can be replaced without breaking another."
  }

  rationale   = "Without `--service-account-key-file` the API server checks the tokens of service accounts with the key of its own certificate."
  remediation = "Set `--service-account-key-file`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["service-account-key-file"] != null
    error_message = "${self.container.owner.address} checks tokens with the key of its certificate"
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

  passes "a key" {
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
              - --service-account-key-file=/pki/sa.pub
    YAML
  }
}
