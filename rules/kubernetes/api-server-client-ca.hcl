rule "kubernetes-api-server-client-ca" {
  title    = "The API server checks the certificates of its clients"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_101", "KCV-0028"]

  soc2 = {
    "CC6.1" = "Nodes and components are known by their certificates."
  }

  rationale   = "Without `--client-ca-file` no client can prove with a certificate who it is."
  remediation = "Set `--client-ca-file`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["client-ca-file"] != null || self.flags["authentication-config"] != null
    error_message = "${self.container.owner.address} knows no client by its certificate"
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

  passes "the authority is named" {
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
              - --client-ca-file=/pki/ca.crt
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
              - --authentication-config=/etc/kubernetes/authentication.yaml
    YAML
  }
}
