rule "kubernetes-no-runtime-socket" {
  title    = "Pods do not get the socket of the container runtime"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_27", "KSV-0006", "C-0074", "docker-sock", "4e203a65"]

  soc2 = {
    "CC6.1" = "Who can speak to the container runtime starts containers as root on the node, and reads what every pod of the node reads."
    "CC6.8" = "Software started through the runtime runs on the node past every control of the cluster."
  }

  rationale   = "The volume holds the socket of Docker, containerd or CRI-O. A process that reaches it can start a privileged container with the whole node mounted: it is root on the node."
  remediation = "Build images with a tool that needs no daemon (Kaniko, Buildah, BuildKit rootless), and read metrics from the kubelet instead of the runtime."
  references  = ["https://kubernetes.io/docs/concepts/storage/volumes/#hostpath", "https://docs.docker.com/engine/security/#docker-daemon-attack-surface"]

  match "kubernetes.host_paths" {}

  # The directories that hold the sockets count too, but not those above them: for these there is
  # kubernetes-no-sensitive-host-path.
  assert {
    for_each      = self.volumes
    condition     = !each.value.socket
    at            = each.value.path
    error_message = "${self.address} mounts the socket of the container runtime"
  }

  fails "Docker's, containerd's and the directory of CRI-O's" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: builder
      spec:
        containers:
          - name: builder
            image: example/builder:1
        volumes:
          - name: docker
            hostPath:
              path: /var/run/docker.sock #~ here
          - name: containerd
            hostPath:
              path: /run/containerd/containerd.sock #~ here
          - name: crio
            hostPath:
              path: /var/run/crio #~ here
      ---
      apiVersion: v1
      kind: PersistentVolume
      metadata:
        name: docker
      spec:
        hostPath:
          path: /run/docker.sock #~ here
    YAML
  }

  fails "from Terraform" {
    files = {
      "main.tf" = <<-TF
        resource "kubernetes_pod" "builder" {
          metadata {
            name = "builder"
          }
          spec {
            container {
              name  = "builder"
              image = "example/builder:1"
            }
            volume {
              name = "docker"
              host_path {
                path = "/var/run/docker.sock" #~ here
              }
            }
          }
        }
      TF
    }
  }

  passes "other volumes" {
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
          - name: logs
            hostPath:
              path: /var/log
          - name: layers
            hostPath:
              path: /var/lib/docker
    YAML
  }
}
