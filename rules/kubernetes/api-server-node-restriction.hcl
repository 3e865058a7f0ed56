rule "kubernetes-api-server-node-restriction" {
  title    = "Kubelets change only what is theirs"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_85", "KCV-0016"]

  soc2 = {
    "CC6.3" = "A node that is taken over must not change other nodes, or draw pods to itself."
  }

  rationale   = "The admission plugin `NodeRestriction` limits a kubelet to its own Node and the pods on it. It is not on by default."
  remediation = "Add `NodeRestriction` to `--enable-admission-plugins`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = contains(split(",", or_default(self.flags["enable-admission-plugins"], "")), "NodeRestriction")
    error_message = "${self.container.owner.address} lets kubelets change what is not theirs"
  }

  fails "not named" {
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
              - --enable-admission-plugins=AlwaysPullImages #~ here
    YAML
  }

  passes "named" {
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
              - --enable-admission-plugins=NodeRestriction,AlwaysPullImages
    YAML
  }
}
