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
          ], lower(written(use.action)))
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

view "github.branch_ruleset" {
  description = "Active rulesets over branches, of a repository or an organization."

  from "github_repository_ruleset" "github_organization_ruleset" {
    where = self.target == "branch" && self.enforcement == "active"
    value = self
  }
}
