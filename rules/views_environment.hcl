# What environments must not have in common. `identity` is what names the thing, `account` in what that name is
# unique: the account, subscription or project; "" if the name is unique everywhere, null if that is not known.

view "environment.key_use" {
  description = "Every resource that names the key it encrypts with; `identity` is the key."

  from "aws.kms_key_use" {
    value = {
      identity = self.key
      account  = matches("^arn:|^(mrk-)?[0-9a-f-]{32,36}$", self.key) ? "" : self.owner.account
      what     = self.entity.address
    }
  }

  from "aws_s3_bucket_server_side_encryption_configuration" {
    for_each = [
      for key in flatten([for rule in self.rule : rule.apply_server_side_encryption_by_default[*].kms_master_key_id]) : key
      if key != null && !matches("alias/aws/", key)
    ]
    value = {
      identity = each.value
      account  = matches("^arn:|^(mrk-)?[0-9a-f-]{32,36}$", each.value) ? "" : self.account
      what     = self.address
    }
  }

  from "aws_secretsmanager_secret" "aws_cloudwatch_log_group" "aws_dynamodb_table_replica" {
    where = self.kms_key_id != null && !matches("alias/aws/", self.kms_key_id)
    value = {
      identity = self.kms_key_id
      account  = matches("^arn:|^(mrk-)?[0-9a-f-]{32,36}$", self.kms_key_id) ? "" : self.account
      what     = self.address
    }
  }

  # The URL of a Key Vault key names the vault, and the names of vaults are unique everywhere.
  from "azurerm_storage_account_customer_managed_key" {
    where = self.key_name != null
    value = {
      identity = self.key_vault_id != null ? [self.key_vault_id, self.key_name] : [self.key_vault_uri, self.key_name]
      account  = ""
      what     = self.address
    }
  }

  from "azurerm_disk_encryption_set" "azurerm_mssql_server_transparent_data_encryption" "azurerm_cosmosdb_account" "azurerm_kubernetes_cluster" {
    where = or_default(self.key_vault_key_id, self.key_vault_key_uri) != null
    value = {
      identity = or_default(self.key_vault_key_id, self.key_vault_key_uri)
      account  = ""
      what     = self.address
    }
  }

  # projects/P/locations/L/keyRings/R/cryptoKeys/K
  from "google_storage_bucket" {
    where = self.encryption.default_kms_key_name != null
    value = { identity = self.encryption.default_kms_key_name, account = "", what = self.address }
  }

  from "google_sql_database_instance" {
    where = self.encryption_key_name != null
    value = { identity = self.encryption_key_name, account = "", what = self.address }
  }

  from "google_compute_disk" {
    where = self.disk_encryption_key.kms_key_self_link != null
    value = { identity = self.disk_encryption_key.kms_key_self_link, account = "", what = self.address }
  }

  from "google_bigquery_dataset" {
    where = self.default_encryption_configuration.kms_key_name != null
    value = { identity = self.default_encryption_configuration.kms_key_name, account = "", what = self.address }
  }
}

view "ci.job_role" {
  description = "Every cloud identity that a job assumes, by the action that logs in: a role, an application, a service account."

  from "ci.job" {
    for_each = [for use in self.uses : use if lower(use.action) == "aws-actions/configure-aws-credentials"]
    value    = { identity = each.value.with["role-to-assume"], job = self.id, runs = self.runs, environment_name = self.environment_name }
  }

  from "ci.job" {
    for_each = [for use in self.uses : use if lower(use.action) == "azure/login"]
    value    = { identity = each.value.with["client-id"], job = self.id, runs = self.runs, environment_name = self.environment_name }
  }

  from "ci.job" {
    for_each = [for use in self.uses : use if lower(use.action) == "google-github-actions/auth"]
    value    = { identity = each.value.with.service_account, job = self.id, runs = self.runs, environment_name = self.environment_name }
  }
}

view "environment.job_role" {
  description = "Those of which it is told for which environment the job works."

  # A name of an environment that says nothing (`eu-west`, `github-pages`) is a guess, which is no ground to hold
  # two jobs against each other.
  from "ci.job_role" {
    where = self.environment != null && self.environment.class != "shared" && !matches("does not say production", self.environment.sign)
    value = self
  }
}

view "environment.job_credential" {
  description = "Every credential that a job which deploys takes from its host by name: a secret, a context, a group of variables, a service connection. `held_by` is the environment that may hold a secret of its own by that name, or null."

  from "ci.deploy_job" {
    for_each = [for name in self.secrets : name if !is_one_of(name, "*", "GITHUB_TOKEN")]
    value = {
      system      = self.system
      kind        = "secret"
      credential  = each.value
      held_by     = self.system == "github" ? self.environment_name : null
      job         = self.id
    }
  }

  from "ci.deploy_job" {
    for_each = self.credentials
    value = {
      system      = self.system
      kind        = each.value.kind
      credential  = each.value.name
      held_by     = null
      job         = self.id
    }
  }
}
