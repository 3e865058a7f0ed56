rule "environment-ci-credential-not-shared" {
  title    = "Pipelines deploy production with credentials of its own"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "A job of the lesser environment holds the credentials that production is deployed with."
    "CC6.3" = "Rights are given by what a job is for; one credential for all environments gives each of them the rights of all."
    "CC8.1" = "A change that nobody has approved for production can reach it through a job of another environment."
  }

  rationale   = "A job that deploys production and one that deploys another environment take the same secret, context, group of variables, service connection or credential. On GitHub, jobs that name different environments may each have a secret of that name; whether the environments do, only the host can say, and the secret of the repository would be taken if they do not. Tokens for reports, messages and registries of packages are not compared."
  remediation = "Hold the credentials of production in its environment, context or group, and take those of the others away from the repository."
  references = [
    "https://docs.github.com/en/actions/concepts/security/secrets",
    "https://circleci.com/docs/contexts/",
    "https://learn.microsoft.com/en-us/azure/devops/pipelines/library/variable-groups",
  ]

  input "harmless" {
    description = "Regular expressions for names that are no credentials of an environment."
    default     = ["(?i)(slack|teams|discord|webhook|notif|sonar|codecov|coveralls|sentry|datadog|npm|pypi|gh_|github|docker|registry|snyk|infracost|cache|turbo)"]
  }

  match "environment.job_credential" {
    where = self.environment != null && self.environment.class != "shared" && !matches_any(input.harmless, written(self.credential))
  }

  distinct {
    key    = [self.system, self.kind, self.credential]
    across = self.environment.class
    where = (
      a.held_by == null && b.held_by == null ? true :
      a.held_by != null && b.held_by != null ? a.held_by == b.held_by :
      undecided("whether the environment holds a secret of its own by this name")
    )
    error_message = "${b.kind} ${b.credential} is used for ${a.environment.name} by job ${a.job} and for ${b.environment.name} by job ${b.job}"
  }

  fails "a secret of the repository for both" {
    path = ".github/workflows/deploy.yml"
    code = <<-YAML
      on: push
      jobs:
        deploy-staging:
          runs-on: ubuntu-latest
          steps:
            - run: |
                terraform apply -auto-approve -var "key=$${{ secrets.AWS_SECRET_ACCESS_KEY }}"
                notify "$${{ secrets.SLACK_TOKEN }}"
        deploy-production:
          runs-on: ubuntu-latest
          steps:
            - run: |
                terraform apply -auto-approve -var "key=$${{ secrets.AWS_SECRET_ACCESS_KEY }}" #~ here
                notify "$${{ secrets.SLACK_TOKEN }}"
    YAML
  }

  passes "each environment may hold its own" {
    path = ".github/workflows/deploy.yml"
    code = <<-YAML
      on: push
      jobs:
        staging:
          environment: staging
          runs-on: ubuntu-latest
          steps:
            - run: terraform apply -auto-approve
              env:
                KEY: $${{ secrets.AWS_SECRET_ACCESS_KEY }}
        production:
          environment: production
          runs-on: ubuntu-latest
          steps:
            - run: terraform apply -auto-approve
              env:
                KEY: $${{ secrets.AWS_SECRET_ACCESS_KEY }}
    YAML
  }

  passes "names of their own" {
    path = ".github/workflows/deploy.yml"
    code = <<-YAML
      on: push
      jobs:
        deploy-staging:
          runs-on: ubuntu-latest
          steps:
            - run: terraform apply -auto-approve
              env:
                KEY: $${{ secrets.STAGING_KEY }}
        deploy-production:
          runs-on: ubuntu-latest
          steps:
            - run: terraform apply -auto-approve
              env:
                KEY: $${{ secrets.PRODUCTION_KEY }}
    YAML
  }

  undecided "one of them names no environment" {
    path = ".github/workflows/deploy.yml"
    code = <<-YAML
      on: push
      jobs:
        deploy-staging:
          runs-on: ubuntu-latest
          steps:
            - run: terraform apply -auto-approve
              env:
                KEY: $${{ secrets.AWS_SECRET_ACCESS_KEY }}
        production:
          environment: production
          runs-on: ubuntu-latest
          steps:
            - run: terraform apply -auto-approve
              env:
                KEY: $${{ secrets.AWS_SECRET_ACCESS_KEY }} #~ here
    YAML
  }
}
