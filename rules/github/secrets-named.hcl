rule "github-secrets-named" {
  title    = "Jobs are given the secrets that they need, by name"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["overprovisioned-secrets"]

  soc2 = {
    "CC6.1" = "A step that needs one secret holds one; what it leaks is not every credential of the repository."
    "CC6.3" = "Who may use which credential can be read in the workflow."
  }

  rationale = <<-EOT
    `toJSON(secrets)` hands every secret of the repository, the organization and the environment to
    one step, also those that are added next year. One action in it that was taken over, or one
    line too much in the log, then gives all of them away, and nobody can tell which must be changed.
  EOT

  remediation = "Name the secrets that the step needs: `env: { TOKEN: $${{ secrets.TOKEN }} }`."

  references = [
    "https://docs.github.com/en/actions/reference/security/secure-use#use-secrets-for-sensitive-information",
    "https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#secrets-context",
  ]

  match "github.step" {}

  assert {
    for_each      = self.expressions
    condition     = !matches_any(["(?i)tojson\\(\\s*secrets\\s*\\)", "(^|[^.A-Za-z0-9_])secrets\\s*\\[\\s*[^'\"\\s]"], each.value.text)
    error_message = "this step is given every secret"
  }

  fails "all of them as text" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            - run: make test
              env:
                SECRETS: $${{ toJSON(secrets) }} #~ here
            - uses: acme/deploy@60a0d83039c74a4aee543508d2ffcb1c3799cdea
              with:
                secrets: $${{ format('{0}', toJson( secrets )) }} #~ here
    YAML
  }

  fails "one that is chosen when it runs" {
    code = <<-YAML
      on: workflow_dispatch
      permissions: {}
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            - run: make test
              env:
                TOKEN: $${{ secrets[inputs.name] }} #~ here
    YAML
  }

  passes "by name" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            - run: make test
              env:
                TOKEN: $${{ secrets.TOKEN }}
                OTHER: $${{ secrets['OTHER'] }}
                JSON: $${{ toJSON(secrets.JSON) }}
    YAML
  }
}
