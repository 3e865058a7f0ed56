rule "kubernetes-etcd-peer-tls" {
  title    = "The members of etcd speak TLS with each other"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_119", "KCV-0045"]

  soc2 = {
    "CC6.7" = "Every secret of the cluster passes between the members."
  }

  rationale   = "Without `--peer-cert-file` and `--peer-key-file` the members of etcd speak plain HTTP."
  remediation = "Set both flags."
  references  = ["https://etcd.io/docs/v3.6/op-guide/security/"]

  match "kubernetes.component" {
    where = self.component == "etcd"
  }

  assert {
    condition     = self.flags["peer-cert-file"] != null && self.flags["peer-key-file"] != null
    error_message = "${self.container.owner.address} has no certificate for its peers"
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
              - --peer-cert-file=/pki/peer.crt
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
              - --peer-cert-file=/pki/peer.crt
              - --peer-key-file=/pki/peer.key
    YAML
  }
}
