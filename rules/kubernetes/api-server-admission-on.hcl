rule "kubernetes-api-server-admission-on" {
  title    = "The API server keeps the admission that it comes with"
  severity = "high"
  since    = "0.1.0"
  aliases = [
    "CKV_K8S_79", "CKV_K8S_82", "CKV_K8S_83", "KCV-0010", "KCV-0014", "KCV-0015", "CKV_K8S_78", "CKV_K8S_80",
    "KCV-0003", "KCV-0011", "KCV-0012",
  ]

  soc2 = {
    "CC6.8" = "Admission is where the cluster refuses what must not run."
  }

  rationale   = "`AlwaysAdmit` admits everything. `ServiceAccount` and `NamespaceLifecycle` are on by default; without them pods run without an identity, and objects appear in namespaces that are being deleted."
  remediation = "Remove `AlwaysAdmit` from `--enable-admission-plugins`, and the two from `--disable-admission-plugins`."
  references  = ["https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"]

  # What is on by default stays on, whatever else `--enable-admission-plugins` names.
  match "kubernetes.component" {
    where = self.component == "kube-apiserver"
  }

  assert {
    condition     = !contains(split(",", or_default(self.flags["enable-admission-plugins"], "")), "AlwaysAdmit")
    error_message = "${self.container.owner.address} admits everything"
  }

  assert {
    condition     = length(setintersection(split(",", or_default(self.flags["disable-admission-plugins"], "")), ["ServiceAccount", "NamespaceLifecycle"])) == 0
    error_message = "${self.container.owner.address} switches off admission that it comes with"
  }

  fails "everything is admitted, and a default is switched off" {
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
              - --enable-admission-plugins=AlwaysAdmit #~ here
              - --disable-admission-plugins=ServiceAccount,PodSecurity #~ here
    YAML
  }

  passes "others" {
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
              - --enable-admission-plugins=NodeRestriction
              - --disable-admission-plugins=AlwaysAdmit
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
              - --anonymous-auth=false
    YAML
  }
}
