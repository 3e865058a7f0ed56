rule "kubernetes-no-sensitive-host-path" {
  title    = "Pods do not mount directories that amount to their node"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["KSV-0121", "C-0045", "sensitive-host-mounts"]

  soc2 = {
    "CC6.1" = "From these directories a pod takes the credentials of the node and the secrets of every pod on it."
    "CC6.8" = "What is written there runs on the node as root, past every control of the cluster."
  }

  rationale   = "`/`, `/etc`, `/root`, `/var/lib/kubelet` and the like hold the node's keys, its programs or its other pods. Mounted read-only they still give away the secrets that the kubelet keeps for other pods. Only what manages nodes, such as a storage driver, needs them; waive the rule for that, with the reason."
  remediation = "Mount the one file that is needed, or take the data from the API: logs and metrics come from the kubelet, secrets from a secret volume."
  references  = ["https://kubernetes.io/docs/concepts/storage/volumes/#hostpath", "https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  match "kubernetes.host_path" {
    where = !self.socket
  }

  assert {
    condition     = !self.sensitive
    at            = self.path
    error_message = "${self.owner.owner.address} mounts ${written(self.path)} of its node, which amounts to the node"
  }

  fails "the whole node, its configuration, the kubelet's directory" {
    code = <<-YAML
      apiVersion: apps/v1
      kind: DaemonSet
      metadata:
        name: agent
      spec:
        template:
          spec:
            containers:
              - name: agent
                image: example/agent:1
            volumes:
              - name: root
                hostPath:
                  path: / #~ here
              - name: etc
                hostPath:
                  path: /etc/ #~ here
              - name: kubelet
                hostPath:
                  path: /var/lib/kubelet #~ here
              - name: jobs
                hostPath:
                  path: /etc/cron.d #~ here
      ---
      apiVersion: v1
      kind: PersistentVolume
      metadata:
        name: root
      spec:
        hostPath:
          path: /root #~ here
    YAML
  }

  passes "another directory, or one file of `/etc`" {
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
          - name: logs
            hostPath:
              path: /var/log/pods
          - name: zone
            hostPath:
              path: /etc/localtime
          - name: data
            hostPath:
              path: /data
    YAML
  }

  undecided "the path is a variable" {
    files = {
      "main.tf" = <<-TF
        variable "directory" { type = string }

        resource "kubernetes_persistent_volume" "files" {
          metadata {
            name = "files"
          }
          spec {
            persistent_volume_source {
              host_path {
                path = var.directory #~ here
              }
            }
          }
        }
      TF
    }
  }
}
