rule "github-no-secret-literal" {
  title    = "Workflows take credentials from secrets"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["hardcoded-container-credentials"]

  soc2 = {
    "CC6.1" = "A credential in a workflow is known to everybody who can read the repository, and stays in its history."
  }

  rationale   = "A value that has the form of a credential stands in the workflow, or the password of a registry is written out."
  remediation = "Store it as a secret, refer to it with `$${{ secrets.NAME }}`, and replace the credential that was committed."
  references  = ["https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/use-secrets"]

  match "github.step" {}
  match "github.job" {}

  assert {
    for_each      = coalesce(self.env, {})
    condition     = !looks_like_secret(each.value)
    error_message = "the workflow has a credential in ${each.key}"
  }

  assert {
    for_each      = coalesce(self.with, {})
    condition     = !looks_like_secret(each.value)
    error_message = "the workflow has a credential in ${each.key}"
  }

  assert {
    condition     = self.container.credentials.password == null || strcontains(written(self.container.credentials.password), "$${{")
    at            = self.container.credentials.password
    error_message = "the workflow has the password of a registry"
  }

  fails "a token in the environment of a step, and a registry's password" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        build:
          runs-on: ubuntu-latest
          container:
            image: registry.example.com/build:1
            credentials:
              username: ci
              password: hunter2-but-longer #~ here
          env:
            REGION: eu-west-1
          steps:
            - run: make publish
              env:
                KEY: AKIAQZ7RT3LWJ5XK2M4P #~ here
            - uses: ./.github/actions/publish
              with:
                channel: stable
    YAML
  }

  passes "taken from secrets" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        build:
          runs-on: ubuntu-latest
          container:
            image: registry.example.com/build:1
            credentials:
              username: ci
              password: $${{ secrets.REGISTRY_PASSWORD }}
          steps:
            - run: make publish
              env:
                KEY: $${{ secrets.KEY }}
    YAML
  }
}
