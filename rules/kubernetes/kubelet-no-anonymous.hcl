rule "kubernetes-kubelet-no-anonymous" {
  title    = "Kubelets ask everybody who they are"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_138", "KCV-0080", "C-0172", "C-0069"]

  soc2 = {
    "CC6.1" = "Whoever reaches the port of a kubelet must not run commands in its pods."
  }

  rationale   = "Requests without a credential are let in as `system:anonymous`. The flag `--anonymous-auth` is true when it is not set; in a KubeletConfiguration it is false."
  remediation = "Set `authentication.anonymous.enabled: false`."
  references  = ["https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/", "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/"]

  match "kubernetes.kubelet" {}

  assert {
    condition     = !self.anonymous
    error_message = "${self.entity.address} takes requests from people that it does not know"
  }

  fails "on, and the default of the flag" {
    code = <<-YAML
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      authentication:
        anonymous:
          enabled: true #~ here
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

  passes "off, the default of the configuration, or a file that decides" {
    code = <<-YAML
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      authentication:
        anonymous:
          enabled: false
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
              - --anonymous-auth=false
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
              - --config=/var/lib/kubelet/config.yaml
    YAML
  }
}
