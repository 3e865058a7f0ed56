rule "kubernetes-api-server-audit-log-kept" {
  title    = "The audit log is kept"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_92", "CKV_K8S_93", "CKV_K8S_94", "KCV-0020", "KCV-0021", "KCV-0022"]

  soc2 = {
    "CC7.3" = "An intrusion is often found weeks later; what is needed then must still be there."
  }

  rationale   = "`--audit-log-maxage`, `--audit-log-maxbackup` and `--audit-log-maxsize` limit how much of the audit log stays on the node. Where they are not set, nothing is deleted by age or number."
  remediation = "Raise the limits, or remove them where the log is shipped."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  input "days" {
    description = "The days for which the audit log stays on the node."
    default     = 30
  }

  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = tonumber(or_default(self.flags["audit-log-maxage"], 0)) == 0 || tonumber(self.flags["audit-log-maxage"]) >= input.days
    error_message = "${self.container.owner.address} keeps its audit log for ${written(self.flags["audit-log-maxage"])} days"
  }

  assert {
    condition     = tonumber(or_default(self.flags["audit-log-maxbackup"], 0)) == 0 || tonumber(self.flags["audit-log-maxbackup"]) >= 10
    error_message = "${self.container.owner.address} keeps ${written(self.flags["audit-log-maxbackup"])} files of its audit log"
  }

  assert {
    condition     = tonumber(or_default(self.flags["audit-log-maxsize"], 100)) >= 100
    error_message = "${self.container.owner.address} starts a new audit log after ${written(self.flags["audit-log-maxsize"])} megabytes"
  }

  fails "too little of each" {
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
              - --audit-log-maxage=7 #~ here
              - --audit-log-maxbackup=2 #~ here
              - --audit-log-maxsize=10 #~ here
    YAML
  }

  passes "enough, or no limit" {
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
              - --audit-log-maxage=30
              - --audit-log-maxbackup=10
              - --audit-log-maxsize=100
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
              - --audit-log-maxage=0
              - --audit-log-maxbackup=0
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
