rule "kubernetes-no-host-path" {
  title    = "Pods do not mount files of their node"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["KSV-0023", "C-0048", "writable-host-mount", "aa8f7a35", "5308a7a8", "b7652612"]

  soc2 = {
    "CC6.1" = "Through the files of the node a pod reaches the credentials of the node and the data of other pods."
    "CC6.8" = "A pod that writes to the node can install software there."
  }

  rationale   = "A `hostPath` volume opens a directory of the node to the pod. Its data is then not where it is looked after, and other pods on the node may read it. The paths that amount to root on the node have a rule of their own."
  remediation = "Use a persistent volume, an `emptyDir`, a config map or a secret instead of `hostPath`."
  references  = ["https://kubernetes.io/docs/concepts/storage/volumes/#hostpath"]

  match "kubernetes.host_paths" {}

  # The sockets of the runtime, and what amounts to root, have rules of their own: kubernetes-no-runtime-socket and
  # kubernetes-no-sensitive-host-path.
  assert {
    for_each      = self.volumes
    condition     = each.value.path == null || each.value.socket || each.value.sensitive
    at            = each.value.path
    error_message = "${self.address} mounts ${written(each.value.path)} of its node"
  }

  fails "a directory of the node" {
    code = <<-YAML
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
      spec:
        template:
          spec:
            containers:
              - name: web
                image: example/web:1
            volumes:
              - name: scratch
                emptyDir: {}
              - name: data
                hostPath:
                  path: /data #~ here
    YAML
  }

  passes "volumes of its own" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1
        volumes:
          - name: scratch
            emptyDir: {}
    YAML
  }
}
