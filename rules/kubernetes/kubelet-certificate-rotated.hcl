rule "kubernetes-kubelet-certificate-rotated" {
  title    = "Certificates of kubelets are renewed"
  severity = "low"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_112", "KCV-0038", "CKV_K8S_110", "KCV-0036"]

  soc2 = {
    "CC6.7" = "A certificate that is not renewed ends, or is made to last for ever."
  }

  rationale   = "`RotateKubeletServerCertificate` is on by default; here the feature gate is switched off."
  remediation = "Remove it from `--feature-gates`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/", "https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/"]

  match "kubernetes.component" {
    where = is_one_of(self.component, "kube-controller-manager", "kubelet")
  }

  assert {
    condition     = !contains(split(",", or_default(self.flags["feature-gates"], "")), "RotateKubeletServerCertificate=false")
    error_message = "${self.container.owner.address} switches off the renewal of certificates"
  }

  fails "off" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: kube-controller-manager
        namespace: kube-system
      spec:
        containers:
          - name: kube-controller-manager
            image: registry.k8s.io/kube-controller-manager:v1.33.0
            command:
              - kube-controller-manager
              - --feature-gates=RotateKubeletServerCertificate=false #~ here
    YAML
  }

  passes "on, or not set" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: kube-controller-manager
        namespace: kube-system
      spec:
        containers:
          - name: kube-controller-manager
            image: registry.k8s.io/kube-controller-manager:v1.33.0
            command:
              - kube-controller-manager
              - --feature-gates=RotateKubeletServerCertificate=true
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: b
        namespace: kube-system
      spec:
        containers:
          - name: kube-controller-manager
            image: registry.k8s.io/kube-controller-manager:v1.33.0
            command:
              - kube-controller-manager
              - --profiling=false
    YAML
  }
}
