rule "aws-iam-group-requires-mfa" {
  title    = "IAM groups ask their members for a second factor"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["AWS-0123", "AWS-0145", "3ddfa124"]

  soc2 = {
    "CC6.1" = "A password that was phished or guessed is not enough to use the rights of the group."
    "CC6.6" = "Who signs in from the internet proves it with something that an outsider does not have."
  }

  # Any statement that looks at the second factor counts, whether it allows with one or denies without. People who
  # sign in through IAM Identity Center are in no such group.
  rationale = <<-EOT
    IAM lets a user sign in and make access keys with a password alone unless a policy says otherwise.
    A policy of the group that denies everything but the setting up of a device while
    `aws:MultiFactorAuthPresent` is false makes the second factor a condition for each member.
  EOT

  remediation = "Attach a policy to the group that denies actions when `aws:MultiFactorAuthPresent` is false (`BoolIfExists`), or let people sign in through IAM Identity Center."

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html",
  ]

  match "aws_iam_group" {}

  link "policy" {
    to    = "aws.iam_group_policy"
    where = refers_to(other.group, self)
  }

  assert {
    condition = anytrue([
      for policy in link.policy : anytrue([
        for statement in iam_statements(policy.policy) : anytrue([
          for condition in statement.conditions :
          is_one_of(lower(condition.variable), "aws:multifactorauthpresent", "aws:multifactorauthage")
        ])
      ])
    ])
    error_message = "no policy of ${self.address} asks for a second factor"
  }

  fails "a group without a policy" {
    code = <<-TF
      resource "aws_iam_group" "developers" { #~ here
        name = "developers"
      }
    TF
  }

  fails "its policies do not look at the second factor" {
    code = <<-TF
      resource "aws_iam_group" "developers" { #~ here
        name = "developers"
      }

      resource "aws_iam_group_policy" "read" {
        group  = aws_iam_group.developers.name
        policy = jsonencode({
          Version   = "2012-10-17"
          Statement = [{ Effect = "Allow", Action = "ec2:Describe*", Resource = "*" }]
        })
      }

      resource "aws_iam_group_policy_attachment" "read" {
        group      = aws_iam_group.developers.name
        policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
      }
    TF
  }

  passes "a statement denies without one" {
    code = <<-TF
      resource "aws_iam_group" "developers" {
        name = "developers"
      }

      resource "aws_iam_group_policy" "mfa" {
        group  = aws_iam_group.developers.name
        policy = jsonencode({
          Version = "2012-10-17"
          Statement = [{
            Effect    = "Deny"
            NotAction = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "sts:GetSessionToken"]
            Resource  = "*"
            Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "false" } }
          }]
        })
      }
    TF
  }

  passes "a managed policy says so" {
    code = <<-TF
      resource "aws_iam_group" "developers" {
        name = "developers"
      }

      data "aws_iam_policy_document" "mfa" {
        statement {
          effect      = "Deny"
          not_actions = ["iam:EnableMFADevice"]
          resources   = ["*"]

          condition {
            test     = "BoolIfExists"
            variable = "aws:MultiFactorAuthPresent"
            values   = ["false"]
          }
        }
      }

      resource "aws_iam_policy" "mfa" {
        name   = "mfa"
        policy = data.aws_iam_policy_document.mfa.json
      }

      resource "aws_iam_group_policy_attachment" "mfa" {
        group      = aws_iam_group.developers.name
        policy_arn = aws_iam_policy.mfa.arn
      }
    TF
  }

  passes "one policy for several groups" {
    code = <<-TF
      resource "aws_iam_group" "team" {
        for_each = toset(["developers", "operators"])
        name     = each.key
      }

      resource "aws_iam_policy" "mfa" {
        name   = "mfa"
        policy = jsonencode({
          Version = "2012-10-17"
          Statement = [{
            Effect    = "Allow"
            Action    = "*"
            Resource  = "*"
            Condition = { NumericLessThan = { "aws:MultiFactorAuthAge" = "3600" } }
          }]
        })
      }

      resource "aws_iam_policy_attachment" "mfa" {
        name       = "mfa"
        groups     = [for group in aws_iam_group.team : group.name]
        policy_arn = aws_iam_policy.mfa.arn
      }
    TF
  }

  undecided "the attached policy comes from outside" {
    code = <<-TF
      variable "mfa_policy" { type = string }

      resource "aws_iam_group" "developers" { #~ here
        name = "developers"
      }

      resource "aws_iam_group_policy_attachment" "mfa" {
        group      = aws_iam_group.developers.name
        policy_arn = var.mfa_policy
      }
    TF
  }
}
