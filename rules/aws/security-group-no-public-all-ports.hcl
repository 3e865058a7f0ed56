rule "aws-security-group-no-public-all-ports" {
  title    = "Security groups do not open all ports to the internet"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_277", "4728cd65"]

  soc2 = {
    "CC6.6" = "With all ports open there is no boundary: whatever a server listens on can be reached from the internet."
  }

  rationale = <<-EOT
    Protocol `-1` means every protocol and port, and a range from 0 or 1 to 65535 means as much. For
    `0.0.0.0/0` or `::/0` such a rule is no protection at all.
  EOT

  remediation = "Name the ports that the internet needs, such as 443."

  references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
  ]

  match "aws.ingress_rule" {}

  assert {
    condition = !(
      anytrue([for cidr in self.cidrs : cidr_is_everyone(cidr)])
      && ports_include(self, 1) && ports_include(self, 65535)
    )
    error_message = "${self.owner.address} lets the whole internet reach all ports"
  }

  fails "all protocols, and all ports of one" {
    code = <<-TF
      resource "aws_security_group" "web" {
        ingress {
          from_port   = 0
          to_port     = 0
          protocol    = "-1"
          cidr_blocks = ["0.0.0.0/0"] #~ here
        }
      }

      resource "aws_security_group_rule" "all" {
        type              = "ingress"
        from_port         = 0
        to_port           = 65535
        protocol          = "tcp"
        cidr_blocks       = ["0.0.0.0/0"] #~ here
        security_group_id = aws_security_group.web.id
      }

      resource "aws_vpc_security_group_ingress_rule" "all" {
        security_group_id = aws_security_group.web.id
        cidr_ipv4         = "0.0.0.0/0" #~ here
        ip_protocol       = "-1"
      }
    TF
  }

  passes "all ports within the group, HTTPS for everyone" {
    code = <<-TF
      resource "aws_security_group" "web" {
        ingress {
          from_port = 0
          to_port   = 0
          protocol  = "-1"
          self      = true
        }

        ingress {
          from_port   = 443
          to_port     = 443
          protocol    = "tcp"
          cidr_blocks = ["0.0.0.0/0"]
        }
      }

      resource "aws_security_group_rule" "out" {
        type              = "egress"
        from_port         = 0
        to_port           = 0
        protocol          = "-1"
        cidr_blocks       = ["0.0.0.0/0"]
        security_group_id = aws_security_group.web.id
      }
    TF
  }

  undecided "the protocol comes from outside" {
    code = <<-TF
      variable "protocol" { type = string }

      resource "aws_vpc_security_group_ingress_rule" "web" {
        security_group_id = "sg-0123456789abcdef0"
        cidr_ipv4         = "0.0.0.0/0"
        ip_protocol       = var.protocol #~ here
        from_port         = 443
        to_port           = 443
      }
    TF
  }
}
