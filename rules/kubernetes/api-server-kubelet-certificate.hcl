rule "kubernetes-api-server-kubelet-certificate" {
  title    = "The API server shows kubelets a certificate"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_72", "KCV-0005"]

  soc2 = {
    "CC6.7" = "Kubelets can tell the API server from others."
  }

  rationale   = "Without `--kubelet-client-certificate` and `--kubelet-client-key` the API server is anonymous to the kubelets, so that they have to take orders from anybody."
  remediation = "Set both flags."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["kubelet-client-certificate"] != null && self.flags["kubelet-client-key"] != null
    error_message = "${self.container.owner.address} shows kubelets no certificate"
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
              - --kubelet-client-certificate=/pki/kubelet.crt
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
              - --kubelet-client-certificate=/pki/kubelet.crt
              - --kubelet-client-key=/pki/kubelet.key
    YAML
  }
}
