# Shapes of Kubernetes that rules share.
#
# A kind that comes with Kubernetes is matched by its name, whatever version of the API it is written for; any other
# carries its group, as `kubectl` writes it: `Rollout.argoproj.io`. Terraform's `kubernetes_*` resources are objects of
# the same kinds. How a rule links objects: docs/entities.md.

view "kubernetes.pod" {
  description = "The pod, or the pod template, of every workload kind: its `metadata` and `spec`."

  from "Pod" {
    value = self
  }

  from "PodTemplate" {
    value = self.template
  }

  from "CronJob" {
    value = self.spec.jobTemplate.spec.template
  }

  from "Deployment" "StatefulSet" "DaemonSet" "ReplicaSet" "ReplicationController" "Job" {
    value = self.spec.template
  }

  # Of Argo Rollouts (which may take its template from a Deployment), of OpenShift in both spellings, and of Knative.
  from "Rollout.argoproj.io" {
    where = self.spec.workloadRef == null
    value = self.spec.template
  }

  from "DeploymentConfig" "DeploymentConfig.apps.openshift.io" "Service.serving.knative.dev" "Configuration.serving.knative.dev" {
    value = self.spec.template
  }
}

view "kubernetes.container" {
  description = "Every container of every workload kind, init and ephemeral containers too; `pod` is the pod template that it is in."

  from "kubernetes.pod" {
    for_each = concat(
      self.spec.containers[*],
      self.spec.initContainers[*],
      self.spec.ephemeralContainers[*],
    )
    value = merge(each.value, { pod = self })
  }
}

view "kubernetes.workload" {
  description = "Every object that runs pods: its `namespace` (null if the manifest leaves it out), `pod` (as in `kubernetes.pod`), the `labels` of its pods, and their `service_account` (`default` if they name none)."

  from "kubernetes.pod" {
    value = {
      namespace       = self.owner.metadata.namespace
      labels          = self.metadata.labels
      service_account = or_default(self.spec.serviceAccountName, self.spec.serviceAccount, "default")
      pod             = self
    }
  }
}

view "kubernetes.reachable_workload" {
  description = "Every workload as in `kubernetes.workload` that may be reached through the network of the cluster: none that runs to an end, is on the network of its node, or belongs to the cluster itself (`kube-system`)."

  from "kubernetes.workload" {
    where = (
      !is_one_of(self.pod.owner.kind, "Job", "CronJob", "PodTemplate")
      && self.pod.spec.hostNetwork != true
      && !is_one_of(self.namespace, "kube-system")
    )
    value = {
      namespace = self.namespace
      labels    = self.labels
      pod       = self.pod
    }
  }
}

view "kubernetes.volumes" {
  description = "The `volumes` of every workload, and every PersistentVolume as one: of each the `path` of the node that it mounts, null if it mounts none, and whether a container may write there (`writable`)."

  from "kubernetes.pod" {
    value = {
      volumes = [
        for volume in self.spec.volumes[*] : {
          path = volume.hostPath.path
          writable = anytrue([
            for container in concat(self.spec.containers[*], self.spec.initContainers[*]) : anytrue([
              for mount in container.volumeMounts[*] : mount.name == volume.name && mount.readOnly != true
            ])
          ])
        }
      ]
    }
  }

  # Who claims it may ask for either.
  from "PersistentVolume" {
    value = {
      volumes = [
        {
          path     = self.spec.hostPath.path
          writable = !alltrue([for mode in self.spec.accessModes[*] : mode == "ReadOnlyMany"])
        },
      ]
    }
  }
}

