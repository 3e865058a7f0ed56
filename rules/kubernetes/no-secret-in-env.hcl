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

  assert {
    for_each      = self.env[*]
    condition     = or_default(written(each.value.value), "") == "" || !looks_like_secret(each.value.value) && !secret_name(each.value.name)
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
}
