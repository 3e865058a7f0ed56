# Shapes that several clouds share: where logs are kept, and what leads from an event to somebody who is told.

view "logging.bucket_use" {
  description = "Everything of AWS that writes logs into an S3 bucket: the `bucket`, and the `prefix` that the names of its logs begin with, or null if that is not told here."

  from "aws_cloudtrail" "aws_config_delivery_channel" {
    value = { bucket = self.s3_bucket_name, prefix = join("/", compact([self.s3_key_prefix, "AWSLogs/"])) }
  }

  # A folder is part of the destination, so which prefix it is is not told.
  from "aws_flow_log" {
    where = self.log_destination_type == "s3"
    value = { bucket = self.log_destination, prefix = null }
  }

  from "aws_lb" "aws_alb" { # off by default, even with a bucket
    where = self.access_logs.enabled == true
    value = { bucket = self.access_logs.bucket, prefix = join("/", compact([self.access_logs.prefix, "AWSLogs/"])) }
  }

  from "aws_elb" {
    where = self.access_logs != null && self.access_logs.enabled != false
    value = { bucket = self.access_logs.bucket, prefix = join("/", compact([self.access_logs.bucket_prefix, "AWSLogs/"])) }
  }

  from "aws_wafv2_web_acl_logging_configuration" {
    for_each = self.log_destination_configs
    value    = { bucket = each.value, prefix = null }
  }

  from "aws_s3_bucket_logging" {
    value = { bucket = self.target_bucket, prefix = self.target_prefix }
  }

  from "aws_s3_bucket" {
    for_each = self.logging[*]
    value    = { bucket = each.value.target_bucket, prefix = each.value.target_prefix }
  }

  from "aws_cloudfront_distribution" {
    for_each = self.logging_config[*]
    value    = { bucket = each.value.bucket, prefix = each.value.prefix }
  }

  from "aws_route53_resolver_query_log_config" {
    value = { bucket = self.destination_arn, prefix = null }
  }
}

view "logging.bucket" {
  description = "Every S3 bucket that logs are written into: the `bucket`, the `prefixes` of the logs, and whether it is `versioned`."

  from "aws_s3_bucket" {
    link "uses" {
      to    = "logging.bucket_use"
      where = refers_to(other.bucket, self)
    }
    link "versioning" {
      to    = "aws_s3_bucket_versioning"
      where = refers_to(other.bucket, self) && other.versioning_configuration.status == "Enabled"
    }
    where = length(link.uses) > 0
    value = {
      bucket    = self
      prefixes  = link.uses[*].prefix
      versioned = length(link.versioning) > 0 || self.versioning.enabled == true
    }
  }
}

view "logging.storage_account" {
  description = "Every storage account of Azure that diagnostic settings, flow logs or the audit logs of SQL go to."

  from "azurerm_storage_account" {
    link "settings" {
      to    = "azurerm_monitor_diagnostic_setting"
      where = refers_to(other.storage_account_id, self)
    }
    link "flows" {
      to    = "azurerm_network_watcher_flow_log"
      where = refers_to(other.storage_account_id, self)
    }
    link "audits" {
      to    = "azurerm_mssql_server_extended_auditing_policy"
      where = refers_to(other.storage_endpoint, self)
    }
    where = length(link.settings) > 0 || length(link.flows) > 0 || length(link.audits) > 0
    value = self
  }
}

view "logging.google_sink" {
  description = "Every sink of Google Cloud that exports logs: its `destination`."

  from "google_logging_project_sink" "google_logging_folder_sink" "google_logging_organization_sink" "google_logging_billing_account_sink" {
    value = { destination = self.destination }
  }
}

