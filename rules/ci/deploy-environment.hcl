rule "ci-deploy-environment" {
  title    = "Jobs that deploy name an environment"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "Approvals before a deployment hang on the environment; a job without one cannot wait for anybody."
    "CC6.3" = "Secrets of an environment go only to jobs that name it; without one every pipeline has them."
  }

  rationale   = "GitHub, GitLab, Azure Pipelines and Bitbucket ask for approvals, limit the branches and keep secrets by environment. A job that deploys and names none skips all of it. What deploys is told from the commands and from the actions, tasks and pipes that the job uses."
  remediation = "Name the environment (`environment: production`; in Azure Pipelines a `deployment` job, in Bitbucket `deployment: production`), and have the host ask for an approval before it."
  references  = ["https://docs.github.com/en/actions/concepts/workflows-and-actions/deployment-environments", "https://docs.gitlab.com/ci/environments/protected_environments/", "https://learn.microsoft.com/azure/devops/pipelines/process/environments"]

  # CircleCI and Jenkins have no environments: there approvals are jobs and steps. A deployment to development
  # or a preview needs no approval.
  match "ci.deploy_job" {
    where = (
      is_one_of(self.system, "github", "gitlab", "azure", "bitbucket")
      && (self.environment == null || self.environment.class != "non-production")
    )
  }

  assert {
    condition     = self.environment_name != null
    error_message = "job ${self.name} deploys without an environment"
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

  passes "the caller of a reusable workflow says which" {
    files = {
      ".github/workflows/release.yml" = <<-YAML
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          release:
            uses: ./.github/workflows/apply.yml
            with:
              stage: production
      YAML
      ".github/workflows/apply.yml"   = <<-YAML
        on:
          workflow_call:
            inputs:
              stage:
                type: string
        permissions: {}
        jobs:
          apply:
            runs-on: ubuntu-latest
            environment: $${{ inputs.stage }}
            steps:
              - run: helm upgrade web ./chart
      YAML
    }
  }
}
