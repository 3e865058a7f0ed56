rule "kubernetes-etcd-no-auto-tls" {
  title    = "Etcd uses certificates that can be checked"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_118", "KCV-0044", "KCV-0047"]

  soc2 = {
    "CC6.7" = "A certificate that etcd signs itself does not tell it from somebody in between."
  }

  rationale   = "`--auto-tls` and `--peer-auto-tls` make etcd sign its own certificates, which nobody can check."
  remediation = "Remove the flags, and give etcd certificates of the cluster's authority."
  references  = ["https://etcd.io/docs/v3.6/op-guide/security/"]

  match "kubernetes.component" {
    where = self.component == "etcd"
  }

  assert {
    condition     = or_default(self.flags["auto-tls"], "false") != "true"
    error_message = "${self.container.owner.address} signs the certificate for its clients itself"
  }

  assert {
    condition     = or_default(self.flags["peer-auto-tls"], "false") != "true"
    error_message = "${self.container.owner.address} signs the certificate for its peers itself"
  }

  fails "both" {
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
              - --auto-tls=true #~ here
              - --peer-auto-tls=true #~ here
    YAML
  }

  passes "off, or not set" {
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
              - --auto-tls=false
              - --peer-auto-tls=false
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: b
        namespace: kube-system
      spec:
        containers:
          - name: etcd
            image: registry.k8s.io/etcd:v1.33.0
            command:
              - etcd
              - --name=main
    YAML
  }
}
