rule "environment-production-data-stays" {
  title    = "Production data is not restored into other environments"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "Customers' data lies where more people have access and fewer controls are in place."
    "CC6.7" = "Data leaves the environment whose safeguards it was entrusted to."
    "CC8.1" = "Changes are tested with data that is confidential, where it need not be."
  }

  rationale   = "A database or volume of another environment is made from a snapshot, a backup or a replication source whose name says production. A copy whose personal data is masked is fine: then an exception says how."
  remediation = "Use synthetic data, or a masked copy that is made in production and named so."
  references  = ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html"]

  match "aws_db_instance" "aws_rds_cluster" "aws_docdb_cluster" "aws_neptune_cluster" "aws_redshift_cluster" "aws_ebs_volume" "azurerm_mssql_database" "azurerm_postgresql_flexible_server" "google_sql_database_instance" {
    where = self.environment.class == "non-production"
  }

  # Only a name that is written says whose data it is.
  assert {
    for_each = [
      for source in [
        self.snapshot_identifier,
        self.snapshot_id,
        self.replicate_source_db,
        self.replication_source_identifier,
        try(self.restore_to_point_in_time.source_db_instance_identifier, null),
        try(self.restore_to_point_in_time.source_cluster_identifier, null),
        try(self.clone.source_instance_name, null),
        self.creation_source_database_id,
        self.source_server_id,
        self.master_instance_name,
      ] : source if source != null
    ]
    condition = (
      !matches("(?i)(^|[^a-z])(prod|production|prd)([^a-z]|$)", each.value)
      || matches("(?i)((non|pre)[-_]?(prod|production|prd)|masked|sanitized|anonymi)", each.value)
    )
    error_message = "${self.address} of ${self.environment.name} is made from data of production"
  }

  fails "copies of production" {
    path = "envs/staging/main.tf"
    code = <<-TF
      resource "aws_db_instance" "app" {
        snapshot_identifier = "orders-prod-2026-01-01" #~ here
      }
      resource "aws_db_instance" "copy" {
        restore_to_point_in_time {
          source_db_instance_identifier = "orders-production" #~ here
        }
      }
      resource "aws_rds_cluster" "app" {
        replication_source_identifier = "arn:aws:rds:eu-west-1:111122223333:cluster:prod-orders" #~ here
      }
      resource "aws_rds_cluster" "copy" {
        restore_to_point_in_time {
          source_cluster_identifier = "orders-prod" #~ here
        }
      }
      resource "aws_db_instance" "replica" {
        replicate_source_db = "orders-prod" #~ here
      }
      resource "aws_ebs_volume" "data" {
        snapshot_id = "prod-data" #~ here
      }
      resource "google_sql_database_instance" "app" {
        clone {
          source_instance_name = "orders-prod" #~ here
        }
      }
      resource "google_sql_database_instance" "replica" {
        master_instance_name = "orders-prod" #~ here
      }
      resource "azurerm_mssql_database" "app" {
        creation_source_database_id = "/subscriptions/1/servers/prod/databases/orders" #~ here
      }
      resource "azurerm_postgresql_flexible_server" "app" {
        source_server_id = "/subscriptions/1/flexibleServers/orders-prod" #~ here
      }
    TF
  }

  passes "data of its own, or masked" {
    files = {
      "envs/staging/main.tf"    = <<-TF
        resource "aws_db_instance" "app" {
          snapshot_identifier = "orders-nonprod-seed"
        }
        resource "aws_db_instance" "masked" {
          snapshot_identifier = "orders-prod-masked"
        }
        resource "aws_db_instance" "empty" {
          allocated_storage = 20
        }
        resource "aws_db_instance" "product" {
          snapshot_identifier = "product-catalog"
        }
      TF
      "envs/production/main.tf" = <<-TF
        resource "aws_db_instance" "app" {
          snapshot_identifier = "orders-prod-2026-01-01"
        }
      TF
    }
  }

  undecided "the snapshot is given when it runs" {
    path = "envs/staging/main.tf"
    code = <<-TF
      variable "snapshot" {
        type     = string
        nullable = false
      }
      resource "aws_db_instance" "app" {
        snapshot_identifier = var.snapshot #~ here
      }
    TF
  }
}
