rule "aws-iam-policy-no-wildcard-action" {
  title    = "IAM policies name the actions that they grant"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_49", "CKV_AWS_63", "AWS-0057", "AWS-0345", "575a2155"]

  soc2 = {
    "CC6.3" = "A role that may do everything with a service also holds the rights to delete and to share, which few need."
  }

  # A service wildcard on named resources, and wildcards for part of a service (`s3:Get*`), pass.
  rationale = <<-EOT
    `s3:*` on `*` holds reading and deleting every bucket, making them public, and whatever AWS adds
    to the service next year. `*` on a few resources also holds changing who else may use them.
    Statements that allow all of AWS are for the rule aws-iam-policy-no-administrator.
  EOT

  remediation = "List the actions that are needed, or name the resources."

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
  ]

  match "aws.iam_policy" {}

  assert {
    for_each = iam_statements(self.policy)
    condition = !(
      anytrue([for action in each.value.actions : matches("^[A-Za-z0-9-]+:[*]+$", action)])
      && is_wildcard(each.value.resources)
      && each.value.effect == "Allow"
    )
    error_message = "${self.owner.address} allows every action of a service on every resource"
  }

  # Every action on every resource is for aws-iam-policy-no-administrator.
  assert {
    for_each = iam_statements(self.policy)
    condition = !(
      is_wildcard(each.value.actions) && !is_wildcard(each.value.resources) && each.value.effect == "Allow"
    )
    error_message = "${self.owner.address} allows every action on the resources that it names"
  }

  fails "all of S3" {
    code = <<-TF
      data "aws_iam_policy_document" "files" {
        statement {
          effect    = "Allow"
          actions   = ["logs:PutLogEvents", "s3:*"]
          resources = ["*"]
        }
      }

      resource "aws_iam_role_policy" "files" {
        role   = "files"
        policy = data.aws_iam_policy_document.files.json #~ here
      }
    TF
  }

  fails "a document that is handed to a module from elsewhere" {
    code = <<-TF
      data "aws_iam_policy_document" "files" {
        statement {
          actions   = ["s3:*"] #~ here
          resources = ["*"]
        }
      }

      module "policy" {
        source  = "terraform-aws-modules/iam/aws//modules/iam-policy"
        version = "5.52.0"
        policy  = data.aws_iam_policy_document.files.json
      }
    TF
  }

  fails "every action on one bucket" {
    code = <<-TF
      resource "aws_iam_policy" "files" {
        policy = jsonencode({
          Version = "2012-10-17"
          Statement = [{
            Effect   = "Allow"
            Action   = "*" #~ here
            Resource = "arn:aws:s3:::acme-files/*"
          }]
        })
      }
    TF
  }

  passes "part of it, or one bucket" {
    code = <<-TF
      resource "aws_iam_policy" "files" {
        policy = jsonencode({
          Statement = [
            { Effect = "Allow", Action = "s3:Get*", Resource = "*" },
            { Effect = "Allow", Action = "s3:*", Resource = "arn:aws:s3:::acme-files/*" },
            { Effect = "Deny", Action = "iam:*", Resource = "*" },
          ]
        })
      }
    TF
  }

  passes "every action on one stream, whose ARN is known after apply" {
    code = <<-TF
      resource "aws_kinesis_firehose_delivery_stream" "logs" {
        name        = "logs"
        destination = "extended_s3"
      }

      resource "aws_iam_role_policy" "logs" {
        role = "logs"
        policy = jsonencode({
          Statement = [{
            Effect   = "Allow"
            Action   = ["firehose:*"]
            Resource = [aws_kinesis_firehose_delivery_stream.logs.arn]
          }]
        })
      }
    TF
  }

  undecided "the actions come from outside" {
    code = <<-TF
      variable "action" { type = string }

      resource "aws_iam_policy" "files" {
        policy = jsonencode({ Statement = [{ Effect = "Allow", Action = var.action, Resource = "*" }] }) #~ here
      }
    TF
  }
}
