rule "repository-dependency-updates-configured" {
  title    = "Something looks for updates of dependencies"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC7.1" = "Vulnerabilities that become known in providers, modules and actions are found without anybody having to think of it."
  }

  rationale   = "The repository uses Terraform providers, modules or workflow actions, and neither Dependabot nor Renovate is set up in it. Renovate may also be set up for a whole organization, which cannot be seen here; say so in a waiver."
  remediation = "Add `.github/dependabot.yml` or `renovate.json`."
  references  = ["https://docs.github.com/en/code-security/dependabot/dependabot-version-updates/configuring-dependabot-version-updates", "https://docs.renovatebot.com/configuration-options/"]

  # Pipelines stand at the root of a repository: without one, a part of it may be all that is checked.
  match "repository" {
    where = length(self.pipelines) > 0 && (self.has_terraform || length(self.workflows) > 0)
  }

  assert {
    condition     = self.has_dependabot || self.has_renovate
    error_message = "nothing looks for updates of what this repository uses"
  }

  fails "neither is there" {
    files = {
      ".github/workflows/test.yml" = <<-YAML
        on: push #~ here
        permissions: {}
        jobs:
          test:
            runs-on: ubuntu-latest
            steps:
              - run: make test
      YAML
    }
  }

  passes "Dependabot" {
    files = {
      ".github/workflows/test.yml" = <<-YAML
        on: push
        permissions: {}
        jobs:
          test:
            runs-on: ubuntu-latest
            steps:
              - run: make test
      YAML
      ".github/dependabot.yml"     = <<-YAML
        version: 2
        updates:
          - package-ecosystem: github-actions
            directory: /
            schedule:
              interval: weekly
      YAML
    }
  }

  passes "Renovate, in package.json" {
    files = {
      "main.tf"        = <<-TF
        provider "aws" {
          region = "eu-central-1"
        }
      TF
      ".gitlab-ci.yml" = <<-YAML
        test:
          script: make test
      YAML
      "package.json"   = <<-JSON
        {"name": "app", "renovate": {"extends": ["config:recommended"]}}
      JSON
    }
  }
}
