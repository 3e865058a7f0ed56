rule "kubernetes-configmap-no-secrets" {
  title    = "ConfigMaps hold no secrets"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["KSV-0109", "KSV-01010"]

  soc2 = {
    "CC6.1" = "Everybody who can read the repository, or the settings of the namespace, knows the credential."
  }

  rationale   = "A ConfigMap is not for secrets: more people and programs may read it than a Secret, it is never encrypted in etcd, and this one is in the repository. The name of an entry, or its value, says that it is a credential."
  remediation = "Put the value into a secret store and bring it in with External Secrets or the like; replace the credential that was committed."
  references  = ["https://kubernetes.io/docs/concepts/configuration/configmap/"]

  match "ConfigMap" {}

  # A name alone is not enough: see kubernetes-no-secret-in-env. Files that are kept in one entry are looked
  # through for credentials whose format is known.
  assert {
    for_each = or_default(self.data, {})
    condition = or_default(written(each.value), "") == "" || !looks_like_secret(each.value) && (
      !secret_name(each.key)
      || strcontains(each.value, "\n")
      || matches_any([
        "\\$\\([A-Za-z_][A-Za-z0-9_.-]*\\)",
        "^\\$(\\{|[A-Z_]+$)",
        "^\\{\\{.*\\}\\}$",
        "^<.*>$",
        "^(~|\\.{1,2})?/[A-Za-z0-9_.@-]+(/[A-Za-z0-9_.@-]+)+$",
        "^(vault|file|op|secretref|ref\\+[a-z0-9]+|arn):[^\\s]+$",
        "(?i)^(true|false|yes|no|on|off|none|null|change-?me|placeholder|todo|xxx+)$",
        "(?i)^(insert|replace)[-_]",
      ], each.value)
    )
    error_message = "${self.address} holds a credential in ${each.key}"
  }

  fails "by its name, and by its value" {
    code = <<-YAML
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: settings
      data:
        DATABASE_PASSWORD: hunter2-but-longer #~ here
        database: postgres://app:hunter2@db/app #~ here
    YAML
  }

  passes "settings, and names about secrets" {
    code = <<-YAML
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: settings
      data:
        LOG_LEVEL: info
        DATABASE_SECRET_NAME: database
        TLS_KEY_PATH: /etc/tls/tls.key
        ADMIN_PASSWORD: $${ADMIN_PASSWORD}
        password: |
          minimum length: 12
          history: 5
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: empty
    YAML
  }
}
