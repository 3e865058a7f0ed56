rule "kubernetes-api-server-token-lookup" {
  title    = "The API server refuses tokens of accounts that are gone"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_96", "KCV-0024", "CKV_K8S_110", "KCV-0036"]

  soc2 = {
    "CC6.2" = "When an account is deleted, what it was given has to end."
  }

  rationale   = "With `--service-account-lookup=false` the token of a service account stays good after the account was deleted. It is true when it is not set."
  remediation = "Remove the flag."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = or_default(self.flags["service-account-lookup"], "true") != "false"
    error_message = "${self.container.owner.address} takes the tokens of accounts that are gone"
  }

  fails "off" {
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
              - --service-account-lookup=false #~ here
    YAML
  }

  passes "on, or not set" {
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
              - --service-account-lookup=true
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: b
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
