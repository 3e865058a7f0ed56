rule "kubernetes-no-host-path" {
  title    = "Pods do not mount files of their node"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["KSV-0023", "C-0048", "writable-host-mount"]

  soc2 = {
    "CC6.1" = "Through the files of the node a pod reaches the data of other pods and of the node itself."
    "CC6.8" = "A pod that writes to the node can install software there."
  }

  rationale   = "A `hostPath` volume opens a directory of the node to the pod, past everything that keeps pods apart. Kubernetes advises against it wherever it can be avoided. Directories that amount to root on the node, and the sockets of container runtimes, have rules of their own."
  remediation = "Use a persistent volume, a `local` volume, an `emptyDir`, a config map or a secret instead of `hostPath`."
  references  = ["https://kubernetes.io/docs/concepts/storage/volumes/#hostpath", "https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  # What is sensitive or a socket is the question of kubernetes-no-sensitive-host-path and kubernetes-no-runtime-socket.
  match "kubernetes.host_path" {}

  assert {
    condition     = self.path == null || self.sensitive || self.socket
    error_message = "${self.owner.owner.address} mounts ${written(self.path)} of its node"
  }

  fails "in a workload, and in a persistent volume" {
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
              - name: zone
                hostPath:
                  path: /etc/localtime #~ here
      ---
      apiVersion: v1
      kind: PersistentVolume
      metadata:
        name: files
      spec:
        hostPath:
          path: /srv/files #~ here
    YAML
  }

  fails "from Terraform" {
    files = {
      "main.tf" = <<-TF
        resource "kubernetes_deployment" "web" {
          metadata {
            name = "web"
          }
          spec {
            template {
              spec {
                container {
                  name  = "web"
                  image = "example/web:1"
                }
                volume {
                  name = "data"
                  host_path {
                    path = "/data" #~ here
                  }
                }
              }
            }
          }
        }
      TF
    }
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
      ---
      apiVersion: v1
      kind: PersistentVolume
      metadata:
        name: files
      spec:
        local:
          path: /mnt/disks/ssd1
    YAML
  }
}
