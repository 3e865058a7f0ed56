# GitHub and the CI systems

view "ci.work" {
  description = "Every job of all CI systems with `deploy_steps`, those of its steps that deploy, told by their commands and by the actions, orbs, pipes and tasks that they use."

  from "ci.job" {
    value = merge(self, {
      deploy_steps = [
        for step in self.steps : step
        if anytrue([for script in step.commands : length(deploy_commands(script)) > 0])
        || anytrue([
          for use in step.uses : matches_any([
            "^azure/(webapps-deploy|functions-action|k8s-deploy|aks-set-context|arm-deploy|container-apps-deploy-action)$",
            "^(aws-actions/amazon-ecs-deploy-task-definition|google-github-actions/deploy-.*)$",
            "^(serverless/github-action|superfly/flyctl-actions.*|cloudflare/wrangler-action|akhileshns/heroku-deploy)$",
            # Jobs and commands of orbs, which newer versions write with `_`, and pipes.
            "^circleci/(aws-ecs/(deploy-service-update|update-service|update-bluegreen-service|run-task|deploy-ecs-scheduled-task)|aws-code-deploy/(deploy|deploy-bundle)|aws-elastic-beanstalk/deploy|aws-s3/(sync|copy)|aws-sam-serverless/deploy|azure-aks/update-container-image|cloudfoundry/(push|live-deploy|dark-deploy|blue-green)|gcp-cloud-run/deploy|heroku/(deploy-via-git|release-docker-image)|terraform/(apply|destroy))$",
            "^circleci/(aws-eks|gcp-gke|helm|kubernetes)/((create-or-update|delete)-resource|update-(container-image|secret)|(create|delete)-cluster|(install|upgrade)-helm-chart|delete-helm-release|(publish-and-)?rollout-image|rollback)$",
            "^(ovotech/terraform.*/apply|pulumi/pulumi/update)$",
            "^(docker://)?(atlassian|bitbucketpipelines|microsoft)/(.*-deploy|.*kubectl-run)$",
            # Tasks of Azure Pipelines.
            "^(azurewebapp|azurewebappcontainer|azurermwebappdeployment|azurefunctionapp.*|azurecontainerapps|azurespringcloud|azurestaticwebapp|azurevmssdeployment)$",
            "^(azureresource(manager|group).*deployment|azurecloudpowershelldeployment|kubernetesmanifest|servicefabric(compose)?deploy|(iiswebapp|sqldacpac)deploymentonmachinegroup)$",
            "^(sqlazuredacpacdeployment|azuremysqldeployment|lambdadeployfunction|beanstalkdeployapplication|cloudformation(createorupdatestack|executechangeset)|codedeploydeployapplication)$",
            # Steps of Jenkins; one of a shared library is told by its name.
            "^(deploy[a-z0-9]*|kubernetesdeploy|azurewebapppublish|azurefunctionapppublish|cfnupdate|ansibleplaybook|openshiftdeploy)$",
          ], replace(lower(written(use.action)), "_", "-"))
        ])
      ]
    })
  }
}

view "ci.deploy_job" {
  description = "Every job that deploys, of all CI systems. Its `runs` tells when one of the steps that deploy is reached."

  from "ci.work" {
    where = length(self.deploy_steps) > 0
    value = merge(self, {
      runs = { for situation in keys(self.runs) : situation => anytrue([for step in self.deploy_steps : step.runs[situation]]) }
    })
  }
}

view "ci.production_deploy" {
  description = "Every job that deploys to production. One that names no environment counts, if nothing else says where it deploys; whether one does whose environment is an expression is not known."

  from "ci.deploy_job" {
    where = (
      self.environment != null
      ? self.environment.class == "production"
      : self.environment_name == null || undecided("which environment the job is for")
    )
    value = self
  }
}

view "ci.scanning_step" {
  description = "Every step of all CI systems with `scans`, the kinds of things in which it looks for vulnerabilities: `dependencies`, `images`, `configuration`, `code`, `secrets`, `web`."

  from "ci.step" {
    value = merge(self, {
      scans = [
        for kind, actions in {
          dependencies  = ["^(actions/dependency-review-action|google/osv-scanner-action.*|snyk/actions/(node|python.*|golang|maven.*|gradle.*|ruby|php|dotnet|scala|cocoapods|swift|setup)|pypa/gh-action-pip-audit|rustsec/audit-check|actions-rust-lang/audit|embarkstudios/cargo-deny-action|golang/govulncheck-action|anchore/scan-action|dependency-check/.*|ossf/scorecard-action)$", "^(snyk/snyk-scan|whitesource|snyksecurityscan|dependencycheck|advancedsecurity-dependency-scanning).*$"]
          images        = ["^(aquasecurity/trivy-action|anchore/scan-action|docker/scout-action|snyk/actions/docker|azure/container-scan|crazy-max/ghaction-container-scan|aquasecurity/trivy-pipe|trivy)$"]
          configuration = ["^(bridgecrewio/checkov-action|checkmarx/kics-github-action|aquasecurity/tfsec.*|stackrox/kube-linter-action|kubescape/github-action|zizmorcore/zizmor-action|snyk/actions/iac|terraform-linters/.*|open-policy-agent/.*|trustlint/.*|microsoftsecuritydevops)$"]
          code          = ["^(github/codeql-action/analyze|semgrep/.*|returntocorp/semgrep-action|securego/gosec|sonarsource/.*|sonarqubeanalyze|advancedsecurity-codeql-analyze|microsoftsecuritydevops)$"]
          secrets       = ["^(gitleaks/gitleaks-action|trufflesecurity/trufflehog|gitguardian/ggshield.*|atlassian/git-secrets-scan)$"]
          web           = ["^(zaproxy/action-.*|projectdiscovery/nuclei-action|stackhawk/.*)$"]
        } : kind
        # To ask for each kind is worth it only where something scans at all.
        if length(scan_commands(self.commands)) > 0 ? length(scan_commands(self.commands, kind)) > 0 : false
        || anytrue([for use in self.uses : matches_any(actions, lower(written(use.action)))])
      ]
    })
  }
}

