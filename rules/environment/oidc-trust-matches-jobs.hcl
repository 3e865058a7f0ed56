rule "environment-oidc-trust-matches-jobs" {
  title    = "The trust of a role names the environments of the jobs that assume it"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "Only the jobs that a role was made for can take it on."
    "CC6.3" = "The environment in the trust is where the approval hangs on; a job that does not name it goes past it or cannot run."
    "CC8.1" = "A trust that no job meets is widened in haste, past the approval that it stood for."
  }

  rationale   = "A workflow of this repository assumes a role whose trust, as it is written here, does not admit the environment of the job: the subject that GitHub gives to the job is none of those that the trust names. Trusts of other repositories' roles are not looked at."
  remediation = "Name the environment of the job in the condition on `token.actions.githubusercontent.com:sub`, or give the job the environment that the trust names."
  references = [
    "https://docs.github.com/en/actions/reference/security/oidc",
    "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws",
  ]

  match "aws_iam_role" {
    where = contains(
      flatten([for statement in iam_statements(self.assume_role_policy) : [for condition in statement.conditions : lower(condition.variable)]]),
      "token.actions.githubusercontent.com:sub",
    )
  }

  link "jobs" {
    to    = "ci.job_role"
    where = matches(":role/([^ ]*/)?${self.name}$", other.identity)
  }

  # A job with an environment has the subject `repo:OWNER/NAME:environment:ENVIRONMENT`, whatever its branch is.
  assert {
    for_each = link.jobs
    condition = anytrue([
      for claim in flatten([
        for statement in iam_statements(self.assume_role_policy) : [
          for condition in statement.conditions : condition.values if lower(condition.variable) == "token.actions.githubusercontent.com:sub"
        ]
      ]) :
      each.value.environment_name == null
      ? !matches(":environment:[^*]", claim)
      : matches("^${replace(replace(claim, "*", ".*"), "?", ".")}$", "${try(regex("^repo:[^:]*", claim), "")}:environment:${each.value.environment_name}")
    ])
    error_message = "the trust of ${self.address} does not admit job ${each.value.job}, which assumes it ${each.value.environment_name == null ? "without an environment" : "for ${each.value.environment_name}"}"
  }

  fails "the job names no environment, or another one" {
    files = {
      "main.tf"                      = <<-TF
        resource "aws_iam_role" "deploy" {
          name = "deploy"
          assume_role_policy = jsonencode({
            Statement = [{
              Effect    = "Allow"
              Action    = "sts:AssumeRoleWithWebIdentity"
              Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
              Condition = {
                StringEquals = {
                  "token.actions.githubusercontent.com:sub" = "repo:acme/app:environment:production" #~ here
                }
              }
            }]
          })
        }
      TF
      ".github/workflows/deploy.yml" = <<-YAML
        on: push
        jobs:
          deploy:
            environment: live
            runs-on: ubuntu-latest
            steps:
              - uses: aws-actions/configure-aws-credentials@v4
                with:
                  role-to-assume: arn:aws:iam::111122223333:role/deploy
      YAML
    }
  }

  passes "the trust names the environment of the job, or all" {
    files = {
      "main.tf"                      = <<-TF
        resource "aws_iam_role" "deploy" {
          name = "deploy"
          assume_role_policy = jsonencode({
            Statement = [{
              Effect    = "Allow"
              Action    = "sts:AssumeRoleWithWebIdentity"
              Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
              Condition = {
                StringEquals = {
                  "token.actions.githubusercontent.com:sub" = ["repo:acme/app:environment:staging", "repo:acme/app:environment:production"]
                }
              }
            }]
          })
        }
        resource "aws_iam_role" "plan" {
          name = "plan"
          assume_role_policy = jsonencode({
            Statement = [{
              Effect    = "Allow"
              Action    = "sts:AssumeRoleWithWebIdentity"
              Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
              Condition = {
                StringLike = {
                  "token.actions.githubusercontent.com:sub" = "repo:acme/app:*"
                }
              }
            }]
          })
        }
      TF
      ".github/workflows/deploy.yml" = <<-YAML
        on: push
        jobs:
          plan:
            runs-on: ubuntu-latest
            steps:
              - uses: aws-actions/configure-aws-credentials@v4
                with:
                  role-to-assume: arn:aws:iam::111122223333:role/plan
          deploy:
            environment: production
            runs-on: ubuntu-latest
            steps:
              - uses: aws-actions/configure-aws-credentials@v4
                with:
                  role-to-assume: arn:aws:iam::111122223333:role/deploy
      YAML
    }
  }
}
