rule "kubernetes-no-sensitive-host-path" {
  title    = "Pods do not mount what makes the node"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["KSV-0121", "C-0045", "sensitive-host-mounts", "aa8f7a35", "5308a7a8", "b7652612"]

  soc2 = {
    "CC6.1" = "The credentials of the kubelet and of the cluster, and the volumes of all pods, are files of the node."
    "CC6.8" = "A pod that writes there decides what the node runs."
  }

  rationale   = "The volume holds `/`, `/etc`, the directory of the kubelet or of the container runtime, or the homes of its users. A pod that reads it has the credentials of the node; one that writes it is root there."
  remediation = "Mount the one file that is needed, and read-only; use a persistent volume, a config map or a secret for data."
  references  = ["https://kubernetes.io/docs/concepts/storage/volumes/#hostpath", "https://kubernetes.io/docs/concepts/security/pod-security-standards/"]

  match "kubernetes.pod" {}

  match "PersistentVolume" {}

  # Certificates of authorities and the clock are public; system agents read them, and the system's log.
  # Sockets of the runtime have a rule of their own.
  assert {
    for_each = concat(self.spec.volumes[*].hostPath.path, self.spec.hostPath.path[*])
    condition = (
      each.value == null
      || !matches_any([
        "^/*$",
        "^/+etc(/.*)?$",
        "^/+(root|home)(/.*)?$",
        "^/+(var|var/lib|run|var/run)/*$",
        "^/+var/lib/(kubelet|docker|containerd|containers|etcd|cloud|rancher)(/.*)?$",
        "^/+(var/)?run/secrets(/.*)?$",
      ], each.value)
      || matches("^/+etc/+(cni|systemd)(/.*)?$", each.value)
      || matches("^/etc/(localtime|timezone|machine-id|os-release|passwd|group|hosts|resolv[.]conf|ssl/certs|ca-certificates|pki/(tls|ca-trust))(/.*)?$", each.value)
      || matches("(^|/)(docker|containerd|crio|podman|dockershim|cri-dockerd)[.]sock/*$|^/+(var/+)?run/+(k3s/+)?(docker|containerd|crio|podman|cri-dockerd)/*$", each.value)
    )
    error_message = "${self.entity.address} mounts ${written(each.value)} of its node"
  }

  # Nothing secret is in here; whoever writes to it runs on the node. No container may do so.
  assert {
    for_each = [
      for volume in or_default(self.spec.volumes, []) : volume
      if matches_any(["^/+opt/cni(/.*)?$", "^/+etc/+(cni|systemd)(/.*)?$"], volume.hostPath.path)
    ]
    condition = alltrue([
      for container in concat(or_default(self.spec.containers, []), or_default(self.spec.initContainers, [])) : alltrue([
        for mount in or_default(container.volumeMounts, []) : mount.name != each.value.name || mount.readOnly == true
      ])
    ])
    at            = each.value.hostPath.path
    error_message = "${self.entity.address} may write to ${written(each.value.hostPath.path)} of its node"
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
