rule "github-no-unsecure-commands" {
  title    = "Workflow commands that set variables and paths stay off"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["insecure-commands", "CKV_GHA_1", "60fd272d"]

  soc2 = {
    "CC6.8" = "Text that a build prints, such as the name of a test of a stranger's, can set variables and paths of later steps."
    "CC8.1" = "What the pipeline runs is what was reviewed, and not what the output of a step made of it."
  }

  rationale = <<-EOT
    GitHub turned the commands `set-env` and `add-path` off in 2020, because the runner reads them from
    what any program prints. `ACTIONS_ALLOW_UNSECURE_COMMANDS` turns them on again: whoever gets a
    line into the log of a step can then replace a program that a later step runs with its secrets.
  EOT

  remediation = "Remove `ACTIONS_ALLOW_UNSECURE_COMMANDS`, and write to `$GITHUB_ENV` and `$GITHUB_PATH` instead."

  references = [
    "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-environment-variable",
    "https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/",
  ]

  match "github.workflow" "github.job" "github.step" {
    where = self.env.ACTIONS_ALLOW_UNSECURE_COMMANDS != null
  }

  assert {
    condition     = is_one_of(self.env.ACTIONS_ALLOW_UNSECURE_COMMANDS, false, "false", "")
    error_message = "what a step prints may set variables and paths of those behind it"
  }

  fails "for a job, and for a step" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        test:
          runs-on: ubuntu-latest
          env:
            ACTIONS_ALLOW_UNSECURE_COMMANDS: true #~ here
          steps:
            - run: make test
              env:
                ACTIONS_ALLOW_UNSECURE_COMMANDS: "true" #~ here
    YAML
  }

  fails "for the whole workflow" {
    code = <<-YAML
      on: push
      permissions: {}
      env:
        ACTIONS_ALLOW_UNSECURE_COMMANDS: "true" #~ here
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            - run: make test
    YAML
  }

  passes "they are off" {
    code = <<-YAML
      on: push
      permissions: {}
      env:
        ACTIONS_ALLOW_UNSECURE_COMMANDS: false
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            - run: echo "A=b" >> "$GITHUB_ENV"
    YAML
  }

  undecided "a variable of the repository decides" {
    code = <<-YAML
      on: push
      permissions: {}
      env:
        ACTIONS_ALLOW_UNSECURE_COMMANDS: $${{ vars.OLD_COMMANDS }} #~ here
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            - run: make test
    YAML
  }
}
