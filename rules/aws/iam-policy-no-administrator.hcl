rule "aws-iam-policy-no-administrator" {
  title    = "IAM policies do not grant all rights"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_1", "CKV_AWS_62", "CKV_AWS_274", "CKV2_AWS_56", "2f37c4a3", "b1ffa705", "CKV_AWS_275"]

  soc2 = {
    "CC6.3" = "Rights follow what a role has to do, and no role has to do everything."
  }

  # A condition on the statement, such as one that asks for MFA, does not make it narrow: whoever
  # meets it may still do everything. Roles for emergencies are a case for a waiver.
  rationale = <<-EOT
    A statement that allows every action on every resource, or the policy `AdministratorAccess`,
    makes whoever holds it the owner of the account: they can read all data, remove the logs and
    give rights to others.
  EOT

  remediation = "List the actions and resources that the role needs; IAM Access Analyzer can make that list from its activity."

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html",
  ]

  match "aws.iam_policy" {}
  match "aws.iam_attachment" {}

  assert {
    for_each = iam_statements(self.policy)
    condition = !(
      is_wildcard(each.value.actions) && is_wildcard(each.value.resources) && each.value.effect == "Allow"
    )
    error_message = "${self.owner.address} allows every action on every resource"
  }

  assert {
    condition     = self.policy_arn == null || refers_to_kind(self.policy_arn, "aws_iam_policy") || !endswith(self.policy_arn, ":iam::aws:policy/AdministratorAccess")
    error_message = "${self.owner.address} attaches AdministratorAccess"
  }

  fails "everything on everything, in each notation" {
    code = <<-TF
      locals {
        everything = <<-JSON
          {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}
          }
        JSON
      }

      resource "aws_iam_policy" "json" {
        policy = local.everything #~ here
      }

      resource "aws_iam_role_policy" "encoded" {
        role = "ci"
        policy = jsonencode({
          Statement = [
            { Effect = "Allow", Action = ["s3:GetObject"], Resource = "*" },
            { Effect = "Allow", Action = ["*"], Resource = "*" }, #~ here
          ]
        })
      }
    TF
  }

  fails "a policy document, and one inside a role" {
    code = <<-TF
      data "aws_iam_policy_document" "admin" {
        statement {
          actions   = ["*"]
          resources = ["*"]
        }
      }

      resource "aws_iam_group_policy" "admin" {
        group  = "admins"
        policy = data.aws_iam_policy_document.admin.json #~ here
      }

      resource "aws_iam_role" "ci" {
        inline_policy {
          name   = "all"
          policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] }) #~ here
        }
      }
    TF
  }

  fails "AdministratorAccess is attached" {
    code = <<-TF
      resource "aws_iam_role_policy_attachment" "ci" {
        role       = "ci"
        policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess" #~ here
      }

      resource "aws_iam_role" "ci" {
        managed_policy_arns = [
          "arn:aws:iam::aws:policy/ReadOnlyAccess",
          "arn:aws:iam::aws:policy/AdministratorAccess", #~ here
        ]
      }
    TF
  }

  passes "what is needed" {
    code = <<-TF
      resource "aws_iam_policy" "reports" {
        policy = jsonencode({
          Statement = [
            { Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-reports/*" },
            { Effect = "Deny", Action = "*", Resource = "*" },
          ]
        })
      }

      resource "aws_iam_role_policy_attachment" "reports" {
        role       = "reports"
        policy_arn = aws_iam_policy.reports.arn
      }
    TF
  }

  undecided "the actions come from outside" {
    code = <<-TF
      variable "actions" { type = list(string) }
      variable "policy" { type = string }

      resource "aws_iam_policy" "deploy" {
        policy = jsonencode({ Statement = [{ Effect = "Allow", Action = var.actions, Resource = "*" }] }) #~ here
      }

      resource "aws_iam_user_policy_attachment" "deploy" {
        user       = "deploy"
        policy_arn = var.policy #~ here
      }
    TF
  }
}
