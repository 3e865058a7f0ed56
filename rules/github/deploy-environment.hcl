rule "github-deploy-environment" {
  title    = "Jobs that deploy name an environment"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "Approvals before a deployment hang on the environment; a job without one cannot wait for anybody."
    "CC6.3" = "Secrets of an environment go only to jobs that name it; without one every workflow has them."
  }

  rationale   = "GitHub asks for approval, and limits the branches, by environment. A job that deploys and names none skips both. What deploys is told from the commands and actions that the job runs; a script that it calls is not looked into."
  remediation = "Name the environment (`environment: production`), and give it required reviewers in the repository's settings."
  references  = ["https://docs.github.com/en/actions/concepts/workflows-and-actions/deployment-environments"]

  # A deployment to development or a preview needs no approval.
  match "ci.deploy_job" {
    where = self.system == "github" && (self.environment == null || self.environment.class != "non-production")
  }

  assert {
    condition     = self.environment_name != null
    error_message = "job ${self.id} deploys without an environment"
  }

  fails "it just applies" {
    code = <<-YAML
      on:
        push:
          branches: [main]
      permissions: {}
      jobs:
        release: #~ here
          runs-on: ubuntu-latest
          steps:
            - run: |
                terraform init
                terraform apply -auto-approve
    YAML
  }

  passes "it names one" {
    code = <<-YAML
      on:
        push:
          branches: [main]
      permissions: {}
      jobs:
        release:
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: helm upgrade web ./chart
    YAML
  }
}
