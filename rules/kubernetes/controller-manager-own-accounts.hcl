rule "kubernetes-controller-manager-own-accounts" {
  title    = "Each controller has an account of its own"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_108", "KCV-0035", "CKV_K8S_110", "KCV-0036"]

  soc2 = {
    "CC6.3" = "A controller has the rights that it needs, and the audit log tells which one did what."
  }

  rationale   = "Without `--use-service-account-credentials=true` all controllers share the rights of the controller manager."
  remediation = "Set `--use-service-account-credentials=true`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/"]

  match "kubernetes.component" {
    where = self.component == "kube-controller-manager"
  }

  assert {
    condition     = self.flags["use-service-account-credentials"] == "true"
    error_message = "${self.container.owner.address} gives all controllers the same rights"
  }

  fails "not set" {
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

  fails "off" {
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
              - --use-service-account-credentials=false #~ here
    YAML
  }

  passes "on" {
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
              - --use-service-account-credentials=true
    YAML
  }
}
