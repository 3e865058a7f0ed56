rule "aws-s3-bucket-tls-only" {
  title    = "S3 buckets refuse requests without TLS"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_379"]

  soc2 = {
    "CC6.7" = "Objects and the signatures of requests cross the network encrypted, because the bucket answers no others."
  }

  # Narrower than the whole bucket, and narrower than all callers, is not enough; a minimum version implies TLS.
  rationale = <<-EOT
    S3 answers plain HTTP as well. The programs of AWS use HTTPS, but an old client, a script or a
    link with `http://` does not, and then anybody on the way reads the object. Only a policy of the
    bucket that denies requests where `aws:SecureTransport` is false forbids it.
  EOT

  remediation = "Deny `s3:*` to everyone on the bucket and its objects where `aws:SecureTransport` is \"false\"."

  references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-5",
  ]

  match "aws_s3_bucket" {}

  link "policy" {
    to    = "aws.s3_bucket_policy"
    where = refers_to(other.bucket, self)
  }

  assert {
    condition = anytrue(flatten([
      for policy in link.policy : [
        for statement in iam_statements(policy.policy) : (
          statement.effect == "Deny"
          && anytrue([for principal in statement.principals : is_wildcard(principal.values)])
          && iam_action_matches(statement.actions, "s3:GetObject")
          && iam_action_matches(statement.actions, "s3:PutObject")
          && anytrue([
            for condition in statement.conditions : (
              lower(condition.variable) == "aws:securetransport"
              && alltrue([for value in condition.values : is_one_of(lower(value), "false")])
              || lower(condition.variable) == "s3:tlsversion" && matches("^(?i)NumericLessThan", condition.test)
            )
          ])
        )
      ]
    ]))
    error_message = "${self.address} answers requests without TLS"
  }

  fails "no policy" {
    code = <<-TF
      resource "aws_s3_bucket" "reports" { #~ here
        bucket = "acme-reports"
      }
    TF
  }

  fails "its policy is about something else" {
    code = <<-TF
      resource "aws_s3_bucket" "reports" { #~ here
        bucket = "acme-reports"
      }

      resource "aws_s3_bucket_policy" "reports" {
        bucket = aws_s3_bucket.reports.id
        policy = jsonencode({
          Version = "2012-10-17"
          Statement = [{
            Effect    = "Deny"
            Principal = "*"
            Action    = "s3:DeleteBucket"
            Resource  = aws_s3_bucket.reports.arn
            Condition = { Bool = { "aws:SecureTransport" = "false" } }
          }]
        })
      }
    TF
  }

  passes "a policy document denies it" {
    code = <<-TF
      resource "aws_s3_bucket" "reports" {
        bucket = "acme-reports"
      }

      data "aws_iam_policy_document" "reports" {
        statement {
          effect    = "Deny"
          actions   = ["s3:*"]
          resources = [aws_s3_bucket.reports.arn, "$${aws_s3_bucket.reports.arn}/*"]

          principals {
            type        = "*"
            identifiers = ["*"]
          }

          condition {
            test     = "Bool"
            variable = "aws:SecureTransport"
            values   = ["false"]
          }
        }
      }

      resource "aws_s3_bucket_policy" "reports" {
        bucket = aws_s3_bucket.reports.id
        policy = data.aws_iam_policy_document.reports.json
      }
    TF
  }

  passes "an inline policy, and a minimum version" {
    code = <<-TF
      resource "aws_s3_bucket" "legacy" {
        bucket = "acme-legacy"
        policy = <<-JSON
          {
            "Version": "2012-10-17",
            "Statement": [{
              "Effect": "Deny",
              "Principal": {"AWS": "*"},
              "Action": "*",
              "Resource": ["arn:aws:s3:::acme-legacy", "arn:aws:s3:::acme-legacy/*"],
              "Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}}
            }]
          }
        JSON
      }
    TF
  }

  undecided "the policy comes from outside" {
    code = <<-TF
      variable "policy" { type = string }

      resource "aws_s3_bucket" "reports" { #~ here
        bucket = "acme-reports"
      }

      resource "aws_s3_bucket_policy" "reports" {
        bucket = aws_s3_bucket.reports.id
        policy = var.policy
      }
    TF
  }
}
