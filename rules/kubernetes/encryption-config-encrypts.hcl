rule "kubernetes-encryption-config-encrypts" {
  title    = "The encryption configuration encrypts, with a key kept elsewhere"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["C-0142"]

  soc2 = {
    "CC6.1" = "Secrets in etcd are encrypted, and the key is not in the repository."
  }

  rationale   = "New secrets are written by the first provider: with `identity` they stay as they are. A key that stands in the file is known to everybody who can read the repository."
  remediation = "Put `kms`, or another provider with a key that is filled in on the node, first; replace a key that was committed."
  references  = ["https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/"]

  match "EncryptionConfiguration.apiserver.config.k8s.io" {}

  assert {
    for_each      = self.resources[*]
    condition     = each.value.providers[0].identity == null
    error_message = "${self.address} leaves secrets as they are"
  }

  assert {
    for_each = flatten([
      for resource in self.resources[*] : [
        for provider in resource.providers[*] : concat(provider.aescbc.keys[*], provider.aesgcm.keys[*], provider.secretbox.keys[*])
      ]
    ])
    condition     = each.value.secret == null || matches_any(["^\\$", "^\\{\\{", "^<", "^ENC\\["], each.value.secret)
    error_message = "${self.address} keeps the key ${written(each.value.name)} in the repository"
  }

  fails "nothing is encrypted, and a key in the file" {
    code = <<-YAML
      apiVersion: apiserver.config.k8s.io/v1
      kind: EncryptionConfiguration
      resources:
        - resources: [secrets]
          providers:
            - identity: {} #~ here
            - aescbc:
                keys:
                  - name: key1
                    secret: c2VjcmV0IGlzIHNlY3VyZSBvciBpcyBpdCBub3Q/ #~ here
    YAML
  }

  passes "a KMS, and a key that is filled in" {
    code = <<-YAML
      apiVersion: apiserver.config.k8s.io/v1
      kind: EncryptionConfiguration
      resources:
        - resources: [secrets]
          providers:
            - kms:
                apiVersion: v2
                name: kms
                endpoint: unix:///run/kms.sock
            - identity: {}
        - resources: [configmaps]
          providers:
            - secretbox:
                keys:
                  - name: key1
                    secret: $${KEY}
            - aesgcm:
                keys:
                  - name: key2
                    secret: <key>
            - identity: {}
    YAML
  }
}
