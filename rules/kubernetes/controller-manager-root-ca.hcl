rule "kubernetes-controller-manager-root-ca" {
  title    = "Pods can check the certificate of the API server"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_111", "KCV-0037", "CKV_K8S_110", "KCV-0036"]

  soc2 = {
    "CC6.7" = "A pod that cannot check whom it talks to gives its token to anybody."
  }

  rationale   = "`--root-ca-file` names the authority that every pod gets with its token, to check the API server with."
  remediation = "Set `--root-ca-file`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/"]

  match "kubernetes.component" {
    where = self.component == "kube-controller-manager"
  }

  assert {
    condition     = self.flags["root-ca-file"] != null
    error_message = "${self.container.owner.address} gives pods nothing to check the API server with"
  }

  fails "nothing is said" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: kube-controller-manager
        namespace: kube-system
      spec:
        containers:
          - name: kube-controller-manager
            image: registry.k8s.io/kube-controller-manager:v1.33.0
            command: #~ here
              - kube-controller-manager
              - --profiling=false
    YAML
  }

  passes "the authority is named" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: kube-controller-manager
        namespace: kube-system
      spec:
        containers:
          - name: kube-controller-manager
            image: registry.k8s.io/kube-controller-manager:v1.33.0
            command:
              - kube-controller-manager
              - --root-ca-file=/pki/ca.crt
    YAML
  }
}
