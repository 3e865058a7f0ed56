rule "kubernetes-control-plane-strong-ciphers" {
  title    = "The cluster's components use strong ciphers"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_105", "CKV_K8S_151", "KCV-0090"]

  soc2 = {
    "CC6.7" = "Weak ciphers let somebody in between read what the components say to each other."
  }

  rationale   = "The list of ciphers that is set holds one that is weak or not known: with RC4, 3DES or CBC. The defaults are strong."
  remediation = "Remove the flag, or name ciphers with GCM or ChaCha20-Poly1305."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/", "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/", "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/", "https://etcd.io/docs/v3.6/op-guide/security/", "https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/"]

  match "kubernetes.component" {
    where = is_one_of(self.component, "kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kubelet")
  }

  assert {
    condition = (
      alltrue([
        for cipher in compact(split(",", or_default(self.flags["tls-cipher-suites"], ""))) :
        matches("^TLS_((ECDHE_(ECDSA|RSA)|RSA)_WITH_)?(AES_(128|256)_GCM_SHA(256|384)|CHACHA20_POLY1305(_SHA256)?)$", cipher)
      ])
    )
    error_message = "${self.container.owner.address} takes a weak cipher"
  }

  assert {
    condition = (
      alltrue([
        for cipher in compact(split(",", or_default(self.flags["cipher-suites"], ""))) :
        matches("^TLS_((ECDHE_(ECDSA|RSA)|RSA)_WITH_)?(AES_(128|256)_GCM_SHA(256|384)|CHACHA20_POLY1305(_SHA256)?)$", cipher)
      ])
    )
    error_message = "${self.container.owner.address} takes a weak cipher"
  }

  fails "one that is weak" {
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
              - --tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_3DES_EDE_CBC_SHA #~ here
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: etcd
        namespace: kube-system
      spec:
        containers:
          - name: etcd
            image: registry.k8s.io/etcd:v1.33.0
            command:
              - etcd
              - --cipher-suites=TLS_RSA_WITH_RC4_128_SHA #~ here
    YAML
  }

  passes "strong ones, or the defaults" {
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
              - --tls-cipher-suites=TLS_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: etcd
        namespace: kube-system
      spec:
        containers:
          - name: etcd
            image: registry.k8s.io/etcd:v1.33.0
            command:
              - etcd
              - --cert-file=/pki/etcd.crt
    YAML
  }
}
