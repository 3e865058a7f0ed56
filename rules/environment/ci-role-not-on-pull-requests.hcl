rule "environment-ci-role-not-on-pull-requests" {
  title    = "Pull requests do not get the identity that deploys production"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.3" = "A pull request is code that nobody has reviewed; with the rights of the deployment it can do all that the deployment can."
    "CC8.1" = "A change reaches production before it is approved, by the job that was to test it."
  }

  rationale   = "A job that pull requests reach assumes the role or identity that deploys production. To plan a change needs rights to read only."
  remediation = "Give jobs on pull requests a role of their own that can only read."
  references  = ["https://docs.github.com/en/actions/reference/security/secure-use"]

  match "ci.job_role" {}

  # A job for production that pull requests reach is on the side of the pull requests.
  distinct {
    key    = self.identity
    across = self.pull_request == true ? "a pull request" : "production"
    where = a.pull_request == true && (
      b.environment != null
      ? b.environment.class == "production"
      : b.environment_name != null && undecided("which environment the job is for")
    )
    error_message = "pull requests reach job ${a.job}, which assumes the identity that deploys production"
  }

  fails "the plan is made with the role of the deployment" {
    path = ".github/workflows/deploy.yml"
    code = <<-YAML
      on: [push, pull_request]
      jobs:
        plan:
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@v4
              with:
                role-to-assume: arn:aws:iam::111122223333:role/deploy
            - run: terraform plan
        apply:
          if: github.event_name == 'push'
          environment: production
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@v4
              with:
                role-to-assume: arn:aws:iam::111122223333:role/deploy #~ here
            - run: terraform apply -auto-approve
    YAML
  }

  fails "a fork gets it, with the workflow of the base" {
    files = {
      ".github/workflows/preview.yml" = <<-YAML
        on: pull_request_target
        jobs:
          preview:
            runs-on: ubuntu-latest
            steps:
              - uses: aws-actions/configure-aws-credentials@v4
                with:
                  role-to-assume: arn:aws:iam::111122223333:role/deploy
              - run: terraform plan
      YAML
      ".github/workflows/deploy.yml"  = <<-YAML
        on: push
        jobs:
          apply:
            environment: production
            runs-on: ubuntu-latest
            steps:
              - uses: aws-actions/configure-aws-credentials@v4
                with:
                  role-to-assume: arn:aws:iam::111122223333:role/deploy #~ here
              - run: terraform apply -auto-approve
      YAML
    }
  }

  passes "a role that can read" {
    path = ".github/workflows/deploy.yml"
    code = <<-YAML
      on: [push, pull_request]
      jobs:
        plan:
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@v4
              with:
                role-to-assume: arn:aws:iam::111122223333:role/plan
            - run: terraform plan
        apply:
          if: github.event_name == 'push'
          environment: production
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@v4
              with:
                role-to-assume: arn:aws:iam::111122223333:role/deploy
            - run: terraform apply -auto-approve
    YAML
  }
}
