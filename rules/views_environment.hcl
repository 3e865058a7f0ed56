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