# CloudWatch groups, Log Analytics workspaces, SQL auditing and log buckets of Google have rules of their own, with
# fixes. Storage without a rule that deletes keeps logs for ever, so that it is not in here.
view "logging.sink" {
  description = "Every place where logs are kept for a time that is told by something else than the place itself: for how many `days`."

  # In a bucket with versions, what expires stays as an old version until that expires too. No service puts tags
  # on its logs.
  from "aws_s3_bucket_lifecycle_configuration" {
    link "stores" {
      to    = "logging.bucket"
      where = refers_to(self.bucket, other.bucket)
    }
    where = length(link.stores) > 0
    for_each = [
      for rule in self.rule[*] : rule
      if rule.status == "Enabled" && rule.expiration.days != null
      && rule.filter.tag == null && rule.filter.and.tags == null
      && anytrue([
        for store in link.stores :
        (store.versioned == false || rule.noncurrent_version_expiration != null)
        && anytrue([
          for prefix in store.prefixes :
          or_default(rule.filter.prefix, rule.filter.and.prefix, rule.prefix, "") == ""
          || startswith(or_default(prefix, "?"), or_default(rule.filter.prefix, rule.filter.and.prefix, rule.prefix, ""))
          || startswith(or_default(rule.filter.prefix, rule.filter.and.prefix, rule.prefix, ""), or_default(prefix, "?"))
        ])
      ])
    ]
    value = {
      days = (
        each.value.noncurrent_version_expiration != null && anytrue(link.stores[*].versioned)
        ? each.value.expiration.days + each.value.noncurrent_version_expiration.noncurrent_days
        : each.value.expiration.days
      )
    }
  }

  # Before version 4 of the provider the rules stand in the bucket.
  from "logging.bucket" {
    for_each = [
      for rule in self.bucket.lifecycle_rule[*] : rule
      if rule.enabled == true && rule.expiration.days != null && rule.tags == null
      && (self.versioned == false || rule.noncurrent_version_expiration != null)
      && anytrue([
        for prefix in self.prefixes :
        or_default(rule.prefix, "") == ""
        || startswith(or_default(prefix, "?"), or_default(rule.prefix, ""))
        || startswith(or_default(rule.prefix, ""), or_default(prefix, "?"))
      ])
    ]
    value = {
      days = self.versioned == true ? each.value.expiration.days + each.value.noncurrent_version_expiration.days : each.value.expiration.days
    }
  }

  from "aws_cloudtrail_event_data_store" {
    value = { days = or_default(self.retention_period, 2555) }
  }

  from "azurerm_storage_management_policy" {
    link "store" {
      to      = "logging.storage_account"
      where   = refers_to(self.storage_account_id, other)
      at_most = 1
    }
    where = link.store != null
    for_each = [
      for rule in self.rule[*] : rule
      if rule.enabled == true
      && or_default(rule.actions.base_blob.delete_after_days_since_modification_greater_than, rule.actions.base_blob.delete_after_days_since_creation_greater_than) != null
      && (
        length(or_default(rule.filters.prefix_match, [])) == 0
        || anytrue([for prefix in or_default(rule.filters.prefix_match, []) : matches("^(insights-|sqldbauditlogs)", prefix)])
      )
    ]
    value = {
      days = (
        each.value.actions.base_blob.delete_after_days_since_modification_greater_than != null
        ? each.value.actions.base_blob.delete_after_days_since_modification_greater_than
        : each.value.actions.base_blob.delete_after_days_since_creation_greater_than
      )
    }
  }

  # 0 days, like a policy that is not enabled, is without limit.
  from "azurerm_network_watcher_flow_log" {
    where = self.enabled != false && self.retention_policy.enabled == true && self.retention_policy.days != 0
    value = { days = self.retention_policy.days }
  }

  # Until version 3 of the provider; it counts for what goes to storage only.
  from "azurerm_monitor_diagnostic_setting" {
    where = is_set(self.storage_account_id)
    for_each = [
      for log in concat(self.log[*], self.enabled_log[*]) : log
      if log.enabled != false && log.retention_policy.enabled == true && log.retention_policy.days != 0
    ]
    value = { days = each.value.retention_policy.days }
  }

  # Tables with a retention of their own, as far as they hold who did what.
  from "azurerm_log_analytics_workspace_table" {
    where = (
      is_one_of(self.name, "AzureActivity", "AuditLogs", "SigninLogs", "SecurityEvent", "SecurityAlert", "AzureDiagnostics", "AKSAudit", "AKSAuditAdmin", "StorageBlobLogs", "AZKVAuditLogs")
      && or_default(self.total_retention_in_days, self.retention_in_days) != null
    )
    value = { days = or_default(self.total_retention_in_days, self.retention_in_days) }
  }

  # What is live becomes an old version in a bucket with versions. A retention policy holds up what would delete.
  from "google_storage_bucket" {
    link "sinks" {
      to    = "logging.google_sink"
      where = refers_to(other.destination, self) || other.destination == "storage.googleapis.com/${self.name}"
    }
    where = length(link.sinks) > 0
    for_each = [
      for rule in self.lifecycle_rule[*] : rule
      if rule.action.type == "Delete" && rule.condition.age != null
      && rule.condition.matches_prefix == null && rule.condition.matches_suffix == null
      && (is_one_of(or_default(rule.condition.with_state, "ANY"), "ANY") || (rule.condition.with_state == "LIVE" && self.versioning.enabled != true))
    ]
    value = { days = max(each.value.condition.age, floor(or_default(self.retention_policy.retention_period, 0) / 86400)) }
  }

  from "google_bigquery_dataset" {
    link "sinks" {
      to    = "logging.google_sink"
      where = refers_to(other.destination, self) || endswith(other.destination, "/datasets/${self.dataset_id}")
    }
    where = length(link.sinks) > 0 && or_default(self.default_partition_expiration_ms, self.default_table_expiration_ms) != null
    value = { days = floor((self.default_partition_expiration_ms != null ? self.default_partition_expiration_ms : self.default_table_expiration_ms) / 86400000) }
  }
}

