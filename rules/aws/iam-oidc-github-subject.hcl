rule "aws-iam-oidc-github-subject" {
  title    = "Roles for GitHub Actions trust named repositories only"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_358", "CKV_AWS_393"]

  soc2 = {
    "CC6.1" = "GitHub signs tokens for everybody's workflows, and only the subject tells yours from a stranger's."
    "CC6.3" = "The role's rights go to the repositories that deploy with it, and to no other."
    "CC8.1" = "A change reaches the account through the pipeline of the repository where it was reviewed."
  }

  # The audience is not asked for: AWS itself compares it with the provider's list of clients. A
  # subject that takes any branch of a repository passes here.
  rationale = <<-EOT
    All of GitHub shares one identity provider. A role that trusts it without a condition on
    `token.actions.githubusercontent.com:sub`, or with a wildcard for the owner or repository, can be
    taken on from a workflow of anybody's, or from any repository of yours. A subject that begins
    with something that the caller chooses, such as `workflow:` or `ref:`, is no better.
  EOT

  remediation = "Compare `token.actions.githubusercontent.com:sub` with `repo:<owner>/<repository>:...`, without wildcards in owner and repository."

  references = [
    "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html#idp_oidc_Create_GitHub",
  ]

  match "aws.trust_policy" {}

  assert {
    for_each = [
      for statement in iam_statements(self.policy) : statement
      if statement.effect == "Allow" && anytrue([
        for principal in statement.principals : principal.type == "Federated" && anytrue([
          for identifier in principal.values : matches("token[.]actions[.]githubusercontent[.]com", identifier)
        ])
      ])
    ]
    condition = anytrue([
      for condition in each.value.conditions : (
        matches("^token[.]actions[.]githubusercontent[.]com(/[^:]+)?:sub$", lower(condition.variable))
        && matches("^(?i)(ForAnyValue:)?String(Equals|Like|EqualsIgnoreCase)$", condition.test)
        && alltrue([
          for subject in condition.values : !matches_any([
            "^[*?]",
            "^(workflow|environment|ref|context|head_ref|base_ref):",
            "^repo:[^/]*[*?]",
            "^repo:[^/]*/[^:]*[*?]",
            "^repo:[^/]*$",
          ], subject)
        ])
      )
    ])
    error_message = "${self.owner.address} trusts workflows of repositories that it does not name"
  }

  fails "no subject is asked for" {
    code = <<-TF
      resource "aws_iam_role" "deploy" {
        assume_role_policy = jsonencode({
          Version = "2012-10-17"
          Statement = [{
            Effect    = "Allow"
            Action    = "sts:AssumeRoleWithWebIdentity"
            Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
            Condition = { StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" } } #~ here
          }]
        })
      }
    TF
  }

  fails "no condition at all" {
    code = <<-TF
      resource "aws_iam_role" "deploy" {
        assume_role_policy = jsonencode({
          Version = "2012-10-17"
          Statement = [{ #~ here
            Effect    = "Allow"
            Action    = "sts:AssumeRoleWithWebIdentity"
            Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
          }]
        })
      }
    TF
  }

  fails "any repository of an owner" {
    code = <<-TF
      resource "aws_iam_role" "deploy" {
        assume_role_policy = jsonencode({
          Version = "2012-10-17"
          Statement = [{
            Effect    = "Allow"
            Action    = "sts:AssumeRoleWithWebIdentity"
            Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
            Condition = { StringLike = { "token.actions.githubusercontent.com:sub" = "repo:acme/*:ref:refs/heads/main" } } #~ here
          }]
        })
      }
    TF
  }

  fails "a document for a role that is made elsewhere" {
    code = <<-TF
      data "aws_iam_policy_document" "trust" {
        statement {
          actions = ["sts:AssumeRoleWithWebIdentity"]

          principals {
            type        = "Federated"
            identifiers = ["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"]
          }

          condition {
            test     = "StringLike"
            variable = "token.actions.githubusercontent.com:sub"
            values   = ["repo:*"] #~ here
          }
        }
      }

      module "role" {
        source  = "acme/role/aws"
        version = "1.0.0"
        trust   = data.aws_iam_policy_document.trust.json
      }
    TF
  }

  passes "the issuer of an enterprise" {
    code = <<-TF
      resource "aws_iam_role" "deploy" {
        assume_role_policy = jsonencode({
          Version = "2012-10-17"
          Statement = [{
            Effect    = "Allow"
            Action    = "sts:AssumeRoleWithWebIdentity"
            Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com/acme" }
            Condition = { StringEquals = { "token.actions.githubusercontent.com/acme:sub" = "repo:acme/shop:environment:production" } }
          }]
        })
      }
    TF
  }

  passes "one repository" {
    code = <<-TF
      resource "aws_iam_openid_connect_provider" "github" {
        url            = "https://token.actions.githubusercontent.com"
        client_id_list = ["sts.amazonaws.com"]
      }

      data "aws_iam_policy_document" "deploy" {
        statement {
          effect  = "Allow"
          actions = ["sts:AssumeRoleWithWebIdentity"]

          principals {
            type        = "Federated"
            identifiers = ["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"]
          }

          condition {
            test     = "StringLike"
            variable = "token.actions.githubusercontent.com:sub"
            values   = ["repo:acme/shop:environment:production", "repo:acme/shop:ref:refs/tags/v*"]
          }
        }
      }

      resource "aws_iam_role" "deploy" {
        assume_role_policy = data.aws_iam_policy_document.deploy.json
      }
    TF
  }

  passes "an account that is not known here beside it" {
    code = <<-TF
      variable "account" { type = string }

      resource "aws_iam_role" "deploy" {
        assume_role_policy = jsonencode({
          Statement = [
            {
              Effect    = "Allow"
              Action    = "sts:AssumeRole"
              Principal = { AWS = var.account }
            },
            {
              Effect    = "Allow"
              Action    = "sts:AssumeRoleWithWebIdentity"
              Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
              Condition = { StringLike = { "token.actions.githubusercontent.com:sub" = "repo:acme/shop:*" } }
            },
          ]
        })
      }
    TF
  }

  undecided "the repository comes from outside" {
    code = <<-TF
      variable "subject" { type = string }

      resource "aws_iam_role" "deploy" {
        assume_role_policy = jsonencode({
          Statement = [{
            Effect    = "Allow"
            Action    = "sts:AssumeRoleWithWebIdentity"
            Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
            Condition = { StringLike = { "token.actions.githubusercontent.com:sub" = var.subject } } #~ here
          }]
        })
      }
    TF
  }
}