view "kubernetes.host_paths" {
  description = "Everything that has volumes, as in `kubernetes.volumes`; of each volume in `volumes` the `path`, whether that is the `socket` of a container runtime or a directory of one, and whether it is `sensitive`: who has it is root on the node, or has the node's credentials."

  from "kubernetes.volumes" {
    value = {
      volumes = [
        for volume in self.volumes : {
          path = volume.path
          socket = volume.path != null && matches_any([
            "(^|/)(docker|containerd|crio|podman|dockershim|cri-dockerd)[.]sock/*$",
            "^/+(var/+)?run/+(k3s/+)?(docker|containerd|crio|podman|cri-dockerd)/*$",
          ], volume.path)
          # The clock, the names of users and the certificates of authorities are no secret. What the node runs is none
          # either, until somebody writes to it.
          sensitive = volume.path != null && (
            matches_any([
              "^/*$",
              "^/+etc(/.*)?$",
              "^/+(root|home)(/.*)?$",
              "^/+(var|var/lib|run|var/run)/*$",
              "^/+var/lib/(kubelet|docker|containerd|containers|etcd|cloud|rancher)(/.*)?$",
              "^/+(var/)?run/secrets(/.*)?$",
            ], volume.path)
            && !matches("^/+etc/+(cni|systemd|localtime|timezone|machine-id|os-release|passwd|group|hosts|resolv[.]conf|ssl/certs|ca-certificates|pki/(tls|ca-trust))(/.*)?$", volume.path)
            || volume.writable && matches_any([
              "^/+opt/+cni(/.*)?$",
              "^/+etc/+(cni|systemd|passwd|group)(/.*)?$",
              "^/+(boot|bin|sbin|lib|lib32|lib64|usr)(/.*)?$",
              "^/+(proc|sys)/*$",
            ], volume.path)
          )
        }
      ]
    }
  }
}

view "kubernetes.network_policy" {
  description = "What decides which traffic pods may have, of Kubernetes, Cilium and Calico: the `namespace` (null for policies of the whole cluster, see `cluster`), the `selector` of the pods for `selects`, and whether it closes `ingress` and `egress` for them but for what it allows."

  # Since Kubernetes 1.16 those of `extensions` are refused.
  from "NetworkPolicy" {
    where = !startswith(or_default(self.apiVersion, ""), "extensions/")
    value = {
      namespace = self.metadata.namespace
      cluster   = false
      selector  = or_default(self.spec.podSelector, {})
      ingress   = self.spec.policyTypes == null || contains(or_default(self.spec.policyTypes, []), "Ingress")
      egress = (
        self.spec.policyTypes == null ? length(self.spec.egress[*]) > 0 : contains(self.spec.policyTypes, "Egress")
      )
    }
  }

  from "CiliumNetworkPolicy.cilium.io" "CiliumClusterwideNetworkPolicy.cilium.io" {
    for_each = concat([for spec in [self.spec] : spec if spec != null], self.specs[*])
    value = {
      namespace = self.metadata.namespace
      cluster   = self.kind == "CiliumClusterwideNetworkPolicy"
      selector  = each.value.endpointSelector
      ingress = (
        (each.value.ingress != null || each.value.ingressDeny != null)
        && or_default(each.value.enableDefaultDeny.ingress, true)
      )
      egress = (
        (each.value.egress != null || each.value.egressDeny != null)
        && or_default(each.value.enableDefaultDeny.egress, true)
      )
    }
  }

  from "NetworkPolicy.projectcalico.org" "GlobalNetworkPolicy.projectcalico.org" "NetworkPolicy.crd.projectcalico.org" "GlobalNetworkPolicy.crd.projectcalico.org" {
    value = {
      namespace = self.metadata.namespace
      cluster   = self.kind == "GlobalNetworkPolicy"
      selector  = or_default(self.spec.selector, "")
      ingress = (
        self.spec.types == null
        ? length(self.spec.egress[*]) == 0 || length(self.spec.ingress[*]) > 0
        : contains(self.spec.types, "Ingress")
      )
      egress = self.spec.types == null ? length(self.spec.egress[*]) > 0 : contains(self.spec.types, "Egress")
    }
  }
}

view "kubernetes.rbac_rule" {
  description = "Each rule of every Role and ClusterRole but for those that come with Kubernetes (`system:...`): `apiGroups`, `resources`, `verbs` and what else it says; whether it allows `everything`; `role` is the role that it is of."

  from "Role" "ClusterRole" {
    where    = !startswith(written(self.metadata.name), "system:")
    for_each = self.rules[*]
    value = merge(each.value, {
      role = self
      everything = (
        contains(each.value.verbs[*], "*")
        && contains(each.value.resources[*], "*")
        && anytrue([for group in each.value.apiGroups[*] : is_one_of(group, "", "*")])
      )
    })
  }
}

view "kubernetes.rbac_binding" {
  description = "Every RoleBinding and ClusterRoleBinding: its `namespace`, whether it holds in the whole `cluster`, its `roleRef`, and its `subjects` as a list."

  from "RoleBinding" "ClusterRoleBinding" {
    value = {
      namespace = self.metadata.namespace
      cluster   = self.kind == "ClusterRoleBinding"
      roleRef   = self.roleRef
      subjects  = self.subjects[*]
    }
  }
}

