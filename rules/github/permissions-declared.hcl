rule "github-permissions-declared" {
  title    = "Workflows say what their token may do"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["excessive-permissions"]

  soc2 = {
    "CC6.3" = "Without `permissions` the token has what the organisation's default gives, which may be the right to write everything."
  }

  rationale   = "The default of the token is a setting on the host that cannot be seen in the repository and that anybody with the rights can change. `permissions` in the workflow settles it."
  remediation = "Put `permissions: { contents: read }` at the top of the workflow, and more only on the job that needs it."
  references  = ["https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions"]

  match "github.job" {}

  assert {
    condition     = self.permissions != null
    error_message = "job ${self.id} has a token with whatever rights the default gives"
  }

  fix {
    set    = { permissions = { contents = "read" } }
    safety = "unsafe"
    reason = "A step that writes, such as one that makes a release, fails until its permission is named."
  }

  fails "neither the workflow nor the job says anything" {
    code = <<-YAML
      on: push
      jobs:
        build: #~ here
          runs-on: ubuntu-latest
          steps:
            - run: make
    YAML
  }

  passes "the workflow says it for all its jobs" {
    code = <<-YAML
      on: push
      permissions:
        contents: read
      jobs:
        build:
          runs-on: ubuntu-latest
          steps:
            - run: make
    YAML
  }
}
