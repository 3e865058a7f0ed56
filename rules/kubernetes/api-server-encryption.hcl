rule "kubernetes-api-server-encryption" {
  title    = "Secrets are encrypted in etcd"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_104", "KCV-0030", "C-0066", "C-0141"]

  soc2 = {
    "CC6.1" = "Whoever gets a disk or a backup of etcd otherwise has every secret of the cluster."
  }

  rationale   = "The API server keeps secrets in etcd as they are, unless `--encryption-provider-config` says how to encrypt them."
  remediation = "Write an EncryptionConfiguration, best with a KMS, and set `--encryption-provider-config`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["encryption-provider-config"] != null
    error_message = "${self.container.owner.address} keeps secrets as they are"
  }

  fails "nothing is said" {
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
            command: #~ here
              - kube-apiserver
              - --anonymous-auth=false
    YAML
  }

  passes "a configuration" {
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
              - --encryption-provider-config=/etc/kubernetes/encryption.yaml
    YAML
  }
}
