rule "kubernetes-service-account-token-not-mounted" {
  title    = "Pods get a token for the cluster only where they use it"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_38", "KSV-0036", "C-0034", "C-0190", "48471392"]

  soc2 = {
    "CC6.1" = "The token in a pod is a credential for the API of the cluster; whoever breaks into the pod has it."
    "CC6.3" = "Access to the API is granted to what needs it."
  }

  rationale   = "Kubernetes mounts a token of the service account into every pod, unless `automountServiceAccountToken` is false on the pod or on its account. Nothing in this repository gives this account any rights, so the pod seems not to need it."
  remediation = "Set `automountServiceAccountToken: false` on the pod, or on its ServiceAccount."
  references  = ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting"]

  match "kubernetes.workload" {}

  link "account" {
    to    = "ServiceAccount"
    where = other.metadata.name == self.service_account && same_namespace(self, other.metadata)
  }

  link "right" {
    to    = "kubernetes.rbac_subject"
    where = other.kind == "ServiceAccount" && other.name == self.service_account
  }

  assert {
    for_each = length(link.right) > 0 ? [] : ["no rights"]
    condition = (
      self.pod.spec.automountServiceAccountToken == false
      || self.pod.spec.automountServiceAccountToken == null && anytrue([for account in link.account : account.automountServiceAccountToken == false])
    )
    error_message = "${self.entity.address} has a token for the cluster that it seems not to need"
  }

  fix {
    target = self.pod.spec
    set    = { automountServiceAccountToken = false }
    safety = "unsafe"
    reason = "A program that asks the API server with this token, if only who it is, stops working."
  }

  fails "nothing is said" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec: #~ here
        containers:
          - name: web
            image: example/web:1
    YAML
  }

  passes "on the pod, or on its account, or it has rights" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        automountServiceAccountToken: false
        containers:
          - name: web
            image: example/web:1
      ---
      apiVersion: v1
      kind: ServiceAccount
      metadata:
        name: quiet
        namespace: shop
      automountServiceAccountToken: false
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: quiet
        namespace: shop
      spec:
        serviceAccountName: quiet
        containers:
          - name: web
            image: example/web:1
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata:
        name: controller
        namespace: shop
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: Role
        name: controller
      subjects:
        - kind: ServiceAccount
          name: controller
          namespace: shop
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: controller
        namespace: shop
      spec:
        serviceAccountName: controller
        containers:
          - name: web
            image: example/web:1
    YAML
  }
}
