rule "kubernetes-kubelet-read-only-port-closed" {
  title    = "Kubelets close their read-only port"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_141", "KCV-0083", "C-0175"]

  soc2 = {
    "CC6.6" = "The port answers everybody, without TLS and without a credential."
  }

  rationale   = "The read-only port tells everybody who reaches it which pods run on the node and with what settings. The flag `--read-only-port` is 10255 when it is not set; in a KubeletConfiguration it is 0."
  remediation = "Set `readOnlyPort: 0`."
  references  = ["https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/", "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/"]

  match "kubernetes.kubelet" {}

  assert {
    condition     = is_one_of(self.read_only_port, 0, "0")
    error_message = "${self.entity.address} answers everybody on its read-only port"
  }

  fails "open, and the default of the flag" {
    code = <<-YAML
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      readOnlyPort: 10255 #~ here
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
              - --anonymous-auth=false
    YAML
  }

  passes "closed" {
    code = <<-YAML
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      readOnlyPort: 0
      ---
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      protectKernelDefaults: true
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
              - --read-only-port=0
    YAML
  }
}
