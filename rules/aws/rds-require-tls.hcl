rule "aws-rds-require-tls" {
  title    = "Databases in RDS refuse connections without TLS"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV2_AWS_69"]

  soc2 = {
    "CC6.7" = "Passwords, queries and answers cross the network encrypted, because the database takes no others."
  }

  # Aurora takes the parameter from the group of the cluster, so the group of an instance is not asked.
  # MySQL 5.6 and MariaDB 10.4 and older do not have it.
  rationale = <<-EOT
    Every engine in RDS offers TLS, but most take connections without it unless a parameter forbids
    them: `rds.force_ssl` for PostgreSQL and SQL Server, `require_secure_transport` for MySQL and
    MariaDB. It is on by default only in PostgreSQL 15, Aurora PostgreSQL 17, MariaDB 11.8 and
    MySQL 9.7, and newer. A client that is set up wrongly then talks in the clear, and nobody notices.
  EOT

  remediation = "Set the parameter `rds.force_ssl` to 1 (PostgreSQL, SQL Server) or `require_secure_transport` to 1 (MySQL, MariaDB) in the parameter group."

  references = [
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mysql-ssl-connections.require-ssl.html",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mariadb-ssl-connections.require-ssl.html",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html",
  ]

  match "aws_db_parameter_group" {
    where = (
      matches("^(postgres|sqlserver|mysql|mariadb)", self.family)
      && !matches("^(mysql5[.]6|mariadb10[.][0-4]$)", self.family)
    )
  }

  match "aws_rds_cluster_parameter_group" {
    where = matches("^(aurora-postgresql|aurora-mysql|postgres|mysql)", self.family) && self.family != "aurora-mysql5.6"
  }

  assert {
    for_each = [
      for parameter in or_default(self.parameter, []) : parameter
      if is_one_of(parameter.name, "rds.force_ssl", "require_secure_transport")
    ]
    condition     = is_one_of(lower(each.value.value), "1", "on", "true")
    at            = each.value.value
    error_message = "${self.address} lets connections in without TLS"
  }

  assert {
    condition = (
      anytrue([
        for parameter in or_default(self.parameter, []) :
        is_one_of(parameter.name, "rds.force_ssl", "require_secure_transport")
      ])
      || matches_any([
        "^postgres(1[5-9]|[2-9][0-9])",
        "^aurora-postgresql(1[7-9]|[2-9][0-9])",
        "^mariadb(11[.]8|1[2-9]|[2-9][0-9])",
        "^mysql(9[.][7-9]|[1-9][0-9])",
      ], self.family)
    )
    at            = self.family
    error_message = "${self.address} does not require TLS, and databases of the family ${self.family} do not by themselves"
  }

  fails "the parameter is left out and off by default" {
    code = <<-TF
      resource "aws_db_parameter_group" "app" {
        name   = "app"
        family = "mysql8.4" #~ here

        parameter {
          name  = "max_connections"
          value = "200"
        }
      }

      resource "aws_db_parameter_group" "old" {
        name   = "old"
        family = "postgres14" #~ here
      }

      resource "aws_rds_cluster_parameter_group" "app" {
        name   = "app"
        family = "aurora-postgresql16" #~ here
      }
    TF
  }

  fails "it is turned off" {
    code = <<-TF
      resource "aws_db_parameter_group" "app" {
        name   = "app"
        family = "postgres17"

        parameter {
          name  = "rds.force_ssl"
          value = "0" #~ here
        }
      }

      resource "aws_rds_cluster_parameter_group" "app" {
        name   = "app"
        family = "aurora-mysql8.0"

        parameter {
          name  = "require_secure_transport"
          value = "OFF" #~ here
        }
      }
    TF
  }

  fails "a variable turns it off" {
    code = <<-TF
      variable "force_tls" { default = false }

      resource "aws_db_parameter_group" "app" {
        name   = "app"
        family = "postgres16"

        parameter {
          name  = "rds.force_ssl"
          value = var.force_tls ? 1 : 0 #~ here
        }
      }
    TF
  }

  passes "it is on" {
    code = <<-TF
      resource "aws_db_parameter_group" "app" {
        name   = "app"
        family = "postgres14"

        parameter {
          name  = "rds.force_ssl"
          value = 1
        }
      }

      resource "aws_rds_cluster_parameter_group" "app" {
        name   = "app"
        family = "aurora-mysql8.0"

        parameter {
          name  = "require_secure_transport"
          value = "ON"
        }
      }
    TF
  }

  passes "on by default" {
    code = <<-TF
      resource "aws_db_parameter_group" "app" {
        name   = "app"
        family = "postgres16"
      }

      resource "aws_db_parameter_group" "maria" {
        name   = "maria"
        family = "mariadb11.8"
      }
    TF
  }

  passes "the group of an Aurora instance, and engines without the parameter" {
    code = <<-TF
      resource "aws_db_parameter_group" "instance" {
        name   = "instance"
        family = "aurora-postgresql16"
      }

      resource "aws_db_parameter_group" "oracle" {
        name   = "oracle"
        family = "oracle-ee-19"
      }

      resource "aws_db_parameter_group" "asked" {
        name   = "asked"
        family = "postgres15"
      }
    TF
  }

  undecided "the caller chooses the value" {
    code = <<-TF
      variable "force_tls" { type = string }

      resource "aws_db_parameter_group" "app" {
        name   = "app"
        family = "postgres16"

        parameter {
          name  = "rds.force_ssl"
          value = var.force_tls #~ here
        }
      }
    TF
  }
}
