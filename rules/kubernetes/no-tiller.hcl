rule "kubernetes-no-tiller" {
  title    = "Tiller is not deployed"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_34", "CKV_K8S_44", "KSV-0102", "CKV_K8S_45", "6d173be7", "8b862ca9", "e17fa86a"]

  soc2 = {
    "CC6.6" = "Tiller takes orders from everybody who reaches its port, and carries them out as administrator of the cluster."
    "CC7.1" = "Helm 2 has had no fixes since November 2020."
  }

  rationale   = "Tiller is the server of Helm 2. Its port has no authentication by default, and it usually runs as `cluster-admin`: a pod that reaches it owns the cluster. Helm 3 has no server."
  remediation = "Move the releases to Helm 3 with its `2to3` plugin, and delete Tiller with its Service and account."
  references  = ["https://helm.sh/docs/faq/changes_since_helm2/"]

  match "kubernetes.container" {}

  match "Service" {}

  # By the image, by a name, or by the labels that `helm init` writes.
  assert {
    condition = !(
      self.pod != null && matches("(^|[/-])tiller([-:@]|$)", or_default(self.image, ""))
      || matches("(^|-)tiller(-|$)", or_default(self.pod.owner.metadata.name, self.metadata.name, ""))
      || matches("(^|-)tiller(-|$)", or_default(self.pod.metadata.name, ""))
      || or_default(self.pod.metadata.labels.name, "") == "tiller"
      || or_default(self.pod.metadata.labels.app, "") == "helm"
      || or_default(self.pod.owner.metadata.labels.name, self.metadata.labels.name, "") == "tiller"
      || or_default(self.pod.owner.metadata.labels.app, "") == "helm"
      || or_default(self.spec.selector.name, "") == "tiller"
    )
    error_message = "${self.entity.address} is Tiller, the server of Helm 2"
  }

  fails "by its image, its labels, its name, and its Service" {
    code = <<-YAML
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: helm-server
      spec:
        template:
          spec:
            containers:
              - name: server
                image: gcr.io/kubernetes-helm/tiller:v2.17.0 #~ here
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: mirrored
      spec:
        template:
          metadata:
            labels:
              app: server
              name: tiller #~ here
          spec:
            containers:
              - name: server
                image: example/helm:2
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: mirrored-too
      spec:
        template:
          metadata:
            labels:
              app: helm #~ here
          spec:
            containers:
              - name: server
                image: example/helm:2
      ---
      apiVersion: v1
      kind: Service
      metadata:
        name: server
      spec:
        selector:
          name: tiller #~ here
        ports:
          - port: 44134
      ---
      apiVersion: v1
      kind: Service #~ here
      metadata:
        name: tiller-deploy
      spec:
        ports:
          - port: 44134
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
