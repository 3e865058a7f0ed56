rule "kubernetes-api-server-no-open-port" {
  title    = "The API server speaks TLS alone"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_71", "CKV_K8S_86", "CKV_K8S_88", "CKV_K8S_89", "KCV-0004", "KCV-0017"]

  soc2 = {
    "CC6.7" = "Tokens and secrets on their way to the API server could otherwise be read and changed."
    "CC6.6" = "The insecure port asks nobody for a credential."
  }

  rationale   = "The insecure port, in Kubernetes before 1.24, takes every request without a credential, `--secure-port=0` leaves only that one, and `--kubelet-https=false` (before 1.22) talks to the kubelets in plain text."
  remediation = "Remove `--insecure-bind-address`, `--insecure-port`, `--secure-port=0` and `--kubelet-https=false`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["insecure-bind-address"] == null
    error_message = "${self.container.owner.address} opens a port without TLS and without authentication"
  }

  assert {
    condition     = is_one_of(or_default(self.flags["insecure-port"], "0"), "0")
    error_message = "${self.container.owner.address} opens a port without TLS and without authentication"
  }

  assert {
    condition     = or_default(self.flags["secure-port"], "6443") != "0"
    error_message = "${self.container.owner.address} has no port with TLS"
  }

  assert {
    condition     = or_default(self.flags["kubelet-https"], "true") != "false"
    error_message = "${self.container.owner.address} talks to kubelets without TLS"
  }

  fails "each of them" {
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
              - --insecure-bind-address=0.0.0.0 #~ here
              - --insecure-port=8080 #~ here
              - --secure-port=0 #~ here
              - --kubelet-https=false #~ here
    YAML
  }

  passes "the port with TLS" {
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
              - --secure-port=6443
              - --insecure-port=0
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
              - --kubelet-https=true
    YAML
  }
}
