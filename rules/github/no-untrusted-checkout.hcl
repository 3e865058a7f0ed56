rule "github-no-untrusted-checkout" {
  title    = "Workflows with secrets do not check out code from pull requests"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["dangerous-triggers", "untrusted_checkout_exec"]

  soc2 = {
    "CC6.8" = "The code of a stranger's pull request runs with the secrets and the write token of the repository."
    "CC8.1" = "Code runs in the pipeline before anybody has reviewed it."
  }

  rationale   = "`pull_request_target` and `workflow_run` run in the context of the base branch, with secrets. Checking out the head of the pull request there brings in code that nobody has looked at, and whatever builds or tests it runs it."
  remediation = "Use `pull_request`, which has no secrets for forks, or do not check out the head."
  references  = ["https://docs.github.com/en/actions/reference/security/secure-use#mitigating-the-risks-of-untrusted-code-checkout"]

  match "github.step" {
    where = (
      self.uses_action == "actions/checkout"
      && length(setintersection(coalesce(self.workflow.triggers, []), ["pull_request_target", "workflow_run", "issue_comment"])) > 0
    )
  }

  assert {
    condition = (
      matches_any(["pull_request\\.head\\.(sha|ref)", "github\\.head_ref", "refs/pull/", "workflow_run\\.head_(sha|branch)"], written(self.with.ref)) ? false
      : strcontains(written(self.with.ref), "$${{") ? undecided("what the expression stands for when the workflow runs") : true
    )
    at            = self.with.ref
    error_message = "code of a pull request is checked out where the secrets are"
  }

  fails "the head of the pull request" {
    code = <<-YAML
      on: pull_request_target
      permissions: {}
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
              with:
                ref: $${{ github.event.pull_request.head.sha }} #~ here
            - run: make test
    YAML
  }

  passes "the base branch" {
    code = <<-YAML
      on:
        pull_request_target:
          types: [labeled]
      permissions: {}
      jobs:
        label:
          runs-on: ubuntu-latest
          steps:
            - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
    YAML
  }
}
