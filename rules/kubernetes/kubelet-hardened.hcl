rule "kubernetes-kubelet-hardened" {
  title    = "Kubelets keep their safe settings"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases = [
    "CKV_K8S_143", "CKV_K8S_144", "CKV_K8S_145", "CKV_K8S_149", "KCV-0085", "KCV-0086", "CKV_K8S_147", "CKV_K8S_148",
    "KCV-0084", "KCV-0087", "KCV-0088", "KCV-0089", "KCV-0091", "KCV-0092",
  ]

  soc2 = {
    "CC6.8" = "Settings that protect the node stay on."
  }

  rationale   = "One of these is switched off: the check of the kernel's parameters, the rules of iptables, the renewal of certificates, or the end of idle connections."
  remediation = "Remove the setting that is reported."
  references  = ["https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/", "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/"]

  match "kubernetes.kubelet" {}

  assert {
    condition     = or_default(self.protectKernelDefaults, true) != false
    error_message = "${self.entity.address} changes the parameters of the kernel"
  }

  assert {
    condition     = or_default(self.makeIPTablesUtilChains, true) != false
    error_message = "${self.entity.address} leaves the rules of iptables to others"
  }

  assert {
    condition     = or_default(self.rotateCertificates, true) != false
    error_message = "${self.entity.address} does not renew its certificate"
  }

  assert {
    condition     = !is_one_of(or_default(self.streamingConnectionIdleTimeout, "4h"), 0, "0", "0s")
    error_message = "${self.entity.address} never ends an idle connection"
  }

  fails "each of them, in a file and as flags" {
    code = <<-YAML
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      protectKernelDefaults: false #~ here
      makeIPTablesUtilChains: false #~ here
      rotateCertificates: false #~ here
      streamingConnectionIdleTimeout: 0s #~ here
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
              - --protect-kernel-defaults=false #~ here
              - --make-iptables-util-chains=false #~ here
              - --rotate-certificates=false #~ here
              - --streaming-connection-idle-timeout=0 #~ here
    YAML
  }

  passes "on, or not set" {
    code = <<-YAML
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      protectKernelDefaults: true
      streamingConnectionIdleTimeout: 5m
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
              - --protect-kernel-defaults=true
    YAML
  }
}
