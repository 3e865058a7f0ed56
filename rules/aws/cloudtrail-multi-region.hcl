rule "aws-cloudtrail-multi-region" {
  title    = "CloudTrail records all regions"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_67", "AWS-0014", "8173d5eb"]

  soc2 = {
    "CC7.2" = "What an attacker does in a region that you never use is recorded as well."
  }

  rationale = <<-EOT
    A trail records one region unless `is_multi_region_trail` is true, and the provider leaves it
    false. A trail for one region passes if the same root module has another one for all regions.
  EOT

  remediation = "Set `is_multi_region_trail = true`."

  references = [
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-multi-region-trails.html",
  ]

  match "aws_cloudtrail" {
    defaults = { is_multi_region_trail = false }
  }

  link "trails" {
    to    = "aws_cloudtrail"
    where = other.scope == self.scope && other.address != self.address
  }

  assert {
    condition     = self.is_multi_region_trail || anytrue([for trail in link.trails : trail.is_multi_region_trail == true])
    error_message = "${self.address} records one region only"
  }

  fix {
    set    = { is_multi_region_trail = true }
    safety = "unsafe"
    reason = "Further trails for other regions then record the same events again, at a cost."
  }

  fails "it is left out, or false" {
    files = {
      "a/main.tf" = <<-TF
        resource "aws_cloudtrail" "main" { #~ here
          s3_bucket_name = "acme-trail"
        }
      TF
      "b/main.tf" = <<-TF
        resource "aws_cloudtrail" "main" {
          s3_bucket_name        = "acme-trail"
          is_multi_region_trail = false #~ here
        }
      TF
    }
  }

  passes "one trail for all regions, and one more" {
    code = <<-TF
      resource "aws_cloudtrail" "main" {
        s3_bucket_name        = "acme-trail"
        is_multi_region_trail = true
      }

      resource "aws_cloudtrail" "objects" {
        s3_bucket_name = "acme-objects-trail"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "all_regions" { type = bool }

      resource "aws_cloudtrail" "main" {
        s3_bucket_name        = "acme-trail"
        is_multi_region_trail = var.all_regions #~ here
      }
    TF
  }
}
