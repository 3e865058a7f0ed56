rule "kubernetes-namespace-pod-security" {
  title    = "Namespaces refuse privileged pods"
  severity = "medium"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["C-0192"]

  soc2 = {
    "CC6.8" = "The cluster itself refuses what must not run, whoever applies it."
    "CC6.1" = "A privileged pod reaches every other workload of its node."
  }

  rationale   = "Pod Security Admission refuses pods by the label `pod-security.kubernetes.io/enforce`. Without it, or with `privileged`, a namespace takes any pod, unless a policy engine refuses it."
  remediation = "Set the label to `baseline`, or better `restricted`; waive the rule for namespaces of the platform."
  references  = ["https://kubernetes.io/docs/concepts/security/pod-security-admission/"]

  # Where a policy engine is set up in this repository it is taken to do the same.
  match "Namespace" {
    where = !is_one_of(self.metadata.name, "kube-system", "kube-public", "kube-node-lease")
  }

  link "policy" {
    to    = "ClusterPolicy.kyverno.io"
    where = true
  }

  link "constraint" {
    to    = "ConstraintTemplate.templates.gatekeeper.sh"
    where = true
  }

  assert {
    for_each      = length(link.policy) == 0 && length(link.constraint) == 0 ? ["label"] : []
    condition     = is_one_of(or_default(self.metadata.labels["pod-security.kubernetes.io/enforce"], "privileged"), "baseline", "restricted")
    error_message = "${self.address} takes any pod"
  }

  fix {
    set    = { metadata = { labels = { "pod-security.kubernetes.io/enforce" = "baseline" } } }
    safety = "unsafe"
    reason = "Pods that use what the baseline forbids, such as the network of their node, are no longer admitted."
  }

  fails "no label, and one that allows everything" {
    code = <<-YAML
      apiVersion: v1
      kind: Namespace
      metadata: #~ here
        name: shop
      ---
      apiVersion: v1
      kind: Namespace
      metadata:
        name: blog
        labels:
          pod-security.kubernetes.io/enforce: privileged #~ here
    YAML
  }

  passes "baseline, and a namespace of the cluster" {
    code = <<-YAML
      apiVersion: v1
      kind: Namespace
      metadata:
        name: shop
        labels:
          pod-security.kubernetes.io/enforce: baseline
    YAML
  }
}
