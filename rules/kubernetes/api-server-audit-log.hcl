rule "kubernetes-api-server-audit-log" {
  title    = "The API server writes an audit log"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_91", "KCV-0019", "C-0130", "C-0067"]

  soc2 = {
    "CC7.2" = "The audit log tells who changed or read what in the cluster; without it an intrusion leaves no trace."
  }

  rationale   = "The API server writes no audit log unless `--audit-log-path` or `--audit-webhook-config-file` says where."
  remediation = "Set `--audit-log-path` and `--audit-policy-file`, and ship the log off the node."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = self.flags["audit-log-path"] != null || self.flags["audit-webhook-config-file"] != null
    error_message = "${self.container.owner.address} writes no audit log"
  }

  fails "nothing is said" {
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

  passes "to a file, or to another service" {
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
    YAML
  }
}
