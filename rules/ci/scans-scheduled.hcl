rule "ci-scans-scheduled" {
  title    = "What is in operation is scanned for vulnerabilities at least monthly"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.1" = "Vulnerabilities become known in code that does not change; a scan that runs only with a change does not see them."
  }

  rationale   = "This repository deploys, and no scanner in it runs on a schedule of 31 days or less, nor does a scanner of the cloud or the host that is set up here as code. Auditors ask for the dates of the scans, and look for months without one."
  remediation = "Start the workflow that scans on a schedule too (`schedule: [{cron: \"17 4 * * 1\"}]`), or switch on a managed scanner in the code: Amazon Inspector, scanning of the registry, vulnerability alerts."
  references  = ["https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule", "https://docs.aws.amazon.com/inspector/latest/user/what-is-inspector.html"]

  input "days" {
    description = "The longest time between two scans, in days"
    default     = 31
  }

  match "repository" {}

  link "deployment" {
    to    = "ci.deploy_job"
    where = true
  }

  link "scan" {
    to    = "ci.scheduled_scan"
    where = true
  }

  link "managed" {
    to    = "scan.managed"
    where = true
  }

  link "schedule" {
    to    = "gitlab_pipeline_schedule"
    where = other.active != false && or_default(cron_longest_gap_days(other.cron), 366) <= input.days
  }

  # The schedules of all systems but GitHub may be kept on the host.
  assert {
    for_each = length(link.deployment) > 0 ? ["operation"] : []
    condition = (
      anytrue([for scan in link.scan : scan.gap_days <= input.days if scan.gap_days != null])
      || length(link.managed) > 0
      || (
        anytrue([for scan in link.scan : scan.gap_days == null && is_one_of(scan.system, "gitlab", "circleci", "azure", "bitbucket", "jenkins")])
        && (length(link.schedule) > 0 || undecided("whether a schedule starts the pipeline that scans"))
      )
    )
    error_message = "nothing scans this repository for vulnerabilities every ${input.days} days"
  }

  fails "a scan with each change only" {
    path = ".github/workflows/deploy.yml"
    code = <<-YAML
      on: #~ here
        push:
          branches: [main]
      permissions: {}
      jobs:
        deploy:
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: trivy fs --exit-code 1 .
            - run: kubectl apply -f deploy/
    YAML
  }

  fails "once a quarter" {
    files = {
      ".github/workflows/deploy.yml" = <<-YAML
        on: #~ here
          push:
            branches: [main]
        permissions: {}
        jobs:
          deploy:
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -f deploy/
      YAML
      ".github/workflows/scan.yml"   = <<-YAML
        on:
          schedule:
            - cron: "0 4 1 */3 *"
        permissions: {}
        jobs:
          scan:
            runs-on: ubuntu-latest
            steps:
              - run: trivy fs --exit-code 1 .
      YAML
    }
  }

  passes "every week" {
    files = {
      ".github/workflows/deploy.yml" = <<-YAML
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          deploy:
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -f deploy/
      YAML
      ".github/workflows/scan.yml"   = <<-YAML
        on:
          schedule:
            - cron: "17 4 * * 1"
        permissions: {}
        jobs:
          scan:
            runs-on: ubuntu-latest
            steps:
              - run: trivy fs --exit-code 1 .
      YAML
    }
  }

  undecided "the host may keep the schedule" {
    files = {
      ".gitlab-ci.yml" = <<-YAML
        deploy: #~ here
          environment: production
          script: kubectl apply -f deploy/
        scan:
          script: trivy fs --exit-code 1 .
      YAML
    }
  }

  passes "the schedule of the host is in the code" {
    files = {
      ".gitlab-ci.yml" = <<-YAML
        deploy:
          environment: production
          script: kubectl apply -f deploy/
        scan:
          script: trivy fs --exit-code 1 .
      YAML
      "main.tf"        = <<-TF
        resource "gitlab_pipeline_schedule" "weekly" {
          project     = "acme/app"
          description = "scan"
          ref         = "refs/heads/main"
          cron        = "17 4 * * 1"
          active      = true
        }
      TF
    }
  }

  passes "the host or the cloud scans" {
    files = {
      ".github/workflows/deploy.yml" = <<-YAML
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          deploy:
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -f deploy/
      YAML
      "github/main.tf"               = <<-TF
        resource "github_repository" "app" {
          name                 = "app"
          vulnerability_alerts = true
        }
        resource "github_repository_vulnerability_alerts" "app" {
          repository = github_repository.app.name
          enabled    = true
        }
        resource "aws_inspector2_organization_configuration" "all" {
          auto_enable {
            ec2 = true
            ecr = true
          }
        }
      TF
    }
  }
}
