rule "kubernetes-no-host-path" {
  title    = "Pods do not mount files of their node"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["KSV-0023", "C-0048", "CKV_K8S_27"]

  soc2 = {
    "CC6.1" = "Through the files of the node a pod reaches the credentials of the node and the data of other pods."
    "CC6.8" = "A pod that writes to the node can install software there."
  }

  rationale   = "A `hostPath` volume opens a directory of the node to the pod. The socket of the container runtime, the kubelet's directory and `/etc` are as good as root on the node; other paths are seldom as harmless as they look."
  remediation = "Use a persistent volume, an `emptyDir`, a config map or a secret instead of `hostPath`."
  references  = ["https://kubernetes.io/docs/concepts/storage/volumes/#hostpath"]

  match "kubernetes.pod" {}

  assert {
    for_each      = self.spec.volumes[*]
    condition     = each.value.hostPath == null
    error_message = "${self.owner.address} mounts ${written(each.value.hostPath.path)} of its node"
  }

  fails "the runtime's socket" {
    code = <<-YAML
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: builder
      spec:
        template:
          spec:
            containers:
              - name: builder
                image: example/builder:1
            volumes:
              - name: scratch
                emptyDir: {}
              - name: docker
                hostPath: #~ here
                  path: /var/run/docker.sock
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
