rule "repository-codeowners" {
  title    = "Infrastructure and pipelines have owners"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A review by the people responsible can only be required if the repository says who they are."
    "CC6.3" = "Who decides on changes to infrastructure is written down, not whoever happens to be there."
  }

  rationale   = "The repository holds infrastructure or pipelines and has no CODEOWNERS file where its host looks for one: GitHub in `.github/`, at the root and in `docs/`, GitLab at the root, in `docs/` and in `.gitlab/`."
  remediation = "Add a `CODEOWNERS` file with a team for the infrastructure and one for the pipelines."
  references  = ["https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners", "https://docs.gitlab.com/user/project/codeowners/"]

  # Bitbucket, CircleCI and others have no such file of their own.
  match "repository" {
    where = contains(self.ci_systems, "github") || contains(self.ci_systems, "gitlab")
  }

  assert {
    condition     = self.has_codeowners
    error_message = "nobody owns the infrastructure and the pipelines of this repository"
  }

  fails "no file" {
    path = ".github/workflows/deploy.yml"
    code = <<-YAML
      on: push #~ here
      permissions: {}
      jobs:
        build:
          runs-on: ubuntu-latest
          steps:
            - run: make
    YAML
  }

  fails "GitLab does not look in .github" {
    files = {
      ".gitlab-ci.yml"    = <<-YAML
        build: #~ here
          script: make
      YAML
      "docs/x/CODEOWNERS" = <<-TXT
        * @example/platform
      TXT
    }
  }

  passes "there is one" {
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
