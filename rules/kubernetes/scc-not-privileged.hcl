rule "kubernetes-scc-not-privileged" {
  title    = "Security context constraints allow no privileged pods"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["scc-deny-privileged-container"]

  soc2 = {
    "CC6.1" = "A privileged pod reaches the data of every other workload of its node."
    "CC6.3" = "Whoever may use such constraints is administrator of the nodes."
  }

  rationale   = "On OpenShift a SecurityContextConstraints decides what pods may be. This one allows privileged containers."
  remediation = "Set `allowPrivilegedContainer: false`, and give the constraints that come with OpenShift to what manages nodes."
  references  = ["https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/authentication_and_authorization/managing-pod-security-policies"]

  # But for those that come with OpenShift.
  match "SecurityContextConstraints.security.openshift.io" "SecurityContextConstraints" {
    where = !is_one_of(self.metadata.name, "privileged", "node-exporter", "hostaccess", "hostmount-anyuid", "hostnetwork", "hostnetwork-v2")
  }

  assert {
    condition     = or_default(self.allowPrivilegedContainer, false) == false
    error_message = "${self.address} allows privileged containers"
  }

  fix {
    set    = { allowPrivilegedContainer = false }
    safety = "unsafe"
    reason = "Pods that are privileged are no longer admitted."
  }

  fails "it does" {
    code = <<-YAML
      apiVersion: security.openshift.io/v1
      kind: SecurityContextConstraints
      metadata:
        name: agents
      allowPrivilegedContainer: true #~ here
    YAML
  }

  passes "it does not" {
    code = <<-YAML
      apiVersion: security.openshift.io/v1
      kind: SecurityContextConstraints
      metadata:
        name: agents
      allowPrivilegedContainer: false
    YAML
  }
}