view "logging.store" {
  description = "Every store of logs that says itself for how many `days` it keeps them, of Azure and Google Cloud."

  from "azurerm_log_analytics_workspace" {
    where = self.retention_in_days != null
    value = { days = self.retention_in_days }
  }

  from "azurerm_mssql_server_extended_auditing_policy" "azurerm_mssql_database_extended_auditing_policy" {
    where = or_default(self.retention_in_days, 0) != 0
    value = { days = self.retention_in_days }
  }

  from "google_logging_project_bucket_config" "google_logging_folder_bucket_config" "google_logging_organization_bucket_config" "google_logging_billing_account_bucket_config" {
    where = self.bucket_id != "_Required" && self.retention_days != null
    value = { days = self.retention_days }
  }
}

view "cloud.deployed" {
  description = "What tells that a root is applied, and is no module for others to call: a backend, or a provider that is configured."

  from "terraform.root" {
    where = is_set(self.backend)
    value = { path = self.path }
  }

  from "terraform.provider" {
    value = { path = self.scope }
  }
}

view "alerting.alarm" {
  description = "Every alarm and alert rule: whether it is `on`, the `receivers` that it tells, and the `alarm` itself."

  from "aws_cloudwatch_metric_alarm" "aws_cloudwatch_composite_alarm" {
    value = { on = self.actions_enabled, receivers = or_default(self.alarm_actions, []), alarm = self }
  }

  from "azurerm_monitor_metric_alert" "azurerm_monitor_activity_log_alert" {
    value = { on = self.enabled, receivers = self.action[*], alarm = self }
  }

  from "azurerm_monitor_scheduled_query_rules_alert" {
    value = { on = self.enabled, receivers = or_default(self.action.action_group, []), alarm = self }
  }

  from "azurerm_monitor_scheduled_query_rules_alert_v2" {
    value = { on = self.enabled, receivers = or_default(self.action.action_groups, []), alarm = self }
  }

  from "google_monitoring_alert_policy" {
    value = { on = self.enabled, receivers = or_default(self.notification_channels, []), alarm = self }
  }
}

view "alerting.alarm_use" {
  description = "Everything besides people that acts on an alarm, with the `names` by which it calls alarms: composite alarms, deployments, experiments, health checks."

  from "aws_cloudwatch_composite_alarm" {
    value = { names = [self.alarm_rule] }
  }

  from "aws_ecs_service" {
    for_each = self.alarms[*]
    value    = { names = or_default(each.value.alarm_names, []) }
  }

  from "aws_codedeploy_deployment_group" {
    for_each = self.alarm_configuration[*]
    value    = { names = or_default(each.value.alarms, []) }
  }

  from "aws_appconfig_environment" {
    for_each = self.monitor[*]
    value    = { names = [each.value.alarm_arn] }
  }

  from "aws_fis_experiment_template" {
    for_each = self.stop_condition[*]
    value    = { names = compact([each.value.value]) }
  }

  from "aws_route53_health_check" {
    where = is_set(self.cloudwatch_alarm_name)
    value = { names = [self.cloudwatch_alarm_name] }
  }

  from "azurerm_monitor_alert_processing_rule_action_group" {
    where = self.enabled != false
    value = { names = ["azurerm"] }
  }
}

view "alerting.topic_reader" {
  description = "Everything that takes messages from an SNS topic, or hands the topic on to something that is not in this repository: the `topic`."

  from "aws_sns_topic_subscription" {
    value = { topic = self.topic_arn }
  }

  from "aws_chatbot_slack_channel_configuration" "aws_chatbot_teams_channel_configuration" "awscc_chatbot_slack_channel_configuration" {
    for_each = self.sns_topic_arns
    value    = { topic = each.value }
  }

  from "aws_cloudformation_stack" {
    for_each = self.parameters
    value    = { topic = each.value }
  }

  from "aws_ssm_parameter" {
    value = { topic = self.value }
  }

  from "terraform.output" {
    for_each = flatten([self.value])
    value    = { topic = each.value }
  }

  from "data.aws_sns_topic" {
    value = { topic = self.name }
  }

  # What a module from elsewhere makes of it cannot be seen here.
  from "terraform.handover" {
    for_each = self.reads
    value    = { topic = each.value }
  }
}

