rule "aws-rds-storage-encrypted" {
  title    = "RDS instances encrypt their storage"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_16", "CKV_AWS_96", "CKV_AWS_140", "AWS-0079", "AWS-0080", "08bd0760", "3199c26c"]

  soc2 = {
    "CC6.1" = "Whoever copies the disk, a snapshot or a replica still cannot read the data without the key."
    "CC6.7" = "Snapshots leave the instance, and encryption travels with them."
  }

  rationale = <<-EOT
    RDS encrypts storage only when `storage_encrypted` is true, and the provider leaves it false.
    It cannot be switched on later without replacing the instance.
  EOT

  remediation = "Set `storage_encrypted = true`, and `kms_key_id` if you manage the key yourself."

  references = [
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html",
  ]

  match "aws_db_instance" {
    where    = !is_set(self.replicate_source_db) # a replica takes its source's setting
    defaults = { storage_encrypted = false }
  }

  # Aurora Serverless v1 is always encrypted.
  match "aws_rds_cluster" {
    where    = !is_set(self.replication_source_identifier) && self.engine_mode != "serverless"
    defaults = { storage_encrypted = false }
  }

  assert {
    condition     = self.storage_encrypted
    error_message = "${self.address} stores its data unencrypted"
  }

  fix {
    set    = { storage_encrypted = true }
    safety = "unsafe"
    reason = "Terraform replaces an existing instance to change this argument."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "aws_db_instance" "app" { #~ here
        engine = "postgres"
      }
    TF
  }

  fails "a variable's default turns it off" {
    code = <<-TF
      variable "encrypted" { default = false }

      resource "aws_db_instance" "app" {
        storage_encrypted = var.encrypted #~ here
      }
    TF
  }

  fails "a cluster that leaves it out" {
    code = <<-TF
      resource "aws_rds_cluster" "orders" { #~ here
        engine = "aurora-postgresql"
      }
    TF
  }

  passes "a cluster that is encrypted, one that always is" {
    code = <<-TF
      resource "aws_rds_cluster" "orders" {
        engine            = "aurora-postgresql"
        engine_mode       = "provisioned"
        storage_encrypted = true
      }

      resource "aws_rds_cluster" "batch" {
        engine      = "aurora-mysql"
        engine_mode = "serverless"
      }

      resource "aws_rds_cluster" "copy" {
        engine                        = "aurora-postgresql"
        replication_source_identifier = "arn:aws:rds:eu-west-1:111122223333:cluster:orders"
      }
    TF
  }

  passes "it is on" {
    code = <<-TF
      resource "aws_db_instance" "app" {
        storage_encrypted = true
      }

      resource "aws_db_instance" "replica" {
        replicate_source_db = "app"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "encrypted" { type = bool }

      resource "aws_db_instance" "app" {
        storage_encrypted = var.encrypted #~ here
      }
    TF
  }
}
