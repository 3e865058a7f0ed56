rule "kubernetes-no-secret-in-env" {
  title    = "Environment variables take secrets from a Secret"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["env-var-secret"]

  soc2 = {
    "CC6.1" = "A credential in a manifest is known to everybody who can read the repository or the workload's definition."
  }

  rationale   = "The variable's name or value says that it is a credential, and its value stands in the manifest."
  remediation = "Take the value from a Secret: `valueFrom.secretKeyRef`. Replace the credential that was committed."
  references  = ["https://kubernetes.io/docs/tasks/inject-data-application/distribute-credentials-secure/"]

  match "kubernetes.container" {}

  # A name alone is not enough: the value may be another variable, a file, a reference to a secret store, a switch
  # (`RESET_PASSWORD=true`) or what the pipeline fills in.
  assert {
    for_each = self.env[*]
    condition = or_default(written(each.value.value), "") == "" || !looks_like_secret(each.value.value) && (
      !secret_name(each.value.name)
      || matches_any([
        "\\$\\([A-Za-z_][A-Za-z0-9_.-]*\\)",
        "^\\$(\\{|[A-Z_]+$)",
        "^\\{\\{.*\\}\\}$",
        "^<.*>$",
        "^(~|\\.{1,2})?/[A-Za-z0-9_.@-]+(/[A-Za-z0-9_.@-]+)+$",
        "^(vault|file|op|secretref|ref\\+[a-z0-9]+|arn):[^\\s]+$",
        "(?i)^(true|false|yes|no|on|off|none|null|change-?me|placeholder|todo|xxx+)$",
        "(?i)^(insert|replace)[-_]",
      ], each.value.value)
    )
    error_message = "container ${self.name} of ${self.owner.address} has a credential in ${written(each.value.name)}"
  }

  fails "by its name, and by its value" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1
            env:
              - name: LOG_LEVEL
                value: info
              - name: DATABASE_PASSWORD
                value: hunter2-but-longer #~ here
    YAML
  }

  passes "taken from a Secret" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1
            env:
              - name: LOG_LEVEL
                value: info
              - name: DATABASE_PASSWORD
                valueFrom:
                  secretKeyRef:
                    name: database
                    key: password
    YAML
  }

  fails "a credential by its format, whatever the name" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1
            env:
              - name: DATABASE_URL
                value: postgres://app:hunter2@db/app #~ here
    YAML
  }

  passes "names about secrets, and values that are none" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1
            env:
              - name: DATABASE_SECRET_NAME
                value: database
              - name: TLS_KEY_PATH
                value: /etc/tls/tls.key
              - name: TLS_PRIVATE_KEY
                value: /etc/tls/tls.key
              - name: DATABASE_PASSWORD
                value: $(POSTGRES_PASSWORD)
              - name: ADMIN_PASSWORD
                value: $${ADMIN_PASSWORD}
              - name: API_TOKEN
                value: vault:secret/data/api#token
              - name: UPDATE_PASSWORD
                value: "true"
              - name: DISCOVERY_TOKEN
                value: INSERT_DISCOVERY_TOKEN
    YAML
  }
}
