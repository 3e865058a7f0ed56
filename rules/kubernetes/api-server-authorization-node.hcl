rule "kubernetes-api-server-authorization-node" {
  title    = "The API server limits kubelets to their own pods"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_75", "KCV-0008"]

  soc2 = {
    "CC6.3" = "A node that is taken over must not read the secrets of pods that run elsewhere."
  }

  rationale   = "The `Node` mode lets a kubelet read only what belongs to the pods of its node."
  remediation = "Add `Node` to `--authorization-mode`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = contains(split(",", or_default(self.flags["authorization-mode"], "")), "Node") || self.flags["authorization-config"] != null
    error_message = "${self.container.owner.address} does not limit kubelets to their own pods"
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

  fails "roles alone" {
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
              - --authorization-mode=RBAC #~ here
    YAML
  }

  passes "nodes and roles" {
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
