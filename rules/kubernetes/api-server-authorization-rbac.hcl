rule "kubernetes-api-server-authorization-rbac" {
  title    = "The API server decides by roles who may do what"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_74", "CKV_K8S_77", "KCV-0007", "KCV-0009"]

  soc2 = {
    "CC6.3" = "Without RBAC every account of the cluster may do everything, or nobody reviews who may."
  }

  rationale   = "`--authorization-mode` is `AlwaysAllow` when it is not set: whoever has any credential is administrator."
  remediation = "Set `--authorization-mode=Node,RBAC`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition = (
      contains(split(",", or_default(self.flags["authorization-mode"], "AlwaysAllow")), "RBAC")
      && !contains(split(",", or_default(self.flags["authorization-mode"], "AlwaysAllow")), "AlwaysAllow")
      || self.flags["authorization-config"] != null
    )
    error_message = "${self.container.owner.address} does not decide by roles who may do what"
  }

  fails "not set" {
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

  fails "everything is allowed besides" {
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
              - --authorization-mode=RBAC,AlwaysAllow #~ here
    YAML
  }

  passes "roles, in a flag or in a file" {
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
              - --authorization-mode=Node,RBAC
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
              - --authorization-config=/etc/kubernetes/authorization.yaml
    YAML
  }
}
