rule "kubernetes-control-plane-bind-local" {
  title    = "Scheduler and controller manager listen on their node alone"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_113", "CKV_K8S_115", "KCV-0039", "KCV-0041"]

  soc2 = {
    "CC6.6" = "Nobody else needs to reach these ports."
  }

  rationale   = "`--bind-address` is `0.0.0.0` when it is not set, so that the network reaches the health and metrics of the component."
  remediation = "Set `--bind-address=127.0.0.1`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/", "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/"]

  match "kubernetes.component" {
    where = is_one_of(self.component, "kube-controller-manager", "kube-scheduler")
  }

  assert {
    condition     = is_one_of(self.flags["bind-address"], "127.0.0.1", "::1", "localhost")
    error_message = "${self.container.owner.address} listens to the network"
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

  fails "everywhere" {
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
              - --bind-address=0.0.0.0 #~ here
    YAML
  }

  passes "the node alone" {
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
            command:
              - kube-scheduler
              - --bind-address=127.0.0.1
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
              - --bind-address=::1
    YAML
  }
}
