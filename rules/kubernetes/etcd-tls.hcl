rule "kubernetes-etcd-tls" {
  title    = "Etcd speaks TLS"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_116", "KCV-0042"]

  soc2 = {
    "CC6.7" = "Every secret of the cluster passes over this connection."
  }

  rationale   = "Without `--cert-file` and `--key-file` etcd speaks plain HTTP."
  remediation = "Set both flags."
  references  = ["https://etcd.io/docs/v3.6/op-guide/security/"]

  match "kubernetes.component" {
    where = self.component == "etcd"
  }

  assert {
    condition     = self.flags["cert-file"] != null && self.flags["key-file"] != null
    error_message = "${self.container.owner.address} has no certificate for its clients"
  }

  fails "only one of the two" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: etcd
        namespace: kube-system
      spec:
        containers:
          - name: etcd
            image: registry.k8s.io/etcd:v1.33.0
            command: #~ here
              - etcd
              - --cert-file=/pki/etcd.crt
    YAML
  }

  passes "both" {
    code = <<-YAML
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
              - --key-file=/pki/etcd.key
    YAML
  }
}
