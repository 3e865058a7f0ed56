rule "aws-iam-user-no-direct-policy" {
  title    = "IAM users get their permissions from groups or roles"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_40", "AWS-0143", "b4378389"]

  soc2 = {
    "CC6.2" = "When somebody leaves or changes the team, taking them out of a group takes the rights away; what hangs on the user stays."
    "CC6.3" = "Rights follow from the role of a person, and a review looks at groups instead of at every user."
  }

  # A policy that only denies something takes no rights from the review, but the next one beside it will. A user
  # for a program is no better off: programs take on roles.
  rationale = <<-EOT
    A policy on a user is an exception that nobody sees in the groups. After a year of them no two
    people in one team have the same rights, and a review of access has to read each user.
  EOT

  remediation = "Attach the policy to an `aws_iam_group` or `aws_iam_role`, and make the user a member with `aws_iam_user_group_membership`."

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-2",
    "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_user_group_membership",
  ]

  match "aws_iam_user_policy" "aws_iam_user_policy_attachment" {}

  match "aws_iam_policy_attachment" {
    where = self.users != null
  }

  match "aws_iam_user_policy_attachments_exclusive" {
    where = self.policy_arns != null
  }

  assert {
    condition = length(flatten([
      self.kind == "aws_iam_policy_attachment" ? self.users :
      self.kind == "aws_iam_user_policy_attachments_exclusive" ? self.policy_arns : [self.user]
    ])) == 0
    error_message = "${self.address} gives permissions to a user directly"
  }

  fails "a policy of its own" {
    code = <<-TF
      resource "aws_iam_user" "jim" {
        name = "jim"
      }

      resource "aws_iam_user_policy" "ec2" {
        user   = aws_iam_user.jim.name #~ here
        policy = jsonencode({ Version = "2012-10-17", Statement = [] })
      }
    TF
  }

  fails "a managed policy, attached" {
    code = <<-TF
      resource "aws_iam_user_policy_attachment" "admin" {
        user       = "jim" #~ here
        policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
      }

      resource "aws_iam_policy_attachment" "admin" {
        name       = "admins"
        users      = ["jim"] #~ here
        policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
      }

      resource "aws_iam_user_policy_attachments_exclusive" "jim" {
        user_name   = "jim"
        policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"] #~ here
      }
    TF
  }

  fails "users from a variable" {
    code = <<-TF
      variable "admins" { default = ["jim"] }

      resource "aws_iam_policy_attachment" "admin" {
        name       = "admins"
        users      = var.admins #~ here
        policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
      }
    TF
  }

  passes "a group has the policy" {
    code = <<-TF
      resource "aws_iam_group" "developers" {
        name = "developers"
      }

      resource "aws_iam_group_policy_attachment" "read" {
        group      = aws_iam_group.developers.name
        policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
      }

      resource "aws_iam_user_group_membership" "jim" {
        user   = "jim"
        groups = [aws_iam_group.developers.name]
      }

      resource "aws_iam_policy_attachment" "roles" {
        name       = "roles"
        users      = []
        roles      = ["app"]
        policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
      }

      resource "aws_iam_user_policy_attachments_exclusive" "none" {
        user_name   = "jim"
        policy_arns = []
      }
    TF
  }

  undecided "the caller names the users" {
    code = <<-TF
      variable "admins" { type = list(string) }

      resource "aws_iam_policy_attachment" "admin" {
        name       = "admins"
        users      = var.admins #~ here
        policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
      }
    TF
  }
}
