rule "kubernetes-api-server-no-password-files" {
  title    = "The API server takes no passwords and tokens from files"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_69", "CKV_K8S_70", "KCV-0002"]

  soc2 = {
    "CC6.1" = "Such credentials are kept in plain text, do not expire and cannot be withdrawn without a restart."
  }

  rationale   = "`--token-auth-file` names a file of tokens in plain text, and `--basic-auth-file`, which Kubernetes 1.19 removed, one of passwords."
  remediation = "Remove the flags; use OpenID Connect for people and service account tokens for programs."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["token-auth-file"] == null
    error_message = "${self.container.owner.address} takes tokens from a file"
  }

  assert {
    condition     = self.flags["basic-auth-file"] == null
    error_message = "${self.container.owner.address} takes passwords from a file"
  }

  fails "tokens, and passwords" {
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
              - --token-auth-file=/etc/tokens.csv #~ here
              - --basic-auth-file=/etc/passwords.csv #~ here
    YAML
  }

  passes "neither" {
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
              - --anonymous-auth=false
    YAML
  }
}
