rule "kubernetes-etcd-client-auth" {
  title    = "Etcd asks its clients for a certificate"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_117", "KCV-0043"]

  soc2 = {
    "CC6.1" = "Etcd holds every secret of the cluster; whoever reaches it otherwise reads and writes them."
  }

  rationale   = "`--client-cert-auth` is false when it is not set: whoever reaches the port may do everything."
  remediation = "Set `--client-cert-auth=true` and `--trusted-ca-file`."
  references  = ["https://etcd.io/docs/v3.6/op-guide/security/"]

  match "kubernetes.component" {
    where = self.component == "etcd"
  }

  assert {
    condition     = self.flags["client-cert-auth"] == "true"
    error_message = "${self.container.owner.address} asks its clients for no certificate"
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
              - --client-cert-auth=false #~ here
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
              - --client-cert-auth=true
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: short
        namespace: kube-system
      spec:
        containers:
          - name: etcd
            image: registry.k8s.io/etcd:v1.33.0
            command:
              - etcd
              - --client-cert-auth
    YAML
  }
}
