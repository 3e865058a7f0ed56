rule "kubernetes-control-plane-profiling-off" {
  title    = "The control plane shows no profiles"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_90", "CKV_K8S_107", "CKV_K8S_114", "KCV-0018", "KCV-0034", "KCV-0040", "C-0129"]

  soc2 = {
    "CC6.6" = "An interface that nobody needs in production is closed."
  }

  rationale   = "`--profiling` is true when it is not set: whoever may read it sees what the component does and how it works."
  remediation = "Set `--profiling=false`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/", "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/", "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/"]

  match "kubernetes.component" {
    where = is_one_of(self.component, "kube-apiserver", "kube-controller-manager", "kube-scheduler")
  }

  assert {
    condition     = self.flags["profiling"] == "false"
    error_message = "${self.container.owner.address} shows profiles of itself"
  }

  fails "not set" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: kube-scheduler
        namespace: kube-system
      spec:
        containers:
          - name: kube-scheduler
            image: registry.k8s.io/kube-scheduler:v1.33.0
            command: #~ here
              - kube-scheduler
              - --leader-elect=true
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
              - --profiling=true #~ here
    YAML
  }

  passes "off" {
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
              - --profiling=false
      ---
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
              - --profiling=false
    YAML
  }
}
