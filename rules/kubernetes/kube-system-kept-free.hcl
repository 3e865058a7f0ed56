rule "kubernetes-kube-system-kept-free" {
  title    = "The namespace kube-system is for the cluster"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["KSV-0037"]

  soc2 = {
    "CC6.3" = "Who may deploy to kube-system can take over what runs the cluster; applications are deployed elsewhere."
  }

  rationale   = "In `kube-system` runs what the cluster itself needs. Whoever deploys an application there gets access to its secrets and service accounts, which are often as good as `cluster-admin`."
  remediation = "Move the workload to a namespace of its own; waive the rule for add-ons of the cluster."
  references  = ["https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces"]

  # The parts of the control plane say so with their labels, as kubeadm writes them.
  match "kubernetes.workload" {
    where = or_default(self.labels.tier, "") != "control-plane"
  }

  assert {
    condition     = or_default(self.namespace, "") != "kube-system"
    error_message = "${self.entity.address} runs beside what the cluster itself needs"
  }

  fails "a workload" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
        namespace: kube-system #~ here
      spec:
        containers:
          - name: web
            image: example/web:1
    YAML
  }

  passes "elsewhere, and a part of the control plane" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: kube-scheduler
        namespace: kube-system
        labels:
          tier: control-plane
      spec:
        containers:
          - name: kube-scheduler
            image: registry.k8s.io/kube-scheduler:v1.33.0
    YAML
  }
}
