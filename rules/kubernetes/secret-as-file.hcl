rule "kubernetes-secret-as-file" {
  title    = "Secrets are mounted as files"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_35", "read-secret-from-env-var", "C-0207"]

  soc2 = {
    "CC6.1" = "Environment variables end up in logs, crash reports and child processes; a file is read by whom it is for."
  }

  rationale   = "A Secret in an environment variable is seen by every process of the container, and stays as it was until the pod is started anew. A mounted file can be limited to one process and follows the Secret."
  remediation = "Mount the Secret as a volume, or read it from a secret store."
  references  = ["https://kubernetes.io/docs/concepts/security/secrets-good-practices/"]

  match "kubernetes.container" {}

  assert {
    for_each      = self.env[*]
    condition     = each.value.valueFrom.secretKeyRef == null
    error_message = "container ${self.name} of ${self.owner.address} has a Secret in ${written(each.value.name)}"
  }

  assert {
    for_each      = self.envFrom[*]
    condition     = each.value.secretRef == null
    error_message = "container ${self.name} of ${self.owner.address} has the whole Secret ${written(each.value.secretRef.name)} in its environment"
  }

  fails "one key, and a whole Secret" {
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
              - name: DATABASE_PASSWORD
                valueFrom:
                  secretKeyRef: #~ here
                    name: database
                    key: password
            envFrom:
              - secretRef: #~ here
                  name: database
    YAML
  }

  passes "plain values, and a mounted Secret" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        volumes:
          - name: database
            secret:
              secretName: database
        containers:
          - name: web
            image: example/web:1
            env:
              - name: LOG_LEVEL
                value: info
            envFrom:
              - configMapRef:
                  name: settings
            volumeMounts:
              - name: database
                mountPath: /secrets
    YAML
  }
}
