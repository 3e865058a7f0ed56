rule "ci-production-approved" {
  title    = "Somebody approves what goes to production"
  severity = "critical"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "Changes are approved before they are implemented: by a review before the merge, or by an approval before the deployment."
    "CC6.3" = "Who writes a change and who lets it into production are two people only if something waits for the second one."
  }

  rationale   = "Every way from a push to this deployment was followed. A gate counts if the files prove it: an approval job, a manual start that blocks, an environment whose reviewers are in the code, a branch rule that asks for a review. Where only the host knows, the verdict is open and says what to show; where no gate can be there, the rule fails. An auditor takes the setting itself, or a deployment with its approval, as evidence."
  remediation = "Let the job name an environment with required reviewers, or put an approval before it; and have the default branch ask for a review. Keep those settings in the repository (Terraform, `.github/settings.yml`), or record them with `trustlint host`."
  references  = ["https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/review-deployments", "https://docs.gitlab.com/ci/environments/deployment_approvals/", "https://learn.microsoft.com/azure/devops/pipelines/process/approvals"]

  match "ci.production_deploy" {}

  link "asked" {
    to    = "repository.host"
    where = true
  }

  link "environment" {
    to    = "repository.environment_rule"
    where = is_one_of(other.name, [for gate in self.gates : gate.name if gate.kind == "environment"])
  }

  # Terraform may describe other repositories: what it asks for is no proof for this one.
  link "review" {
    to    = "repository.branch_rule"
    where = other.covers_default && other.repository == "."
  }

  # A review on the default branch is a gate for what comes from there alone. A tag may be put on any commit.
  assert {
    condition = (
      anytrue([for gate in self.gates : gate.holds if gate.kind != "environment"])
      || anytrue([for rule in link.environment : length(rule.reviewers) > 0])
      || (
        anytrue([for gate in self.gates : gate.holds if gate.kind == "environment"])
        && length(link.environment) == 0 && length(link.asked) == 0
      )
      || (
        !(self.runs.push_other || self.runs.pull_request || self.runs.fork_pull_request || self.runs.pull_request_target || self.runs.manual_other)
        && (!(self.runs.tag || self.runs.release) || undecided("who may create the tags that are deployed"))
        && (
          anytrue([for rule in link.review : rule.required_reviews >= 1])
          || (length(link.asked) == 0 && undecided("whether changes of the default branch need a review by somebody else"))
          || (
            anytrue([for host in link.asked : host.controls.branch_rules.status == "not_available_on_plan" && host.controls.branch_protection.status == "not_available_on_plan"])
            && undecided("branch rules are not available on the plan of the repository: show who approved the pull requests that were merged")
          )
        )
      )
    )
    error_message = "nothing makes a second person agree to what job ${self.name} deploys to production"
  }

  fails "any branch deploys, and no environment can ask" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        release: #~ here
          runs-on: ubuntu-latest
          steps:
            - run: kubectl apply -f deploy/
    YAML
  }

  fails "by hand from any branch" {
    code = <<-YAML
      on: workflow_dispatch
      permissions: {}
      jobs:
        release: #~ here
          runs-on: ubuntu-latest
          steps:
            - run: kubectl apply -f deploy/
    YAML
  }

  fails "a pull request deploys" {
    code = <<-YAML
      on: pull_request
      permissions: {}
      jobs:
        release: #~ here
          runs-on: ubuntu-latest
          steps:
            - run: kubectl apply -f deploy/
    YAML
  }

  fails "the environment is in the code and has no reviewers" {
    files = {
      ".github/workflows/deploy.yml" = <<-YAML
        on: push
        permissions: {}
        jobs:
          release: #~ here
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -f deploy/
      YAML
      "github/main.tf"               = <<-TF
        resource "github_repository_environment" "production" {
          repository  = "app"
          environment = "production"
        }
      TF
    }
  }

  fails "a job of CircleCI and a step of Bitbucket that wait for nobody" {
    files = {
      ".circleci/config.yml"    = <<-YAML
        version: 2.1
        orbs:
          ecs: circleci/aws-ecs@4.1.0
        workflows:
          release:
            jobs:
              - hold:
                  type: approval
                  filters: { branches: { only: main } }
              - test
              - ecs/deploy-service-update: #~ here
                  requires: [hold, test] # other branches have no hold
                  family: web
        jobs:
          test:
            docker:
              - image: cimg/node:22.11
            steps:
              - run: npm test
      YAML
      "bitbucket-pipelines.yml" = <<-YAML
        pipelines:
          default:
            - step: #~ here
                name: Deploy
                script:
                  - pipe: atlassian/aws-s3-deploy:2.0.0
                    variables:
                      S3_BUCKET: example-site
      YAML
    }
  }

  passes "the environment has reviewers" {
    files = {
      ".github/workflows/deploy.yml" = <<-YAML
        on: push
        permissions: {}
        jobs:
          release:
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -f deploy/
      YAML
      "github/main.tf"               = <<-TF
        resource "github_repository_environment" "production" {
          repository  = "app"
          environment = "production"
          reviewers {
            teams = [4711]
          }
        }
      TF
    }
  }

  passes "an approval job of CircleCI, a step of Bitbucket that is started by hand" {
    files = {
      ".circleci/config.yml"    = <<-YAML
        version: 2.1
        jobs:
          apply:
            docker:
              - image: hashicorp/terraform:1.10.2
            steps:
              - checkout
              - run: terraform apply plan.out
        workflows:
          production:
            jobs:
              - hold:
                  type: approval
              - apply:
                  requires: [hold]
      YAML
      "bitbucket-pipelines.yml" = <<-YAML
        pipelines:
          branches:
            main:
              - step:
                  name: Test
                  script:
                    - make test
              - step:
                  name: Deploy
                  deployment: production
                  trigger: manual
                  script:
                    - terraform apply plan.out
      YAML
    }
  }

  passes "the branch it comes from asks for a review" {
    files = {
      ".github/workflows/deploy.yml" = <<-YAML
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          release:
            runs-on: ubuntu-latest
            steps:
              - run: kubectl apply -f deploy/
      YAML
      ".github/settings.yml"         = <<-YAML
        repository:
          default_branch: main
        branches:
          - name: main
            protection:
              required_pull_request_reviews:
                required_approving_review_count: 1
      YAML
    }
  }

  undecided "the plan of the repository has no branch rules" {
    files = {
      ".github/workflows/main.yml" = <<-YAML
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          release: #~ here
            runs-on: ubuntu-latest
            steps:
              - run: kubectl apply -f deploy/
      YAML
      ".trustlint/host.json"       = <<-JSON
        {
          "schema_version": 1,
          "branch": "main",
          "default_branch": "main",
          "controls": {
            "branch_rules": { "status": "not_available_on_plan" },
            "branch_protection": { "status": "not_available_on_plan" }
          }
        }
      JSON
    }
  }

  undecided "the host knows who approves" {
    code = <<-YAML
      on:
        push:
          branches: [main]
      permissions: {}
      jobs:
        release:
          runs-on: ubuntu-latest
          environment: production #~ here
          steps:
            - run: kubectl apply -f deploy/
    YAML
  }

  undecided "the host knows whether the branch asks for a review, or who makes tags" {
    files = {
      ".github/workflows/main.yml" = <<-YAML
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          release: #~ here
            runs-on: ubuntu-latest
            steps:
              - run: kubectl apply -f deploy/
      YAML
      ".github/workflows/tags.yml" = <<-YAML
        on:
          push:
            tags: ['v*']
        permissions: {}
        jobs:
          release: #~ here
            runs-on: ubuntu-latest
            steps:
              - run: kubectl apply -f deploy/
      YAML
    }
  }
}