view "alerting.alarm_receiver" {
  description = "Every `receiver` of every alarm."

  from "alerting.alarm" {
    for_each = self.receivers
    value    = { receiver = each.value }
  }
}

view "alerting.event_rule" {
  description = "Every rule of EventBridge that looks for events: its `sources`, `types` of events and `events` of CloudTrail, whether it looks for the `root` user, and the `rule` itself."

  from "aws_cloudwatch_event_rule" {
    where = self.event_pattern != null
    value = {
      rule    = self
      sources = [for source in flatten([jsondecode(self.event_pattern).source]) : source if source != null]
      types   = [for type in flatten([jsondecode(self.event_pattern)["detail-type"]]) : type if type != null]
      events  = [for event in flatten([jsondecode(self.event_pattern).detail.eventName]) : event if event != null]
      root    = contains(flatten([jsondecode(self.event_pattern).detail.userIdentity.type]), "Root")
    }
  }
}

view "alerting.aws_detection" {
  description = "Everything of AWS that looks for security events and passes them on: the `events` of CloudTrail (with `*`), whether it looks for the `root` user, the `sources` whose findings it takes, and the `pattern` as written."

  from "aws_cloudwatch_log_metric_filter" {
    link "alarms" {
      to = "aws_cloudwatch_metric_alarm"
      where = (
        other.actions_enabled != false && length(or_default(other.alarm_actions, [])) > 0
        && anytrue([
          for metric in concat([other], other.metric_query[*].metric) :
          metric.metric_name == self.metric_transformation.name && metric.namespace == self.metric_transformation.namespace
        ])
      )
    }
    where = length(link.alarms) > 0
    value = {
      events  = flatten(regexall("eventName\\s*=\\s*\"?([A-Za-z0-9*]+)", self.pattern))
      root    = matches("userIdentity\\.type\\s*=\\s*\"?Root", self.pattern)
      sources = []
      pattern = self.pattern
    }
  }

  from "alerting.event_rule" {
    link "targets" {
      to    = "aws_cloudwatch_event_target"
      where = refers_to(other.rule, self.rule)
    }
    where = length(link.targets) > 0 && !is_one_of(self.rule.state, "DISABLED") && self.rule.is_enabled != false
    value = {
      events  = concat(self.events, contains(self.types, "AWS Console Sign In via CloudTrail") && length(self.events) == 0 ? ["ConsoleLogin"] : [])
      root    = self.root
      sources = self.sources
      pattern = self.rule.event_pattern
    }
  }
}

view "logging.export" {
  description = "Every bucket or log group of AWS from which something outside takes what arrives: the `store`."

  from "aws_s3_bucket_notification" {
    link "bucket" {
      to      = "aws_s3_bucket"
      where   = refers_to(self.bucket, other)
      at_most = 1
    }
    where = length(self.queue[*]) > 0 || length(self.topic[*]) > 0 || length(self.lambda_function[*]) > 0
    value = { store = or_default(link.bucket, self.bucket) }
  }

  from "aws_cloudwatch_log_subscription_filter" {
    link "group" {
      to      = "aws_cloudwatch_log_group"
      where   = refers_to(self.log_group_name, other)
      at_most = 1
    }
    value = { store = or_default(link.group, self.log_group_name) }
  }
}

view "access.sign_on" {
  description = "What tells that people sign in to AWS by an identity provider."

  from "aws_ssoadmin_permission_set" "aws_ssoadmin_account_assignment" "aws_identitystore_group" "aws_iam_saml_provider" {
    value = { name = self.name }
  }
}

view "access.credential" {
  description = "Every secret or token that Terraform makes and that may have an end: what `ends` it, of which one is enough, and after how many `hours`, if that is told."

  from "azuread_application_password" "azuread_service_principal_password" {
    value = {
      ends  = [self.end_date, self.end_date_relative, self.rotate_when_changed]
      hours = [for hours in flatten(regexall("^([0-9]+)h", or_default(self.end_date_relative, ""))) : tonumber(hours)]
    }
  }

  from "gitlab_personal_access_token" "gitlab_project_access_token" "gitlab_group_access_token" {
    value = { ends = [self.expires_at, self.rotation_configuration], hours = [] }
  }

  from "tfe_team_token" "tfe_organization_token" {
    value = { ends = [self.expired_at], hours = [] }
  }
}

