rule "environment-ci-role-not-shared" {
  title    = "Pipelines deploy production with an identity of its own"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "A job of the lesser environment has the rights that production is deployed with."
    "CC6.3" = "Rights are given by what a job is for; one role for all environments gives each of them the rights of all."
    "CC8.1" = "A change that nobody has approved for production can reach it through a job of another environment."
  }

  rationale   = "A job of production and a job of another environment assume the same cloud role or identity."
  remediation = "Create a role for each environment, and let its trust name the environment of the job."
  references = [
    "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws",
    "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-azure",
  ]

  match "environment.job_role" {}

  distinct {
    key           = self.identity
    across        = self.environment.class
    error_message = "job ${a.job} for ${a.environment.name} and job ${b.job} for ${b.environment.name} assume the same identity"
  }

  fails "one role, identity and service account" {
    path = ".github/workflows/deploy.yml"
    code = <<-YAML
      on: push
      permissions:
        id-token: write
      jobs:
        staging:
          environment: staging
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@v4
              with:
                role-to-assume: arn:aws:iam::111122223333:role/deploy
            - uses: azure/login@v2
              with:
                client-id: 00000000-0000-0000-0000-000000000001
            - uses: google-github-actions/auth@v2
              with:
                workload_identity_provider: projects/1/locations/global/workloadIdentityPools/p/providers/github
                service_account: deploy@example.iam.gserviceaccount.com
        production:
          environment: production
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@v4
              with:
                role-to-assume: arn:aws:iam::111122223333:role/deploy #~ here
            - uses: azure/login@v2
              with:
                client-id: 00000000-0000-0000-0000-000000000001 #~ here
            - uses: google-github-actions/auth@v2
              with:
                workload_identity_provider: projects/1/locations/global/workloadIdentityPools/p/providers/github
                service_account: deploy@example.iam.gserviceaccount.com #~ here
    YAML
  }

  passes "a role for each" {
    path = ".github/workflows/deploy.yml"
    code = <<-YAML
      on: push
      jobs:
        dev:
          environment: dev
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@v4
              with:
                role-to-assume: arn:aws:iam::444455556666:role/deploy
        staging:
          environment: staging
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@v4
              with:
                role-to-assume: arn:aws:iam::444455556666:role/deploy
        production:
          environment: production
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@v4
              with:
                role-to-assume: arn:aws:iam::111122223333:role/deploy
    YAML
  }

  undecided "the host tells the role" {
    path = ".github/workflows/deploy.yml"
    code = <<-YAML
      on: push
      jobs:
        staging:
          environment: staging
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@v4
              with:
                role-to-assume: arn:aws:iam::111122223333:role/deploy #~ here
        production:
          environment: production
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@v4
              with:
                role-to-assume: $${{ vars.ROLE }} #~ here
    YAML
  }
}
