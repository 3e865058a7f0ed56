rule "kubernetes-service-account-own" {
  title    = "Workloads have a service account of their own"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["default-service-account", "C-0189", "1e749bc9", "b93e973e", "591ade62"]

  soc2 = {
    "CC6.3" = "Rights that one workload needs are otherwise given to every pod of the namespace."
  }

  rationale   = "A pod that names no service account runs as `default`, together with every other such pod of its namespace. What is granted to it later is granted to all."
  remediation = "Make a ServiceAccount for the workload and name it in `serviceAccountName`, or set `automountServiceAccountToken: false`."
  references  = ["https://kubernetes.io/docs/concepts/security/service-accounts/"]

  match "kubernetes.workload" {}

  assert {
    condition     = self.service_account != "default" || self.pod.spec.automountServiceAccountToken == false
    error_message = "${self.entity.address} runs as the default service account of its namespace"
  }

  fails "none is named, or the default one" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec: #~ here
        containers:
          - name: web
            image: example/web:1
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: named
      spec:
        serviceAccountName: default #~ here
        containers:
          - name: web
            image: example/web:1
    YAML
  }

  passes "one of its own, or no token" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        serviceAccountName: web
        containers:
          - name: web
            image: example/web:1
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: tokenless
      spec:
        automountServiceAccountToken: false
        containers:
          - name: web
            image: example/web:1
    YAML
  }
}
