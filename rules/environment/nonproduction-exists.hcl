rule "environment-nonproduction-exists" {
  title    = "Changes can be tried out outside of production"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A change is tested before it is made in production, which needs a place to test it in."
  }

  rationale   = "Only production is found: no directory, file of variables, workspace, namespace, tag or job of a pipeline belongs to another environment. Modules and libraries are not asked."
  remediation = "Add an environment for tests, or say in trustlint.hcl what belongs to it if it is kept elsewhere."
  references  = ["https://docs.aws.amazon.com/whitepapers/latest/organizing-your-aws-environment/organizing-your-aws-environment.html"]

  # In a directory of a repository, what is not there may be beside it.
  match "repository" {
    where = self.is_whole
  }

  link "production" {
    to    = "environment.place"
    where = other.environment.class == "production"
  }

  link "others" {
    to    = "environment.place"
    where = other.environment.class == "non-production"
  }

  assert {
    for_each      = length(link.production) > 0 ? [true] : []
    condition     = length(link.others) > 0
    error_message = "there is production and no environment to try out changes in"
  }

  fails "only production" {
    files = {
      "envs/production/main.tf" = <<-TF
        terraform { #~ here
          backend "s3" {}
        }
      TF
    }
  }

  passes "staging is there" {
    files = {
      "envs/production/main.tf" = <<-TF
        terraform {
          backend "s3" {}
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        terraform {
          backend "s3" {}
        }
      TF
    }
  }

  passes "another job deploys to a place for tests" {
    files = {
      ".github/workflows/deploy.yml" = <<-YAML
        on: push
        jobs:
          staging:
            environment: staging
            runs-on: ubuntu-latest
            steps:
              - run: make deploy
          production:
            environment: production
            runs-on: ubuntu-latest
            steps:
              - run: make deploy
      YAML
    }
  }
}
