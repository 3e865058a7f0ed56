rule "aws-rds-not-public" {
  title    = "RDS instances have no public address"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_17", "AWS-0180", "CKV_AWS_89", "35113e6f"]

  soc2 = {
    "CC6.6" = "A database with a public address is one security group rule away from the whole internet."
    "CC6.1" = "The database can be reached from its own network only, whoever holds a password."
  }

  rationale = <<-EOT
    With `publicly_accessible` the instance's name resolves to a public address outside the VPC. The
    provider's default is false.
  EOT

  remediation = "Remove `publicly_accessible = true` and reach the database through the VPC."

  references = [
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
  ]

  match "aws_db_instance" "aws_rds_cluster_instance" {
    defaults = { publicly_accessible = false }
  }

  assert {
    condition     = !self.publicly_accessible
    error_message = "${self.address} has a public address"
  }

  fix {
    set    = { publicly_accessible = false }
    safety = "unsafe"
    reason = "Whoever connects from outside the network loses access."
  }

  fails "it is made public" {
    code = <<-TF
      resource "aws_db_instance" "app" {
        publicly_accessible = true #~ here
      }

      locals {
        open = true
      }

      resource "aws_rds_cluster_instance" "reader" {
        publicly_accessible = local.open #~ here
      }
    TF
  }

  passes "by default" {
    code = <<-TF
      resource "aws_db_instance" "app" {
        engine = "postgres"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "public" { type = bool }

      resource "aws_db_instance" "app" {
        publicly_accessible = var.public #~ here
      }
    TF
  }
}
