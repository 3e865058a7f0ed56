rule "kubernetes-kubelet-authorization" {
  title    = "Kubelets ask who may do what"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_139", "KCV-0081", "C-0173"]

  soc2 = {
    "CC6.3" = "Whoever has any credential must not run commands in the pods of a node."
  }

  rationale   = "With `AlwaysAllow` every request that is authenticated is carried out. The flag `--authorization-mode` is so when it is not set; in a KubeletConfiguration it is `Webhook`."
  remediation = "Set `authorization.mode: Webhook`."
  references  = ["https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/", "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/"]

  match "kubernetes.kubelet" {}

  assert {
    condition     = self.authorization != "AlwaysAllow"
    error_message = "${self.entity.address} carries out every request"
  }

  fails "everything, and the default of the flag" {
    code = <<-YAML
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      authorization:
        mode: AlwaysAllow #~ here
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

  passes "the API server is asked" {
    code = <<-YAML
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      authorization:
        mode: Webhook
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
              - --authorization-mode=Webhook
    YAML
  }
}
