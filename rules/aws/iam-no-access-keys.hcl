rule "aws-iam-no-access-keys" {
  title    = "Access keys are not made in Terraform"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_348", "AWS-0141", "7081f85c", "970d224d"]

  soc2 = {
    "CC6.1" = "A key that never ends and lies in the state file is a credential that many can copy and nobody misses."
    "CC6.2" = "Roles give credentials for an hour to who is known; a key goes on working when its owner has left."
  }

  # With `pgp_key` the secret in the state is encrypted. It is still a key that never ends.
  rationale = <<-EOT
    The secret of an `aws_iam_access_key` is kept in the state, and the key works until somebody
    removes it. Programs in AWS take on roles; CI systems do so through OpenID Connect; machines
    elsewhere through IAM Roles Anywhere.
  EOT

  remediation = "Remove the key, and let the program take on a role."

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-workloads-use-roles",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/security-creds-programmatic-access.html",
  ]

  match "aws_iam_access_key" {
    defaults = { status = "Active" }
  }

  assert {
    condition     = self.status == "Inactive"
    error_message = "${self.address} is an access key that never ends"
  }

  fails "a key for CI" {
    code = <<-TF
      resource "aws_iam_user" "ci" {
        name = "ci"
      }

      resource "aws_iam_access_key" "ci" { #~ here
        user = aws_iam_user.ci.name
      }
    TF
  }

  passes "a key that was put out of use" {
    code = <<-TF
      resource "aws_iam_access_key" "ci" {
        user   = "ci"
        status = "Inactive"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "status" { type = string }

      resource "aws_iam_access_key" "ci" {
        user   = "ci"
        status = var.status #~ here
      }
    TF
  }
}
