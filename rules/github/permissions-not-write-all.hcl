rule "github-permissions-not-write-all" {
  title    = "No workflow's token may write everything"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV2_GHA_1"]

  soc2 = {
    "CC6.3" = "A token that may write everything lets any step change code, releases and settings."
  }

  rationale   = "`write-all` gives every action of the job, third parties' too, the right to push code and publish packages."
  remediation = "List the permissions that the job needs; most need `contents: read`."
  references  = ["https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions"]

  match "github.workflow" {}

  match "github.job" { # what the workflow gives is reported there
    where = self.workflow.permissions != "write-all"
  }

  assert {
    condition     = self.permissions != "write-all"
    error_message = "${self.address} may write everything"
  }

  fix {
    set    = { permissions = { contents = "read" } }
    safety = "unsafe"
    reason = "A step that writes, such as one that makes a release, fails until its permission is named."
  }

  fails "for the whole workflow" {
    code = <<-YAML
      on: push
      permissions: write-all #~ here
      jobs:
        build:
          runs-on: ubuntu-latest
          steps:
            - run: make
    YAML
  }

  fails "for one job" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        build:
          permissions: write-all #~ here
          runs-on: ubuntu-latest
          steps:
            - run: make
    YAML
  }

  passes "what is needed" {
    code = <<-YAML
      on: push
      permissions:
        contents: write
      jobs:
        build:
          runs-on: ubuntu-latest
          steps:
            - run: make
    YAML
  }
}
