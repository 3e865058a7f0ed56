rule "aws-iam-document-not-public" {
  title    = "Policy documents that are handed on do not let everyone in"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_283"]

  soc2 = {
    "CC6.1" = "What the policy protects is for known people and programs, and a statement for everyone serves those who are not known."
    "CC6.6" = "A statement for everyone lets anybody with an AWS account in, or anybody at all, without passing a control of yours."
  }

  rationale = <<-EOT
    The document is given to a module that is not in the repository, or to whoever calls this one, and
    becomes the policy of a bucket, key, queue or role there. A statement that allows principal `*` is
    open to the world unless a condition names who may call: an account, organisation, role, network
    or source.
  EOT

  remediation = "Name the principals, or narrow the statement with a condition such as `aws:PrincipalOrgID`."

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous",
    "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document",
  ]

  match "aws.handed_on_document" {}

  assert {
    for_each      = iam_statements(self.policy)
    condition     = !iam_allows_everyone(each.value)
    error_message = "a statement of ${self.owner.address} lets everyone in"
  }

  fails "for a module from elsewhere" {
    code = <<-TF
      data "aws_iam_policy_document" "topic" {
        statement {
          actions   = ["sns:Publish"]
          resources = ["*"]

          principals {
            type        = "AWS"
            identifiers = ["*"] #~ here
          }
        }
      }

      module "topic" {
        source  = "terraform-aws-modules/sns/aws"
        version = "6.1.0"
        policy  = data.aws_iam_policy_document.topic.json
      }
    TF
  }

  passes "one organisation, and what is denied" {
    code = <<-TF
      data "aws_iam_policy_document" "topic" {
        statement {
          actions   = ["sns:Publish"]
          resources = ["*"]

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

        statement {
          effect    = "Deny"
          actions   = ["sns:DeleteTopic"]
          resources = ["*"]

          principals {
            type        = "AWS"
            identifiers = ["*"]
          }
        }
      }

      output "policy" {
        value = data.aws_iam_policy_document.topic.json
      }
    TF
  }

  undecided "the caller names the principals" {
    code = <<-TF
      variable "principals" { type = list(string) }

      data "aws_iam_policy_document" "topic" {
        statement {
          actions   = ["sns:Publish"]
          resources = ["*"]

          principals {
            type        = "AWS"
            identifiers = var.principals #~ here
          }
        }
      }

      output "policy" {
        value = data.aws_iam_policy_document.topic.json
      }
    TF
  }
}
