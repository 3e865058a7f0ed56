rule "kubernetes-no-dashboard" {
  title    = "The Kubernetes dashboard is not deployed"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_33", "C-0014"]

  soc2 = {
    "CC6.6" = "The dashboard is a way into the cluster for whoever reaches it."
    "CC7.1" = "The project was archived; faults in it are not mended any more."
  }

  rationale   = "The dashboard acts with the rights of its service account for everybody who gets past its login, and has been the door to clusters taken over. It is not maintained any more; Headlamp took its place."
  remediation = "Remove it; use `kubectl`, Headlamp, or the console of your cloud, with the accounts of the people who use them."
  references  = ["https://kubernetes.io/docs/tasks/access-application-cluster/web-ui-dashboard/"]

  match "kubernetes.container" {}

  assert {
    condition = !(
      matches("(^|/)(kubernetesui/dashboard|kubernetes-dashboard)(-[a-z0-9]+)?([:@]|$)", or_default(self.image, ""))
      || or_default(self.pod.metadata.labels["k8s-app"], "") == "kubernetes-dashboard"
      || or_default(self.pod.metadata.labels.app, "") == "kubernetes-dashboard"
      || startswith(or_default(self.pod.metadata.labels["app.kubernetes.io/name"], ""), "kubernetes-dashboard")
    )
    error_message = "${self.owner.address} is the Kubernetes dashboard"
  }

  fails "by its image, or by its labels" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: dashboard
            image: kubernetesui/dashboard:v2.7.0 #~ here
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: old
        labels:
          k8s-app: kubernetes-dashboard #~ here
      spec:
        containers:
          - name: dashboard
            image: example/mirror:2
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: chart
        labels:
          app: kubernetes-dashboard #~ here
      spec:
        containers:
          - name: dashboard
            image: example/mirror:2
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: new
        labels:
          app.kubernetes.io/name: kubernetes-dashboard #~ here
      spec:
        containers:
          - name: dashboard
            image: example/mirror:2
    YAML
  }

  passes "something else" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1
    YAML
  }
}
