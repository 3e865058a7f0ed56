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

view "github.branch_ruleset" {
  description = "Active rulesets over branches, of a repository or an organization."

  from "github_repository_ruleset" "github_organization_ruleset" {
    where = self.target == "branch" && self.enforcement == "active"
    value = self
  }
}

view "aws.kms_key_use" {
  description = "Every AWS resource that names the key it encrypts with; `key` is the key."

  from "aws_db_instance" "aws_rds_cluster" "aws_ebs_volume" "aws_efs_file_system" "aws_redshift_cluster" {
    where = self.kms_key_id != null
    value = { key = self.kms_key_id, entity = self }
  }

  from "aws_sqs_queue" "aws_sns_topic" {
    where = self.kms_master_key_id != null && !matches("^alias/aws/", self.kms_master_key_id)
    value = { key = self.kms_master_key_id, entity = self }
  }
}
