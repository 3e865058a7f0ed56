rule "kubernetes-secret-not-in-manifest" {
  title    = "Secrets are not kept in manifests"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["C-0012"]

  soc2 = {
    "CC6.1" = "Whoever may read the repository, and every copy of it, has the secret; base64 hides nothing."
  }

  rationale   = "A `Secret` in the repository is plain text: base64 is an encoding. It stays in the history after it is removed, so it has to be replaced as well."
  remediation = "Keep the secret in a secret store and bring it in with External Secrets, Sealed Secrets or SOPS; then replace the secret that was committed."
  references  = ["https://kubernetes.io/docs/concepts/security/secrets-good-practices/"]

  # SOPS keeps a `sops` key beside the encrypted values.
  match "Secret" {
    where = self.sops == null && self.type != "kubernetes.io/service-account-token"
  }

  # A Secret also holds what is none: the name of the user, the address, the certificate. An address may carry a
  # password, encoded or not.
  assert {
    for_each = merge({}, self.stringData, self.data)
    condition = (
      or_default(written(each.value), "") == ""
      || matches_any([
        "^\\$(\\{|\\(|[A-Z_]+$)",
        "^\\{\\{.*\\}\\}$",
        "^<.*>$",
        "^ENC\\[",
        "^(vault|ref\\+[a-z0-9]+):[^\\s]+$",
        "(?i)^(change-?me|placeholder|todo|xxx+)$",
      ], each.value)
      || matches("(?i)^((.*[._-])?user|.*(user|account)[-_]?name(_in)?|.*(address|endpoint)|type|name|namespace|project|url|host(name)?|port|server|region|(ca|tls)[.]crt|ca[.]pem|.*[.]pub)$", each.key)
      && !looks_like_secret(try(base64decode(each.value), each.value))
      && !matches_any(["://[^/]*:[^/]*@", "PRIVATE KEY"], try(base64decode(each.value), each.value))
    )
    error_message = "${self.address} keeps the value of ${each.key} in the repository"
  }

  fails "encoded and plain" {
    code = <<-YAML
      apiVersion: v1
      kind: Secret
      metadata:
        name: database
      data:
        password: aHVudGVyMi1idXQtbG9uZ2Vy #~ here
      stringData:
        url: postgres://app:hunter2@db/app #~ here
    YAML
  }

  passes "encrypted with SOPS, next to a placeholder" {
    code = <<-YAML
      apiVersion: v1
      kind: Secret
      metadata:
        name: encrypted
      data:
        password: AgBy3i4OJSWK
      sops:
        version: 3.9.0
      ---
      apiVersion: v1
      kind: Secret
      metadata:
        name: filled-in
      stringData:
        password: <password>
    YAML
  }

  passes "placeholders that the pipeline fills in, and encrypted values" {
    code = <<-YAML
      apiVersion: v1
      kind: Secret
      metadata:
        name: database
      stringData:
        password: $${DATABASE_PASSWORD}
        token: ENC[AES256_GCM,data:p673w==,type:str]
    YAML
  }

  fails "an address with a password in it, encoded" {
    code = <<-YAML
      apiVersion: v1
      kind: Secret
      metadata:
        name: database
      data:
        url: cG9zdGdyZXM6Ly9hcHA6aHVudGVyMkBkYi9hcHA= #~ here
    YAML
  }

  passes "what stands beside a secret: the user, the address, the certificate" {
    code = <<-YAML
      apiVersion: v1
      kind: Secret
      metadata:
        name: repository
      stringData:
        type: git
        url: https://git.example.com/team/app
        username: deploy
        apiUsername: deploy
        storageaccountname: files
        password: ""
      data:
        ca.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t
      ---
      apiVersion: v1
      kind: Secret
      metadata:
        name: empty
      data: {}
      ---
      apiVersion: v1
      kind: Secret
      metadata:
        name: nothing
      data:
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: settings
      data:
        password-policy: strict
    YAML
  }
}
