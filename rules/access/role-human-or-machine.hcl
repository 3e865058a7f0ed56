rule "access-role-human-or-machine" {
  title    = "A role is for people or for programs, not for both"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "What a program does and what a person does under the same role cannot be told apart in the log."
    "CC6.3" = "Rights that both share fit neither: the program gets what the person needs, and the other way round."
  }

  # People: IAM users, single sign-on by SAML, and a whole account without a condition, which its administrators hand
  # on. Programs: services of AWS, and identities of pipelines or clusters by OpenID Connect. Roles may be either, so
  # they count for neither.
  rationale = <<-EOT
    A trust policy that names a service, or the identity of a pipeline, and also users or a whole
    account lets people act as the program, often to try something out. The log then shows the
    program, and a review of who may do what misses the people.
  EOT

  remediation = "Make two roles with the rights that each needs, and let people take on theirs by single sign-on."

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
  ]

  match "aws_iam_role" {}

  assert {
    condition = !(
      anytrue([
        for statement in iam_statements(self.assume_role_policy) : statement.effect == "Allow" && anytrue([
          for principal in statement.principals : principal.type == "Service" || (
            principal.type == "Federated" && anytrue([
              for value in principal.values : refers_to_kind(value, "aws_iam_openid_connect_provider")
              || (!refers_to_kind(value, "aws_iam_saml_provider") && matches("oidc-provider/", value))
            ])
          )
        ])
      ])
      && anytrue([
        for statement in iam_statements(self.assume_role_policy) : statement.effect == "Allow" && anytrue([
          for principal in statement.principals : anytrue([
            for value in principal.values : (
              (principal.type == "AWS" && matches(":user/", value))
              || (principal.type == "AWS" && matches("(^[0-9]{12}|:root)$", value) && length(statement.conditions) == 0)
              || (principal.type == "Federated" && !refers_to_kind(value, "aws_iam_openid_connect_provider") && (
                refers_to_kind(value, "aws_iam_saml_provider") || matches("saml-provider/", value)
              ))
            )
          ])
        ])
      ])
    )
    at            = self.assume_role_policy
    error_message = "${self.address} is taken on by programs and by people"
  }

  fails "a service and the account" {
    code = <<-TF
      resource "aws_iam_role" "app" {
        assume_role_policy = jsonencode({ #~ here
          Statement = [
            {
              Effect    = "Allow"
              Action    = "sts:AssumeRole"
              Principal = { Service = "ec2.amazonaws.com", AWS = "arn:aws:iam::111122223333:root" }
            }
          ]
        })
      }

      resource "aws_iam_role" "deploy" {
        assume_role_policy = data.aws_iam_policy_document.deploy.json #~ here
      }

      data "aws_iam_policy_document" "deploy" {
        statement {
          actions = ["sts:AssumeRoleWithWebIdentity"]
          principals {
            type        = "Federated"
            identifiers = ["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"]
          }
        }
        statement {
          actions = ["sts:AssumeRole"]
          principals {
            type        = "AWS"
            identifiers = ["arn:aws:iam::111122223333:user/jane"]
          }
        }
      }
    TF
  }

  passes "either, and roles of others" {
    code = <<-TF
      resource "aws_iam_role" "app" {
        assume_role_policy = jsonencode({
          Statement = [
            {
              Effect    = "Allow"
              Action    = "sts:AssumeRole"
              Principal = { Service = "ec2.amazonaws.com" }
            },
            {
              Effect    = "Allow"
              Action    = "sts:AssumeRole"
              Principal = { AWS = "arn:aws:iam::111122223333:role/scheduler" }
            },
            {
              Effect    = "Allow"
              Action    = "sts:AssumeRole"
              Principal = { AWS = "111122223333" }
              Condition = { StringLike = { "aws:PrincipalArn" = "arn:aws:iam::*:role/scheduler" } }
            }
          ]
        })
      }

      resource "aws_iam_role" "people" {
        assume_role_policy = jsonencode({
          Statement = [{
            Effect    = "Allow"
            Action    = "sts:AssumeRoleWithSAML"
            Principal = { Federated = "arn:aws:iam::111122223333:saml-provider/okta" }
          }]
        })
      }

      resource "aws_iam_openid_connect_provider" "circleci" {
        url = "https://oidc.circleci.com/org/x"
      }

      resource "aws_iam_role" "ci" {
        assume_role_policy = jsonencode({
          Statement = [{
            Effect    = "Allow"
            Action    = "sts:AssumeRoleWithWebIdentity"
            Principal = { Federated = aws_iam_openid_connect_provider.circleci.arn }
          }]
        })
      }
    TF
  }

  undecided "whom it trusts is given when it runs" {
    code = <<-TF
      variable "trusted" {}

      resource "aws_iam_role" "app" {
        assume_role_policy = jsonencode({ #~ here
          Statement = [
            {
              Effect    = "Allow"
              Action    = "sts:AssumeRole"
              Principal = { Service = "ec2.amazonaws.com", AWS = var.trusted }
            }
          ]
        })
      }
    TF
  }
}
