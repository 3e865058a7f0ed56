rule "repository-codeowners-controls" {
  title    = "Files that hold controls have owners"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "Whoever changes a pipeline, a branch rule or the list of owners changes what checks every later change."
    "CC6.3" = "The owners of a control decide on it, not those whom it controls."
  }

  rationale   = "CODEOWNERS itself, the pipelines, `.github/settings.yml`, rulesets and trustlint's own configuration decide what a change must go through. If nobody owns them, a change can take its own control away. Sections of GitLab that are optional demand nothing and do not count."
  remediation = "Add entries for `.github/` or the pipeline's file and for CODEOWNERS itself, after those that would match them too."
  references  = ["https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-and-branch-protection", "https://docs.gitlab.com/user/project/codeowners/"]

  match "repository.codeowners" {
    where = self.in_force
  }

  assert {
    condition     = length(self.unowned_controls) == 0
    error_message = "nobody owns ${join(", ", self.unowned_controls)}"
  }

  fails "only the code has owners" {
    files = {
      ".github/workflows/deploy.yml" = <<-YAML
        on: push
        permissions: {}
        jobs:
          build:
            runs-on: ubuntu-latest
            steps:
              - run: make
      YAML
      ".github/CODEOWNERS"           = <<-TXT
        /src/ @example/developers #~ here
      TXT
    }
  }

  fails "the owners are asked for an opinion only" {
    files = {
      ".gitlab-ci.yml" = <<-YAML
        build:
          script: make
      YAML
      "CODEOWNERS"     = <<-TXT
        CODEOWNERS @example/platform #~ here
        ^[Pipelines] @example/platform
        .gitlab-ci.yml
      TXT
    }
  }

  passes "everything has owners" {
    files = {
      ".github/workflows/deploy.yml" = <<-YAML
        on: push
        permissions: {}
        jobs:
          build:
            runs-on: ubuntu-latest
            steps:
              - run: make
      YAML
      ".github/CODEOWNERS"           = <<-TXT
        * @example/platform
      TXT
    }
  }
}
