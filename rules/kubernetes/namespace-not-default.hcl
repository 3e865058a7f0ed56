rule "kubernetes-namespace-not-default" {
  title    = "Workloads have a namespace of their own"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_21", "KSV-0110", "C-0061", "use-namespace", "611ab018"]

  soc2 = {
    "CC6.1" = "Access, quotas and network policies are given by namespace; in `default` everything is together."
  }

  rationale   = "The object says that it belongs to `default`, where everything ends up that names no namespace."
  remediation = "Make a namespace for the application and name it in `metadata.namespace`."
  references  = ["https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/"]

  # What names no namespace may get one from kustomize, Helm or the pipeline that applies it. Terraform applies
  # it to `default`.
  match "Pod" "Deployment" "StatefulSet" "DaemonSet" "ReplicaSet" "Job" "CronJob" "Service" "Ingress" "ConfigMap" "Secret" "ServiceAccount" "Role" "RoleBinding" "NetworkPolicy" "PersistentVolumeClaim" {
    # The cluster makes these two by itself in every namespace.
    where = !(self.kind == "ServiceAccount" && self.metadata.name == "default") && !(self.kind == "Service" && self.metadata.name == "kubernetes")
  }

  assert {
    condition     = or_default(self.metadata.namespace, "") != "default"
    error_message = "${self.address} is in the namespace default"
  }

  fails "it says default" {
    code = <<-YAML
      apiVersion: v1
      kind: Service
      metadata:
        name: web
        namespace: default #~ here
      spec:
        ports:
          - port: 80
    YAML
  }

  passes "one of its own, or one that is decided later" {
    code = <<-YAML
      apiVersion: v1
      kind: Service
      metadata:
        name: web
        namespace: shop
      spec:
        ports:
          - port: 80
      ---
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
