rule "aws-iam-role-trust-not-public" {
  title    = "IAM roles do not trust everyone"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_60", "bcdcbdc6", "12b7e704"]

  soc2 = {
    "CC6.1" = "Whoever may take on a role acts with its rights, so its trust policy is the door and must name who enters."
    "CC6.3" = "A role that anybody can take on gives its rights to people who were never authorised."
  }

  # `sts:ExternalId` does not narrow who calls: whoever learns the id may take on the role.
  rationale = <<-EOT
    A trust policy that allows principal `*` lets anybody with an AWS account take on the role,
    unless a condition names the organisation, accounts or roles that may.
  EOT

  remediation = "Name the accounts, roles or services in `Principal`, or add a condition on `aws:PrincipalOrgID`."

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
  ]

  match "aws_iam_role" {}

  assert {
    for_each      = iam_statements(self.assume_role_policy)
    condition     = !iam_allows_everyone(each.value)
    error_message = "anybody with an AWS account may take on ${self.address}"
  }

  fails "everyone is trusted" {
    code = <<-TF
      resource "aws_iam_role" "deploy" {
        assume_role_policy = jsonencode({
          Version = "2012-10-17"
          Statement = [{
            Effect    = "Allow"
            Principal = { AWS = "*" } #~ here
            Action    = "sts:AssumeRole"
            Condition = { StringEquals = { "sts:ExternalId" = "acme" } }
          }]
        })
      }
    TF
  }

  passes "a service, and the organisation" {
    code = <<-TF
      data "aws_iam_policy_document" "trust" {
        statement {
          actions = ["sts:AssumeRole"]

          principals {
            type        = "Service"
            identifiers = ["lambda.amazonaws.com"]
          }
        }

        statement {
          actions = ["sts:AssumeRole"]

          principals {
            type        = "AWS"
            identifiers = ["*"]
          }

          condition {
            test     = "StringEquals"
            variable = "aws:PrincipalOrgID"
            values   = ["o-a1b2c3d4e5"]
          }
        }
      }

      resource "aws_iam_role" "worker" {
        assume_role_policy = data.aws_iam_policy_document.trust.json
      }
    TF
  }

  undecided "the principals come from outside" {
    code = <<-TF
      variable "trusted" { type = list(string) }

      resource "aws_iam_role" "deploy" {
        assume_role_policy = jsonencode({
          Statement = [{
            Effect    = "Allow"
            Principal = { AWS = var.trusted } #~ here
            Action    = "sts:AssumeRole"
          }]
        })
      }
    TF
  }
}