view "kubernetes.rbac_subject" {
  description = "Each subject of every RoleBinding and ClusterRoleBinding, with its `kind`, `name` and `namespace`; `binding` is the binding, as in `kubernetes.rbac_binding`."

  from "kubernetes.rbac_binding" {
    for_each = self.subjects
    value    = merge(each.value, { binding = self })
  }
}

view "kubernetes.component" {
  description = "Every container that runs a part of the cluster itself: which `component` it is (`kube-apiserver`, `kube-controller-manager`, `kube-scheduler`, `etcd` or `kubelet`), and its `flags` as a mapping from their names, without dashes, to what they are set to; of a flag that is given twice the last counts, and one without a value is `true`."

  from "kubernetes.container" {
    # Asked once, so that nearly no container is asked about each of them.
    where = anytrue([
      for word in concat([self.image], self.command[*], self.args[*]) :
      matches("kube-apiserver|kube-controller-manager|kube-scheduler|etcd|kubelet", word)
    ])

    for_each = [
      for component in ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kubelet"] : {
        component = component
        words     = flatten([for word in concat(self.command[*], self.args[*]) : split(" ", word)])
      }
      # The program comes first, perhaps after a launcher; in a script it begins a command.
      if anytrue([
        for index, word in concat(self.command[*], self.command == null ? self.args[*] : []) :
        index < 2 && matches("^([^\\s]*/)?${component}$", word)
        || matches("(^|\\n|[;&|(]|exec )\\s*([^\\s]*/)?${component}\\s+-", word)
      ])
      || length(self.command[*]) == 0 && matches("(^|/)${component}(-(amd64|arm64))?([:@]|$)", self.image)
    ]
    value = {
      name      = self.name
      container = self
      component = each.value.component
      flags = {
        for name, values in {
          for index, word in each.value.words :
          trimprefix(trimprefix(split("=", word)[0], "-"), "-") => (
            strcontains(word, "=") ? join("=", slice(split("=", word), 1, length(split("=", word))))
            : try(startswith(each.value.words[index + 1], "-"), true) ? "true" : each.value.words[index + 1]
          )...
          if startswith(word, "-")
        } : name => values[length(values) - 1]
      }
    }
  }
}

view "kubernetes.kubelet" {
  description = "The settings of every kubelet, from a KubeletConfiguration or from the flags of a container: whether it lets in `anonymous` requests, its `authorization` mode, the `client_ca`, the `read_only_port`, and what else rules ask for, under the names of KubeletConfiguration. What is not set has the default of the one or the other; with `--config` the file decides, and what no flag sets is unknown."

  from "KubeletConfiguration.kubelet.config.k8s.io" {
    value = {
      anonymous                      = or_default(self.authentication.anonymous.enabled, false)
      authorization                  = or_default(self.authorization.mode, "Webhook")
      client_ca                      = self.authentication.x509.clientCAFile
      webhook                        = or_default(self.authentication.webhook.enabled, true)
      read_only_port                 = or_default(self.readOnlyPort, 0)
      protectKernelDefaults          = self.protectKernelDefaults
      makeIPTablesUtilChains         = self.makeIPTablesUtilChains
      rotateCertificates             = self.rotateCertificates
      streamingConnectionIdleTimeout = self.streamingConnectionIdleTimeout
    }
  }

  from "kubernetes.component" {
    where = self.component == "kubelet" && self.flags.config == null
    value = {
      anonymous                      = or_default(self.flags["anonymous-auth"], "true") != "false"
      authorization                  = or_default(self.flags["authorization-mode"], "AlwaysAllow")
      client_ca                      = self.flags["client-ca-file"]
      webhook                        = or_default(self.flags["authentication-token-webhook"], "false") == "true"
      read_only_port                 = or_default(self.flags["read-only-port"], 10255)
      protectKernelDefaults          = self.flags["protect-kernel-defaults"]
      makeIPTablesUtilChains         = self.flags["make-iptables-util-chains"]
      rotateCertificates             = self.flags["rotate-certificates"]
      streamingConnectionIdleTimeout = self.flags["streaming-connection-idle-timeout"]
    }
  }
}
