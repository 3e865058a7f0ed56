rule "github-secrets-not-inherited" {
  title    = "Reusable workflows are given the secrets that they need, by name"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["secrets-inherit"]

  soc2 = {
    "CC6.1" = "A workflow that needs one secret holds one; what it leaks is not every credential of the repository."
    "CC6.3" = "Who may use which credential can be read where the workflow is called."
  }

  rationale   = "`secrets: inherit` hands every secret of the repository and the organization to the workflow that is called, also those that are added next year. If it is another repository's, whoever may change that repository may use them."
  remediation = "Name them: `secrets: { TOKEN: $${{ secrets.TOKEN }} }`."
  references  = ["https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idsecretsinherit", "https://docs.github.com/en/actions/reference/security/secure-use#use-secrets-for-sensitive-information"]

  match "github.job" {
    where = self.uses != null
  }

  assert {
    condition     = self.secrets != "inherit"
    error_message = "job ${self.id} hands every secret to ${written(self.uses)}"
  }

  fails "to a workflow of another repository, and of this one" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        deploy:
          uses: acme/workflows/.github/workflows/deploy.yml@60a0d83039c74a4aee543508d2ffcb1c3799cdea
          secrets: inherit #~ here
        test:
          uses: ./.github/workflows/test.yml
          secrets: inherit #~ here
    YAML
  }

  passes "by name, and none" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        deploy:
          uses: acme/workflows/.github/workflows/deploy.yml@60a0d83039c74a4aee543508d2ffcb1c3799cdea
          secrets:
            TOKEN: $${{ secrets.TOKEN }}
        test:
          uses: ./.github/workflows/test.yml
    YAML
  }
}
