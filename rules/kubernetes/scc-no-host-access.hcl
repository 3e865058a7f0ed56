rule "kubernetes-scc-no-host-access" {
  title    = "Security context constraints keep pods out of their node"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "A pod in the namespaces or the files of its node sees every other workload there."
    "CC6.6" = "Network policies do not hold for a pod on the network of its node."
  }

  rationale   = "On OpenShift a SecurityContextConstraints decides what pods may be. This one allows the network, the processes, the memory or the files of the node."
  remediation = "Set the fields to false, and give the constraints that come with OpenShift to what manages nodes."
  references  = ["https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/authentication_and_authorization/managing-pod-security-policies"]

  # But for those that come with OpenShift.
  match "SecurityContextConstraints.security.openshift.io" "SecurityContextConstraints" {
    where = !is_one_of(self.metadata.name, "privileged", "node-exporter", "hostaccess", "hostmount-anyuid", "hostnetwork", "hostnetwork-v2")
  }

  assert {
    condition     = or_default(self.allowHostNetwork, false) == false
    error_message = "${self.address} lets pods into the network of their node"
  }

  assert {
    condition     = or_default(self.allowHostPID, false) == false
    error_message = "${self.address} lets pods into the processes of their node"
  }

  assert {
    condition     = or_default(self.allowHostIPC, false) == false
    error_message = "${self.address} lets pods into the memory of their node"
  }

  assert {
    condition     = or_default(self.allowHostDirVolumePlugin, false) == false
    error_message = "${self.address} lets pods into the files of their node"
  }

  fix {
    set = {
      allowHostNetwork         = or_default(self.allowHostNetwork, false) ? false : null
      allowHostPID             = or_default(self.allowHostPID, false) ? false : null
      allowHostIPC             = or_default(self.allowHostIPC, false) ? false : null
      allowHostDirVolumePlugin = or_default(self.allowHostDirVolumePlugin, false) ? false : null
    }
    safety = "unsafe"
    reason = "Pods that ask for it are no longer admitted."
  }

  fails "each of them" {
    code = <<-YAML
      apiVersion: security.openshift.io/v1
      kind: SecurityContextConstraints
      metadata:
        name: agents
      allowHostNetwork: true #~ here
      allowHostPID: true #~ here
      allowHostIPC: true #~ here
      allowHostDirVolumePlugin: true #~ here
    YAML
  }

  passes "none, and the constraints that come with OpenShift" {
    code = <<-YAML
      apiVersion: security.openshift.io/v1
      kind: SecurityContextConstraints
      metadata:
        name: agents
      allowHostNetwork: false
      allowHostPID: false
      allowHostIPC: false
      allowHostDirVolumePlugin: false
      ---
      apiVersion: security.openshift.io/v1
      kind: SecurityContextConstraints
      metadata:
        name: hostnetwork-v2
      allowHostNetwork: true
    YAML
  }
}
