rule "github-secrets-stay-masked" {
  title    = "Secrets are not taken apart in expressions"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["unredacted-secrets", "CKV_GHA_3"]

  soc2 = {
    "CC6.1" = "A password that GitHub does not recognise is printed to the log, where everybody with read access finds it."
  }

  rationale = <<-EOT
    GitHub replaces the text of a secret in the log by asterisks, letter by letter the same text only.
    A field of a secret that holds JSON is another text: `fromJSON(secrets.X).password` is printed as
    it is by the first command that shows it.
  EOT

  remediation = "Keep each value as a secret of its own, or mask the field with `::add-mask::` in a script before it is used."

  references = [
    "https://docs.github.com/en/actions/reference/security/secure-use#use-secrets-for-sensitive-information",
  ]

  match "github.step" {}

  assert {
    for_each      = self.expressions
    condition     = !matches("(?i)fromjson\\(\\s*secrets\\s*[.\\[]", each.value.text)
    error_message = "a part of a secret is not masked in the log"
  }

  fails "a field of a secret that is JSON" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            - run: make test
              env:
                PASSWORD: $${{ fromJSON(secrets.DATABASE).password }} #~ here
    YAML
  }

  passes "a secret of its own" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            - run: make test
              env:
                PASSWORD: $${{ secrets.DATABASE_PASSWORD }}
    YAML
  }
}
