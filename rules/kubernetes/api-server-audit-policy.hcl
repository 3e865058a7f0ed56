rule "kubernetes-api-server-audit-policy" {
  title    = "The audit log has a policy"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["C-0160"]

  soc2 = {
    "CC7.2" = "A log without a policy stays empty."
  }

  rationale   = "Without `--audit-policy-file` the API server logs no events, wherever the log would go."
  remediation = "Set `--audit-policy-file` to a policy that logs at least the metadata of every request."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["audit-policy-file"] != null || self.flags["audit-log-path"] == null && self.flags["audit-webhook-config-file"] == null
    error_message = "${self.container.owner.address} writes an audit log that stays empty"
  }

  fails "a log alone" {
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
              - --audit-log-path=/var/log/audit.log
    YAML
  }

  passes "a log and its policy, or no log at all" {
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
              - --audit-log-path=/var/log/audit.log
              - --audit-policy-file=/etc/kubernetes/policy.yaml
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
              - --audit-webhook-config-file=/etc/kubernetes/audit.yaml
              - --audit-policy-file=/etc/kubernetes/policy.yaml
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: c
        namespace: kube-system
      spec:
        containers:
          - name: kube-apiserver
            image: registry.k8s.io/kube-apiserver:v1.33.0
            command:
              - kube-apiserver
              - --anonymous-auth=false
    YAML
  }
}
