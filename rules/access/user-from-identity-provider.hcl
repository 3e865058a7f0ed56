rule "access-user-from-identity-provider" {
  title    = "People sign in to AWS by the identity provider"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "A password in AWS is not under the rules of the identity provider for passwords and second factors."
    "CC6.2" = "Whoever leaves is removed from the identity provider, and a user of IAM stays behind."
    "CC6.3" = "Reviews of access look at the identity provider, and miss what is kept beside it."
  }

  # A user without a password for the console is a program's, which is for aws-iam-no-access-keys. Users for
  # emergencies are meant to work without the identity provider.
  rationale = <<-EOT
    The repository sets up single sign-on, and it gives a user of IAM a password for the console as
    well. Such a user lives on when the person leaves.
  EOT

  remediation = "Give the person access by a permission set or a role for single sign-on, and remove the login profile."

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-users-federation-idp",
    "https://docs.aws.amazon.com/singlesignon/latest/userguide/what-is.html",
  ]

  match "aws_iam_user_login_profile" {}

  link "sign_on" {
    to    = "access.sign_on"
    where = true
  }

  link "user" {
    to      = "aws_iam_user"
    where   = refers_to(self.user, other)
    at_most = 1
  }

  assert {
    for_each      = length(link.sign_on) > 0 ? [true] : []
    condition     = matches("(?i)break-?_?glass|emergency", or_default(link.user.name, self.user, ""))
    at            = self
    error_message = "${self.address} gives a password for the console beside single sign-on"
  }

  fails "a password beside single sign-on" {
    code = <<-TF
      resource "aws_ssoadmin_permission_set" "admin" {
        name = "admin"
      }

      resource "aws_iam_user" "jane" {
        name = "jane"
      }

      resource "aws_iam_user_login_profile" "jane" { #~ here
        user = aws_iam_user.jane.name
      }
    TF
  }

  passes "a user for emergencies" {
    code = <<-TF
      resource "aws_iam_saml_provider" "okta" {
        name = "okta"
      }

      resource "aws_iam_user" "emergency" {
        name = "break-glass"
      }

      resource "aws_iam_user_login_profile" "emergency" {
        user = aws_iam_user.emergency.name
      }

      resource "aws_iam_user_login_profile" "other" {
        user = "emergency-2"
      }
    TF
  }

  undecided "which user is decided outside" {
    code = <<-TF
      variable "name" {}

      resource "aws_identitystore_group" "admins" {
        display_name = "admins"
      }

      resource "aws_iam_user_login_profile" "jane" { #~ here
        user = var.name
      }
    TF
  }
}
