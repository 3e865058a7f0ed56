rule "kubernetes-no-sensitive-host-path" {
  title    = "Pods do not mount what makes the node"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["KSV-0121", "C-0045", "sensitive-host-mounts", "aa8f7a35", "5308a7a8", "b7652612"]

  soc2 = {
    "CC6.1" = "The credentials of the kubelet and of the cluster, and the volumes of all pods, are files of the node."
    "CC6.8" = "A pod that writes there decides what the node runs."
  }

  rationale   = "The volume holds `/`, `/etc`, the directory of the kubelet or of the container runtime, or the homes of its users; or it holds the programs, the network plugins or the kernel's settings of the node, and a container may write to them. A pod that reads the former has the credentials of the node; one that writes is root there."
  remediation = "Mount the one file that is needed, and read-only; use a persistent volume, a config map or a secret for data."
  references  = ["https://kubernetes.io/docs/concepts/storage/volumes/#hostpath", "https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  match "kubernetes.host_paths" {}

  # Sockets of the runtime have a rule of their own.
  assert {
    for_each      = self.volumes
    condition     = !each.value.sensitive || each.value.socket
    at            = each.value.path
    error_message = "${self.address} mounts ${written(each.value.path)} of its node"
  }

  fails "the whole node, its settings, the kubelet, and a persistent volume" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        volumes:
          - name: root
            hostPath:
              path: / #~ here
          - name: etc
            hostPath:
              path: /etc/kubernetes #~ here
          - name: kubelet
            hostPath:
              path: /var/lib/kubelet/ #~ here
          - name: run
            hostPath:
              path: /var/run #~ here
        containers:
          - name: web
            image: example/web:1
      ---
      apiVersion: v1
      kind: PersistentVolume
      metadata:
        name: home
      spec:
        hostPath:
          path: /home/app #~ here
    YAML
  }

  fails "the network plugins of the node can be replaced" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: agent
      spec:
        initContainers:
          - name: install
            image: example/agent:1
            volumeMounts:
              - name: plugins
                mountPath: /host/opt/cni/bin
        containers:
          - name: agent
            image: example/agent:1
        volumes:
          - name: plugins
            hostPath:
              path: /opt/cni/bin #~ here
    YAML
  }

  fails "programs and settings of the kernel can be replaced" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: agent
      spec:
        containers:
          - name: agent
            image: example/agent:1
            volumeMounts:
              - name: programs
                mountPath: /host/usr
              - name: kernel
                mountPath: /host/proc
                readOnly: true
              - name: kernel
                mountPath: /host/proc-too
        volumes:
          - name: programs
            hostPath:
              path: /usr/local #~ here
          - name: kernel
            hostPath:
              path: /proc #~ here
    YAML
  }

  passes "what the node exporter reads" {
    code = <<-YAML
      apiVersion: apps/v1
      kind: DaemonSet
      metadata:
        name: exporter
      spec:
        template:
          spec:
            containers:
              - name: exporter
                image: example/exporter:1
                volumeMounts:
                  - name: proc
                    mountPath: /host/proc
                    readOnly: true
                  - name: sys
                    mountPath: /host/sys
                    readOnly: true
            volumes:
              - name: proc
                hostPath:
                  path: /proc
              - name: sys
                hostPath:
                  path: /sys
    YAML
  }

  passes "the network plugins are only read" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: bench
      spec:
        containers:
          - name: bench
            image: example/bench:1
            volumeMounts:
              - name: plugins
                mountPath: /opt/cni/bin
                readOnly: true
        volumes:
          - name: plugins
            hostPath:
              path: /opt/cni/bin
    YAML
  }

  passes "other paths, and what everybody may read" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        volumes:
          - name: certificates
            hostPath:
              path: /etc/ssl/certs
          - name: data
            hostPath:
              path: /data
          - name: socket
            hostPath:
              path: /run/containerd/containerd.sock
          - name: cache
            emptyDir: {}
        containers:
          - name: web
            image: example/web:1
    YAML
  }
}