view "cloud.aws_baseline" {
  description = "What tells that a root manages the baseline of an AWS account or organization: its trail, its detectors, its recorder."

  from "aws_cloudtrail" {
    where = self.is_multi_region_trail == true || self.is_organization_trail == true
    value = { name = self.name }
  }

  from "aws_organizations_organization" "aws_guardduty_detector" "aws_securityhub_account" "aws_config_configuration_recorder" {
    value = { name = self.name }
  }
}

view "cloud.aws_baseline_root" {
  description = "Every root that manages the baseline of an AWS account or organization."

  from "terraform.root" {
    link "baseline" {
      to    = "cloud.aws_baseline"
      where = other.scope == self.scope
    }
    where = length(link.baseline) > 0
    value = { path = self.path }
  }
}

view "cloud.aws_compute" {
  description = "What of AWS runs software that has to be looked through for vulnerabilities: instances and functions."

  from "aws_instance" "aws_launch_template" "aws_launch_configuration" "aws_lambda_function" {
    value = { name = self.name }
  }
}

view "cloud.aws_scanner" {
  description = "What looks for vulnerabilities in what runs in AWS, as code."

  from "aws_inspector2_enabler" "aws_inspector2_organization_configuration" "aws_inspector2_member_association" "aws_inspector_assessment_template" {
    value = { name = self.name }
  }

  from "aws_ssm_association" {
    where = self.name == "AWS-RunPatchBaseline" || self.name == "AWS-RunInspectorChecks"
    value = { name = self.name }
  }

  from "aws_ssm_maintenance_window_task" {
    where = self.task_arn == "AWS-RunPatchBaseline"
    value = { name = self.task_arn }
  }
}

view "logging.trail_bucket" {
  description = "Every S3 bucket, and whether what is in it is `locked`: by Object Lock, by a second factor, or by a policy that denies deletion to all."

  from "aws_s3_bucket" {
    link "locks" {
      to    = "aws_s3_bucket_object_lock_configuration"
      where = refers_to(other.bucket, self)
    }
    link "versioning" {
      to    = "aws_s3_bucket_versioning"
      where = refers_to(other.bucket, self) && other.versioning_configuration.mfa_delete == "Enabled"
    }
    link "policies" {
      to    = "aws_s3_bucket_policy"
      where = refers_to(other.bucket, self)
    }
    value = {
      bucket = self
      locked = (
        self.object_lock_enabled == true || self.object_lock_configuration != null
        || length(link.locks) > 0 || length(link.versioning) > 0
        || anytrue(flatten([
          for policy in concat([self], link.policies) : [
            for statement in iam_statements(policy.policy) :
            statement.effect == "Deny" && iam_action_matches(statement.actions, "s3:DeleteObject") && length(statement.conditions) == 0
          ]
        ]))
      )
    }
  }
}

view "alerting.sentinel" {
  description = "What tells that Microsoft Sentinel watches a workspace."

  from "azurerm_sentinel_log_analytics_workspace_onboarding" "azurerm_sentinel_alert_rule_scheduled" "azurerm_sentinel_alert_rule_nrt" {
    value = { name = self.name }
  }

  from "azurerm_log_analytics_solution" {
    where = self.solution_name == "SecurityInsights"
    value = { name = self.solution_name }
  }
}

view "alerting.mailbox" {
  description = "Every topic and action group with the `addresses` it is mailed to and the number of `others` that it tells."

  from "aws_sns_topic" {
    link "readers" {
      to    = "alerting.topic_reader"
      where = refers_to(other.topic, self)
    }
    link "mails" {
      to    = "aws_sns_topic_subscription"
      where = refers_to(other.topic_arn, self) && is_one_of(other.protocol, "email", "email-json")
    }
    link "alarms" {
      to    = "alerting.alarm_receiver"
      where = refers_to(other.receiver, self)
    }
    where = length(link.alarms) > 0
    value = { addresses = link.mails[*].endpoint, others = length(link.readers) - length(link.mails) }
  }

  from "azurerm_monitor_action_group" {
    value = {
      addresses = self.email_receiver[*].email_address
      others = length(concat(
        self.webhook_receiver[*], self.sms_receiver[*], self.voice_receiver[*], self.arm_role_receiver[*],
        self.azure_function_receiver[*], self.logic_app_receiver[*], self.itsm_receiver[*], self.event_hub_receiver[*],
        self.automation_runbook_receiver[*], self.azure_app_push_receiver[*],
      ))
    }
  }
}
