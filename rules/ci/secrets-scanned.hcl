rule "ci-secrets-scanned" {
  title    = "Something looks for secrets in what is committed"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "A key that was committed opens what it is for to everybody who reads the repository, until somebody notices."
    "CC7.1" = "That a secret was committed is found on the day it happens."
  }

  rationale   = "No job of this repository looks for passwords and keys in commits, and no setting in it turns on the host's own search. The host may search all the same; say so in a waiver."
  remediation = "Turn on secret scanning with push protection at the host, or run gitleaks, trufflehog or the like for each pull request."
  references  = ["https://docs.github.com/en/code-security/secret-scanning/introduction/about-secret-scanning", "https://docs.gitlab.com/user/application_security/secret_detection/"]

  match "repository" {
    where = length(self.pipelines) > 0
  }

  link "scan" {
    to    = "ci.scan"
    where = contains(other.scans, "secrets")
  }

  link "hosted" {
    to    = "github_repository"
    where = other.security_and_analysis.secret_scanning.status == "enabled"
  }

  # GitLab's own is a template; what it includes from elsewhere may do it.
  link "gitlab" {
    to    = "gitlab.pipeline"
    where = anytrue([for from in other.unresolved[*] : matches("(?i)secret-detection", written(from))])
  }

  assert {
    condition     = length(link.scan) > 0 || length(link.hosted) > 0 || length(link.gitlab) > 0
    error_message = "nothing looks for secrets in what is committed here"
  }

  fails "tests, and nothing else" {
    path = ".github/workflows/test.yml"
    code = <<-YAML
      on: push #~ here
      permissions: {}
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            - run: make test
    YAML
  }

  passes "gitleaks" {
    path = ".github/workflows/test.yml"
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        secrets:
          runs-on: ubuntu-latest
          steps:
            - run: gitleaks detect
    YAML
  }

  passes "the template of GitLab" {
    path = ".gitlab-ci.yml"
    code = <<-YAML
      include:
        - template: Jobs/Secret-Detection.gitlab-ci.yml
      test:
        script: make test
    YAML
  }

  passes "the host does, as code" {
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
      "main.tf"                    = <<-TF
        resource "github_repository" "app" {
          name = "app"
          security_and_analysis {
            secret_scanning {
              status = "enabled"
            }
          }
        }
      TF
    }
  }
}