view "ci.scan" {
  description = "Every step that looks for vulnerabilities."

  from "ci.scanning_step" {
    where = length(self.scans) > 0
    value = self
  }
}

view "ci.checking_step" {
  description = "Every step that looks whether infrastructure as code is sound: a scanner of configuration, a linter, a policy."

  from "ci.scanning_step" {
    where = (
      contains(self.scans, "configuration")
      || runs(self.commands, "kubeconform", "kubeval", "opa eval|test|exec", "regal lint", "datree test", "terraform-compliance", "sentinel apply|test", "pre-commit run")
      || anytrue([
        for use in self.uses : matches_any(
          ["(^|/)(trustlint|tflint|kubeconform|kubeval|datree|polaris|kyverno|terrascan|regula|conftest|pre-commit)([-_/@]|$)"],
          lower(or_default(use.action, "")),
        )
      ])
    )
    value = self
  }
}

view "ci.image_push" {
  description = "Every step that puts a container image into a registry."

  from "ci.step" {
    where = (
      runs(self.commands, "docker|podman|buildah|nerdctl|crane|skopeo|regctl push|copy", "docker image push", "docker compose push", "ko build|publish|apply", "gcloud builds submit", "az acr build", "pack build", "img push")
      || anytrue([
        for script in self.commands : anytrue([
          for command in commands(script) : has_flag(command, "--push") && is_one_of(command[0], "docker", "podman", "nerdctl")
        ])
      ])
      || runs(self.commands, "/kaniko/executor", "executor --destination")
      || anytrue([
        for use in self.uses :
        (matches_any(["^docker/(build-push-action|bake-action)$"], lower(written(use.action))) && is_one_of(use.with.push, true, "true"))
        || (use.kind == "task" && lower(written(use.action)) == "docker" && is_one_of(or_default(use.with.command, "buildAndPush"), "push", "buildAndPush"))
        || matches_any(["^(redhat-actions/push-to-registry|azure/docker-login-push|atlassian/aws-ecr-push-image)$"], lower(written(use.action)))
      ])
    )
    value = self
  }
}

view "registry.scanning" {
  description = "What scans the images of a registry by itself, as code: Amazon ECR, Amazon Inspector, Artifact Registry, Microsoft Defender."

  from "aws_ecr_repository" {
    where = self.image_scanning_configuration.scan_on_push == true
    value = self
  }

  from "aws_ecr_registry_scanning_configuration" {
    where = length(or_default(self.rule, [])) > 0
    value = self
  }

  from "aws_inspector2_enabler" {
    where = contains(or_default(self.resource_types, []), "ECR")
    value = self
  }

  from "google_project_service" {
    where = self.service == "containerscanning.googleapis.com"
    value = self
  }

  from "azurerm_security_center_subscription_pricing" {
    where = is_one_of(self.resource_type, "Containers", "ContainerRegistry") && self.tier == "Standard"
    value = self
  }
}

view "ci.planning_job" {
  description = "Every job that makes a plan of infrastructure for pull or merge requests. CircleCI and Jenkins build the branches of pull requests: there a plan for any branch counts."

  from "ci.job" {
    where = (
      runs(self.commands, "terraform|tofu|terragrunt plan", "terragrunt run-all|run plan", "pulumi preview", "cdk diff")
      && (
        self.runs.pull_request || self.runs.pull_request_target
        || (is_one_of(self.system, "circleci", "jenkins", "gitlab", "azure", "bitbucket") && self.runs.push_other)
      )
    )
    value = self
  }
}

view "ci.scheduled_scan" {
  description = "Every job that scans and that a schedule reaches: `gap_days` is the longest time between two runs by the schedules in the file, null if the file has none."

  from "ci.job" {
    link "pipeline" {
      to      = "ci.pipeline"
      where   = other.id == self.pipeline
      at_most = 1
    }
    # By its commands, or by an action whose name says so.
    where = self.runs.schedule && (
      length(scan_commands(self.commands)) > 0
      || anytrue([
        for use in self.uses : matches_any([
          "(trivy|snyk|checkov|kics|codeql-action/analyze|semgrep|gitleaks|trufflehog|osv-scanner|audit|scan-action|security-scan|dependency-check|zaproxy|nuclei|scorecard-action|tfsec|securitydevops)",
        ], lower(written(use.action)))
      ])
    )
    value = {
      system   = self.system
      gap_days = length(or_default(link.pipeline.schedules, [])) == 0 ? null : min([for cron in link.pipeline.schedules : or_default(cron_longest_gap_days(cron), 366)]...)
    }
  }
}

view "scan.managed" {
  description = "What a cloud or the host scans by itself, over and over, as code: registries, machines, dependencies."

  from "registry.scanning" {
    value = self
  }

  from "aws_inspector2_organization_configuration" {
    value = self
  }

  from "github_repository_vulnerability_alerts" {
    where = or_default(self.enabled, true)
    value = self
  }

  from "github_repository" {
    where = self.vulnerability_alerts == true
    value = self
  }
}
