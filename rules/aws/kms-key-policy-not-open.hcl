rule "aws-kms-key-policy-not-open" {
  title    = "KMS key policies do not allow everyone"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_33", "7ebc9038"]

  soc2 = {
    "CC6.1" = "Whoever may use the key can read what it encrypts, so an open key undoes the encryption."
    "CC6.3" = "The right to use a key goes to named roles and accounts, not to all of AWS."
  }

  rationale = <<-EOT
    A key policy that allows principal `*` lets any AWS account use the key. The usual statement for
    the root of your own account is fine: it hands the decision to IAM. A statement for `*` is taken
    for narrowed if a condition says who may call, such as `kms:CallerAccount`, `kms:ViaService` with
    an account, or `aws:PrincipalOrgID`.
  EOT

  remediation = "Name the accounts or roles that use the key, or narrow the statement with `kms:CallerAccount`."

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
    "https://docs.aws.amazon.com/kms/latest/developerguide/policy-conditions.html",
  ]

  match "aws_kms_key" "aws_kms_key_policy" "aws_kms_external_key" "aws_kms_replica_key" "aws_kms_replica_external_key" {}

  assert {
    for_each      = iam_statements(self.policy)
    condition     = !iam_allows_everyone(each.value)
    error_message = "a policy statement of ${self.address} lets any AWS account use the key"
  }

  fails "everyone may use the key" {
    code = <<-TF
      resource "aws_kms_key" "data" {
        policy = jsonencode({
          Version = "2012-10-17"
          Statement = [
            {
              Effect    = "Allow"
              Principal = { AWS = "arn:aws:iam::111122223333:root" }
              Action    = "kms:*"
              Resource  = "*"
            },
            {
              Effect    = "Allow"
              Principal = { AWS = "*" } #~ here
              Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
              Resource  = "*"
            },
          ]
        })
      }
    TF
  }

  passes "the account's root, and callers of the account" {
    code = <<-TF
      resource "aws_kms_key" "data" {
        enable_key_rotation = true
      }

      resource "aws_kms_key_policy" "data" {
        key_id = aws_kms_key.data.id
        policy = data.aws_iam_policy_document.key.json
      }

      data "aws_iam_policy_document" "key" {
        statement {
          actions   = ["kms:*"]
          resources = ["*"]

          principals {
            type        = "AWS"
            identifiers = ["arn:aws:iam::111122223333:root"]
          }
        }

        statement {
          actions   = ["kms:Decrypt"]
          resources = ["*"]

          principals {
            type        = "AWS"
            identifiers = ["*"]
          }

          condition {
            test     = "StringEquals"
            variable = "kms:CallerAccount"
            values   = ["111122223333"]
          }
        }
      }
    TF
  }

  passes "an account and an organisation that data sources give" {
    code = <<-TF
      data "aws_caller_identity" "current" {}
      data "aws_organizations_organization" "root" {}

      data "aws_iam_policy_document" "key" {
        statement {
          actions   = ["kms:*"]
          resources = ["*"]

          principals {
            type        = "AWS"
            identifiers = [data.aws_caller_identity.current.account_id]
          }
        }

        statement {
          actions   = ["kms:Decrypt"]
          resources = ["*"]

          principals {
            type        = "AWS"
            identifiers = ["*"]
          }

          condition {
            test     = "ForAnyValue:StringLike"
            variable = "aws:PrincipalOrgPaths"
            values   = ["$${data.aws_organizations_organization.root.id}/*"]
          }
        }
      }

      resource "aws_kms_key" "data" {
        policy = data.aws_iam_policy_document.key.json
      }
    TF
  }

  undecided "the policy comes from outside" {
    code = <<-TF
      variable "policy" { type = string }

      resource "aws_kms_key" "data" {
        policy = var.policy #~ here
      }
    TF
  }
}
