rule "aws-security-group-no-public-admin-ports" {
  title    = "Security groups keep admin ports from the internet"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_24", "CKV_AWS_25", "AWS-0107", "65905cec", "151187cb"]

  soc2 = {
    "CC6.6" = "SSH and remote desktop are tried by attackers all day, and are for people inside or behind a gateway only."
    "CC6.1" = "Who may administer a server is decided before the port can be reached, not by its password alone."
  }

  rationale = <<-EOT
    A rule that lets `0.0.0.0/0` or `::/0` reach port 22 or 3389 shows the login of a server to
    everybody. The port may be within a range, and protocol `-1` means all ports. Session Manager
    or a VPN need no open port.
  EOT

  remediation = "Allow the addresses of your VPN or bastion only, or use Session Manager and remove the rule."

  references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
  ]

  input "ports" {
    description = "The ports that servers are administered through."
    default     = [22, 3389]
  }

  match "aws.ingress_rule" {}

  assert {
    for_each      = input.ports
    condition     = !(anytrue([for cidr in self.cidrs : cidr_is_everyone(cidr)]) && ports_include(self, each.value))
    error_message = "${self.owner.address} lets the whole internet reach port ${each.value}"
  }

  fails "SSH for everyone, in a block and in resources of its own" {
    code = <<-TF
      resource "aws_security_group" "web" {
        ingress {
          from_port   = 22
          to_port     = 22
          protocol    = "tcp"
          cidr_blocks = ["10.0.0.0/8", "0.0.0.0/0"] #~ here
        }
      }

      resource "aws_security_group_rule" "desktop" {
        type              = "ingress"
        from_port         = 3000
        to_port           = 4000
        protocol          = "tcp"
        ipv6_cidr_blocks  = ["::/0"] #~ here
        security_group_id = aws_security_group.web.id
      }

      resource "aws_vpc_security_group_ingress_rule" "ssh" {
        security_group_id = aws_security_group.web.id
        cidr_ipv4         = "0.0.0.0/0" #~ here
        ip_protocol       = "tcp"
        from_port         = 22
        to_port           = 22
      }
    TF
  }

  fails "a module's caller opens it" {
    files = {
      "main.tf"         = <<-TF
        module "bastion" {
          source  = "./bastion"
          sources = ["0.0.0.0/0"]
        }
      TF
      "bastion/main.tf" = <<-TF
        variable "sources" { type = list(string) }

        resource "aws_security_group" "bastion" {
          ingress {
            from_port   = 22
            to_port     = 22
            protocol    = "tcp"
            cidr_blocks = var.sources #~ here
          }
        }
      TF
    }
  }

  passes "SSH from the office, HTTPS for everyone" {
    code = <<-TF
      resource "aws_security_group" "web" {
        ingress {
          from_port   = 22
          to_port     = 22
          protocol    = "tcp"
          cidr_blocks = ["198.51.100.0/24"]
        }

        ingress {
          from_port        = 443
          to_port          = 443
          protocol         = "tcp"
          cidr_blocks      = ["0.0.0.0/0"]
          ipv6_cidr_blocks = ["::/0"]
        }
      }
    TF
  }

  undecided "the addresses come from outside" {
    code = <<-TF
      variable "admins" { type = list(string) }

      resource "aws_security_group" "web" {
        ingress {
          from_port   = 22
          to_port     = 22
          protocol    = "tcp"
          cidr_blocks = var.admins #~ here
        }
      }
    TF
  }
}
