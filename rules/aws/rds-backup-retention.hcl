rule "aws-rds-backup-retention" {
  title    = "RDS keeps backups for a week or longer"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_133", "AWS-0077", "1dc73fb4"]

  soc2 = {
    "CC7.5" = "After an incident the data can be brought back to any second of the days that backups are kept for."
    "A1.2"  = "Automatic backups are there, and reach back to before a fault was noticed."
  }

  rationale = <<-EOT
    An `aws_db_instance` makes no automatic backups unless `backup_retention_period` is set, and an
    `aws_rds_cluster` keeps them for one day. A fault is often noticed later than that. Replicas are
    left out, because what they copy is backed up at its source. Backups through AWS Backup are not
    seen.
  EOT

  remediation = "Set `backup_retention_period` to 7 or more."

  references = [
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
  ]

  input "least_days" {
    description = "For how many days backups must be kept."
    default     = 7
  }

  match "aws_db_instance" {
    where    = !is_set(self.replicate_source_db)
    defaults = { backup_retention_period = 0 }
  }

  match "aws_rds_cluster" {
    where    = !is_set(self.replication_source_identifier)
    defaults = { backup_retention_period = 1 }
  }

  assert {
    condition     = self.backup_retention_period >= input.least_days
    error_message = "${self.address} keeps backups for less than ${input.least_days} days"
  }

  fix {
    set    = { backup_retention_period = 7 }
    safety = "unsafe"
    reason = "Backups cost storage, and an instance that made none is briefly interrupted."
  }

  fails "none, or too few days" {
    code = <<-TF
      resource "aws_db_instance" "app" { #~ here
        engine = "postgres"
      }

      resource "aws_rds_cluster" "orders" {
        backup_retention_period = 3 #~ here
      }
    TF
  }

  passes "a month; replicas have none of their own" {
    code = <<-TF
      resource "aws_db_instance" "app" {
        backup_retention_period = 30
      }

      resource "aws_db_instance" "replica" {
        replicate_source_db = aws_db_instance.app.identifier
      }

      resource "aws_rds_cluster" "copy" {
        replication_source_identifier = "arn:aws:rds:eu-west-1:111122223333:cluster:orders"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "days" { type = number }

      resource "aws_db_instance" "app" {
        backup_retention_period = var.days #~ here
      }
    TF
  }
}
