rule "kubernetes-storage-class-encrypted" {
  title    = "Volumes of AWS are encrypted"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["C-0264"]

  soc2 = {
    "CC6.1" = "Whoever copies the disk or a snapshot still cannot read the data without the key."
  }

  rationale   = "The EBS driver encrypts the volumes of a class only with `encrypted: \"true\"`, unless the account encrypts all of them by default, which cannot be seen from here."
  remediation = "Set `parameters.encrypted: \"true\"`."
  references  = ["https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md"]

  # Azure and Google encrypt every disk.
  match "StorageClass" {
    where = is_one_of(self.provisioner, "ebs.csi.aws.com", "kubernetes.io/aws-ebs", "ebs.csi.eks.amazonaws.com")
  }

  assert {
    condition     = is_one_of(self.parameters.encrypted, true, "true")
    error_message = "${self.address} leaves its volumes unencrypted"
  }

  fix {
    set    = { parameters = { encrypted = "true" } }
    safety = "unsafe"
    reason = "The parameters of a class that exists cannot be changed: it is deleted and made anew, and volumes that exist stay as they are."
  }

  fails "nothing is said, or no" {
    code = <<-YAML
      apiVersion: storage.k8s.io/v1
      kind: StorageClass
      metadata:
        name: gp3
      provisioner: ebs.csi.aws.com
      parameters: #~ here
        type: gp3
      ---
      apiVersion: storage.k8s.io/v1
      kind: StorageClass
      metadata:
        name: open
      provisioner: ebs.csi.aws.com
      parameters:
        encrypted: "false" #~ here
    YAML
  }

  passes "it is on, or the disks of another cloud" {
    code = <<-YAML
      apiVersion: storage.k8s.io/v1
      kind: StorageClass
      metadata:
        name: gp3
      provisioner: ebs.csi.aws.com
      parameters:
        type: gp3
        encrypted: "true"
      ---
      apiVersion: storage.k8s.io/v1
      kind: StorageClass
      metadata:
        name: premium
      provisioner: disk.csi.azure.com
    YAML
  }
}
