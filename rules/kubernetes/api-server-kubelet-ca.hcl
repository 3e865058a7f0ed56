rule "kubernetes-api-server-kubelet-ca" {
  title    = "The API server checks the certificates of kubelets"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_73", "KCV-0006"]

  soc2 = {
    "CC6.7" = "Commands and logs could otherwise be read and changed on their way to a node."
  }

  rationale   = "Without `--kubelet-certificate-authority` the API server takes any certificate from whoever answers in place of a kubelet."
  remediation = "Set `--kubelet-certificate-authority`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["kubelet-certificate-authority"] != null
    error_message = "${self.container.owner.address} takes any certificate from kubelets"
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
              - --kubelet-certificate-authority=/pki/ca.crt
    YAML
  }
}
