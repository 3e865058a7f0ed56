rule "kubernetes-kubelet-client-ca" {
  title    = "Kubelets know their clients"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_140", "KCV-0082", "C-0174"]

  soc2 = {
    "CC6.1" = "A kubelet that checks neither certificates nor tokens cannot tell the API server from others."
  }

  rationale   = "Neither an authority for the certificates of clients nor the check of tokens is set, so that nobody can prove who they are."
  remediation = "Set `authentication.x509.clientCAFile`."
  references  = ["https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/", "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/"]

  match "kubernetes.kubelet" {}

  assert {
    condition     = self.webhook || self.client_ca != null
    error_message = "${self.entity.address} has no way to know its clients"
  }

  fails "neither" {
    code = <<-YAML
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      authentication:
        webhook:
          enabled: false #~ here
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: kubelet
        namespace: kube-system
      spec:
        containers:
          - name: kubelet
            image: registry.k8s.io/kubelet:v1.33.0
            command: #~ here
              - kubelet
              - --read-only-port=0
    YAML
  }

  passes "an authority, or tokens" {
    code = <<-YAML
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      authentication:
        x509:
          clientCAFile: /pki/ca.crt
      ---
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      readOnlyPort: 0
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: kubelet
        namespace: kube-system
      spec:
        containers:
          - name: kubelet
            image: registry.k8s.io/kubelet:v1.33.0
            command:
              - kubelet
              - --client-ca-file=/pki/ca.crt
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: b
        namespace: kube-system
      spec:
        containers:
          - name: kubelet
            image: registry.k8s.io/kubelet:v1.33.0
            command:
              - kubelet
              - --authentication-token-webhook=true
    YAML
  }
}
