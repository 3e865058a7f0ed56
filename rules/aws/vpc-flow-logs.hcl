rule "aws-vpc-flow-logs" {
  title    = "VPCs log their traffic"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV2_AWS_11", "AWS-0178", "f83121ea"]

  soc2 = {
    "CC7.2" = "Flow logs show connections that nobody expects: scans, a server that calls home, data that leaves."
  }

  # Flow logs of single subnets or interfaces, and those of a transit gateway, are not taken for
  # logs of the VPC.
  rationale = <<-EOT
    A VPC records none of its traffic until a flow log is made for it.
  EOT

  remediation = "Declare an `aws_flow_log` with `vpc_id` and `traffic_type = \"ALL\"`."

  references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html",
  ]

  match "aws_vpc" {}

  link "log" {
    to      = "aws_flow_log"
    where   = refers_to(other.vpc_id, self)
    at_most = 1
  }

  assert {
    condition     = link.log != null
    error_message = "${self.address} has no flow log"
  }

  fails "there is none, or one for something else" {
    code = <<-TF
      resource "aws_vpc" "main" { #~ here
        cidr_block = "10.0.0.0/16"
      }

      resource "aws_vpc" "other" {
        cidr_block = "10.1.0.0/16"
      }

      resource "aws_flow_log" "other" {
        vpc_id          = aws_vpc.other.id
        traffic_type    = "ALL"
        log_destination = "arn:aws:s3:::acme-flow-logs"
      }
    TF
  }

  passes "one for the VPC" {
    code = <<-TF
      resource "aws_vpc" "main" {
        cidr_block = "10.0.0.0/16"
      }

      resource "aws_flow_log" "main" {
        vpc_id          = aws_vpc.main.id
        traffic_type    = "ALL"
        log_destination = "arn:aws:s3:::acme-flow-logs"
      }
    TF
  }

  undecided "whether there is one is decided outside" {
    code = <<-TF
      variable "log" { type = bool }

      resource "aws_vpc" "main" { #~ here
        cidr_block = "10.0.0.0/16"
      }

      resource "aws_flow_log" "main" {
        count           = var.log ? 1 : 0
        vpc_id          = aws_vpc.main.id
        traffic_type    = "ALL"
        log_destination = "arn:aws:s3:::acme-flow-logs"
      }
    TF
  }
}
