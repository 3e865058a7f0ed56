# GitHub and the CI systems

view "ci.deploy_job" {
  description = "Every job that deploys, told by the commands and actions it runs; of all CI systems."

  from "ci.job" {
    where = (
      anytrue([for script in self.commands : length(deploy_commands(script)) > 0])
      || anytrue([
        for use in self.uses : matches_any([
          "^azure/(webapps-deploy|functions-action|k8s-deploy|aks-set-context|arm-deploy|container-apps-deploy-action)$",
          "^(aws-actions/amazon-ecs-deploy-task-definition|google-github-actions/deploy-.*)$",
          "^(serverless/github-action|superfly/flyctl-actions.*|cloudflare/wrangler-action|akhileshns/heroku-deploy)$",
        ], lower(written(use.action)))
      ])
    )
    value = self
  }
}
