rule "aws-security-group-no-public-database-ports" {
  title    = "Security groups keep database ports from the internet"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["381c3f2a", "54c417bf"]

  soc2 = {
    "CC6.6" = "A database is for the application, and nothing outside the network has a reason to reach it."
    "CC6.1" = "With the port closed, a weak or leaked password alone does not open the data."
  }

  rationale = <<-EOT
    Databases, caches and search engines are meant to be reached from the application's network.
    Open to `0.0.0.0/0` or `::/0` they are found by scanners within minutes, and some of them ask
    for no password. The port may be within a range, and protocol `-1` means all ports.
  EOT

  remediation = "Allow the security group of the application instead of an address range."

  references = [
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html",
    "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
  ]

  input "ports" {
    description = "The ports of databases, caches and search engines."
    # SQL Server, Oracle, MySQL, PostgreSQL, Redshift, Redis, Cassandra, Kafka, Elasticsearch and
    # OpenSearch with their dashboards, Memcached, MongoDB.
    default = [
      1433, 1434, 1521, 2483, 2484, 3306, 5432, 5439, 5601, 6379, 9042, 9092, 9200, 9300, 11211, 27017, 27018,
    ]
  }

  match "aws.ingress_rule" {}

  assert {
    for_each      = input.ports
    condition     = !(anytrue([for cidr in self.cidrs : cidr_is_everyone(cidr)]) && ports_include(self, each.value))
    error_message = "${self.owner.address} lets the whole internet reach port ${each.value} of a database"
  }

  fails "PostgreSQL for everyone" {
    code = <<-TF
      resource "aws_security_group" "db" {
        ingress {
          from_port   = 5432
          to_port     = 5432
          protocol    = "tcp"
          cidr_blocks = ["0.0.0.0/0"] #~ here
        }
      }

      resource "aws_vpc_security_group_ingress_rule" "cache" {
        security_group_id = aws_security_group.db.id
        cidr_ipv6         = "::/0" #~ here
        ip_protocol       = "tcp"
        from_port         = 6379
        to_port           = 6379
      }
    TF
  }

  passes "PostgreSQL for the application" {
    code = <<-TF
      resource "aws_security_group" "db" {
        ingress {
          from_port       = 5432
          to_port         = 5432
          protocol        = "tcp"
          security_groups = [aws_security_group.app.id]
        }
      }

      resource "aws_security_group_rule" "vpc" {
        type              = "ingress"
        from_port         = 5432
        to_port           = 5432
        protocol          = "tcp"
        cidr_blocks       = ["10.0.0.0/16"]
        security_group_id = aws_security_group.db.id
      }

      resource "aws_security_group" "app" {}
    TF
  }

  undecided "the addresses come from outside" {
    code = <<-TF
      variable "clients" { type = list(string) }

      resource "aws_security_group" "db" {
        ingress {
          from_port   = 5432
          to_port     = 5432
          protocol    = "tcp"
          cidr_blocks = var.clients #~ here
        }
      }
    TF
  }
}
