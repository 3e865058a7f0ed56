rule "kubernetes-etcd-peer-auth" {
  title    = "The members of etcd ask each other for a certificate"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_121", "KCV-0046"]

  soc2 = {
    "CC6.1" = "Whoever could join as a member would have every secret of the cluster."
  }

  rationale   = "`--peer-client-cert-auth` is false when it is not set: whoever reaches the port can pass for a member."
  remediation = "Set `--peer-client-cert-auth=true` and `--peer-trusted-ca-file`."
  references  = ["https://etcd.io/docs/v3.6/op-guide/security/"]

  match "kubernetes.component" {
    where = self.component == "etcd"
  }

  assert {
    condition     = self.flags["peer-client-cert-auth"] == "true"
    error_message = "${self.container.owner.address} asks its peers for no certificate"
  }

  fails "not set" {
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
              - --name=main
    YAML
  }

  fails "off" {
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
              - --peer-client-cert-auth=false #~ here
    YAML
  }

  passes "on" {
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
              - --peer-client-cert-auth=true
    YAML
  }
}
