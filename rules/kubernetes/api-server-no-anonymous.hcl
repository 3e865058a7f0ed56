rule "kubernetes-api-server-no-anonymous" {
  title    = "The API server asks everybody who they are"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_68", "KCV-0001", "C-0113"]

  soc2 = {
    "CC6.1" = "Requests without a credential are refused before anything else is asked."
  }

  rationale   = "`--anonymous-auth` is true when it is not set: a request without a credential is then one of `system:anonymous`, and a single careless binding opens the cluster to the network."
  remediation = "Set `--anonymous-auth=false`, or limit it to the health checks with an AuthenticationConfiguration (`--authentication-config`)."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["anonymous-auth"] == "false" || self.flags["authentication-config"] != null
    error_message = "${self.container.owner.address} takes requests from people that it does not know"
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
              - --authorization-mode=Node,RBAC
    YAML
  }

  fails "on" {
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
              - --anonymous-auth=true #~ here
    YAML
  }

  passes "off, or limited" {
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
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: limited
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
