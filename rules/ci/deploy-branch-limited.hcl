rule "ci-deploy-branch-limited" {
  title    = "Only reviewed branches deploy to production"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A branch that nobody had to review reaches production by a push."
  }

  rationale   = "A push to any branch reaches this deployment, so that code goes live without having been merged. What starts the pipeline, the condition of the job and those of the jobs it needs were followed. A job whose environment cannot be told counts as production, unless it is for a pull request's preview."
  remediation = "Limit the deployment to the default branch, to release branches or to tags: by the branches that start the pipeline, or by a condition of the job."
  references  = ["https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore", "https://docs.gitlab.com/ci/jobs/job_rules/", "https://learn.microsoft.com/azure/devops/pipelines/process/conditions"]

  match "ci.production_deploy" {}

  assert {
    condition     = !self.runs.push_other
    error_message = "a push to any branch deploys through job ${self.name}"
  }

  fails "no branch is named" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        release: #~ here
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: kubectl apply -f deploy/
    YAML
  }

  fails "a wildcard" {
    code = <<-YAML
      on:
        push:
          branches: ['**']
      permissions: {}
      jobs:
        release: #~ here
          runs-on: ubuntu-latest
          steps:
            - run: helm upgrade web ./chart
    YAML
  }

  fails "a job of CircleCI without filters, a default pipeline of Bitbucket" {
    files = {
      ".circleci/config.yml"    = <<-YAML
        version: 2.1
        jobs:
          deploy:
            docker:
              - image: cimg/deploy:2024.11
            steps:
              - run: kubectl apply -f deploy/
        workflows:
          release:
            jobs:
              - deploy #~ here
      YAML
      "bitbucket-pipelines.yml" = <<-YAML
        pipelines:
          default:
            - step: #~ here
                name: Deploy
                script:
                  - kubectl apply -f deploy/
      YAML
    }
  }

  fails "a job of an orb, and a custom pipeline that a trigger starts" {
    files = {
      ".circleci/config.yml"    = <<-YAML
        version: 2.1
        orbs:
          ecs: circleci/aws-ecs@4.1.0
        workflows:
          release:
            jobs:
              - ecs/deploy_service_update: #~ here
                  cluster: shop
      YAML
      "bitbucket-pipelines.yml" = <<-YAML
        pipelines:
          custom:
            release:
              - step: #~ here
                  name: Release
                  script:
                    - pipe: atlassian/aws-ecs-deploy:2.0.0
                      variables:
                        CLUSTER_NAME: shop
        triggers:
          repository-push:
            - condition: BITBUCKET_BRANCH != "main"
              pipelines:
                - release
      YAML
    }
  }

  passes "the main branch, release branches, or tags" {
    files = {
      ".github/workflows/main.yml" = <<-YAML
        on:
          push:
            branches: [main, 'release/**']
        permissions: {}
        jobs:
          release:
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -f deploy/
      YAML
      ".github/workflows/tags.yml" = <<-YAML
        on:
          push:
            tags: ['v*']
        permissions: {}
        jobs:
          release:
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -f deploy/
      YAML
      ".github/workflows/job.yml"  = <<-YAML
        on: push
        permissions: {}
        jobs:
          release:
            if: github.ref == 'refs/heads/main'
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -f deploy/
      YAML
    }
  }

  passes "filters of CircleCI, branches of Bitbucket" {
    files = {
      ".circleci/config.yml"    = <<-YAML
        version: 2.1
        jobs:
          deploy:
            docker:
              - image: cimg/deploy:2024.11
            steps:
              - run: kubectl apply -f deploy/
        workflows:
          release:
            jobs:
              - deploy:
                  name: deploy-main
                  filters:
                    branches:
                      only: main
              - deploy:
                  name: deploy-tag
                  filters:
                    tags:
                      only: /v.*/
                    branches:
                      ignore: /.*/
      YAML
      "bitbucket-pipelines.yml" = <<-YAML
        pipelines:
          branches:
            main:
              - step:
                  name: Deploy
                  script:
                    - kubectl apply -f deploy/
      YAML
    }
  }

  passes "development may be deployed from any branch" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        release:
          if: github.ref == 'refs/heads/main'
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: helm upgrade web ./chart
        try:
          runs-on: ubuntu-latest
          environment: dev
          steps:
            - run: helm upgrade web ./chart
    YAML
  }

  undecided "a condition about something else" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        release:
          if: vars.DEPLOY == 'yes' #~ here
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: kubectl apply -f deploy/
    YAML
  }
}
