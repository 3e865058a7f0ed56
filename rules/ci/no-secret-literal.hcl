rule "ci-no-secret-literal" {
  title    = "Pipelines take credentials from secrets"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AZUREPIPELINES_3"]

  soc2 = {
    "CC6.1" = "A credential in a pipeline is known to everybody who can read the repository, and stays in its history."
  }

  rationale   = "A value that has the form of a credential stands in the pipeline, or a variable that is called a secret has a long random value written out."
  remediation = "Store it as a secret of the CI system, refer to it by name, and replace the credential that was committed: whoever has a clone has it."
  references  = ["https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/use-secrets", "https://docs.gitlab.com/ci/variables/#cicd-variable-security", "https://learn.microsoft.com/azure/devops/pipelines/process/set-secret-variables"]

  match "ci.pipeline" "ci.job" "ci.step" {}

  # By the form of the value; and by the name of the variable, if the value is long and mixed as nobody writes
  # words, and refers to nothing.
  assert {
    for_each = or_default(self.variables, {})
    condition = !(
      looks_like_secret(each.value)
      || (
        secret_name(each.key)
        && matches("^[A-Za-z0-9+/=_.!#%&*-]{16,}$", written(each.value))
        && matches("[0-9]", written(each.value)) && matches("[a-z]", written(each.value)) && matches("[A-Z]", written(each.value))
      )
    )
    error_message = "the pipeline has a credential in ${each.key}"
  }

  assert {
    for_each      = concat([], [for use in or_default(self.uses, []) : values(or_default(use.with, {}))]...)
    condition     = !looks_like_secret(each.value)
    error_message = "${self.name} hands on a credential that is written out"
  }

  assert {
    for_each      = self.kind == "ci.step" ? self.commands : []
    condition     = !looks_like_secret(each.value)
    error_message = "the script of ${self.name} has a credential in it"
  }

  fails "for a pipeline, a job, a step and what it uses, and in a script" {
    code = <<-YAML
      on: push
      permissions: {}
      env:
        KEY: AKIAQZ7RT3LWJ5XK2M4P #~ here
        API_TOKEN: Xk29sLqPz7Rt4Vw8Bn3 #~ here
      jobs:
        build:
          runs-on: ubuntu-latest
          env:
            DB_PASSWORD: Xk29sLqPz7Rt4Vw8Bn3 #~ here
          steps:
            - run: make publish
              env:
                KEY: AKIAQZ7RT3LWJ5XK2M4P #~ here
            - uses: acme/publish@0123456789012345678901234567890123456789
              with:
                key: AKIAQZ7RT3LWJ5XK2M4P #~ here
            - run: curl -u AKIAQZ7RT3LWJ5XK2M4P https://example.com #~ here
    YAML
  }

  passes "taken from secrets, or a password that is for tests alone" {
    code = <<-YAML
      on: push
      permissions: {}
      env:
        REGION: eu-west-1
      jobs:
        build:
          runs-on: ubuntu-latest
          env:
            POSTGRES_PASSWORD: postgres
          steps:
            - run: make publish
              env:
                KEY: $${{ secrets.KEY }}
            - uses: acme/publish@0123456789012345678901234567890123456789
              with:
                key: $${{ secrets.KEY }}
    YAML
  }
}
