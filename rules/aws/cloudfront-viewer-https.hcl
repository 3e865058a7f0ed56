rule "aws-cloudfront-viewer-https" {
  title    = "CloudFront serves viewers over HTTPS only"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_34", "AWS-0012"]

  soc2 = {
    "CC6.7" = "Over plain HTTP anybody on the way can read and change what viewers send and get."
  }

  rationale = <<-EOT
    Each cache behaviour has a viewer protocol policy of its own, and one `allow-all` is enough to
    let plain HTTP in. `redirect-to-https` sends browsers on, `https-only` refuses.
  EOT

  remediation = "Set `viewer_protocol_policy` of every cache behaviour to `redirect-to-https` or `https-only`."

  references = [
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-viewers-to-cloudfront.html",
  ]

  match "aws_cloudfront_distribution" {}

  assert {
    for_each      = concat(self.default_cache_behavior[*], self.ordered_cache_behavior[*])
    condition     = is_one_of(each.value.viewer_protocol_policy, "redirect-to-https", "https-only")
    error_message = "a cache behaviour of ${self.address} lets viewers use plain HTTP"
  }

  fix {
    target = each.value
    set    = { viewer_protocol_policy = "redirect-to-https" }
    safety = "unsafe"
    reason = "A program that speaks plain HTTP and follows no redirect no longer gets an answer."
  }

  fails "one behaviour of two" {
    code = <<-TF
      resource "aws_cloudfront_distribution" "site" {
        default_cache_behavior {
          target_origin_id       = "site"
          viewer_protocol_policy = "redirect-to-https"
        }

        ordered_cache_behavior {
          path_pattern           = "/api/*"
          target_origin_id       = "api"
          viewer_protocol_policy = "allow-all" #~ here
        }
      }
    TF
  }

  passes "all behaviours" {
    code = <<-TF
      resource "aws_cloudfront_distribution" "site" {
        default_cache_behavior {
          target_origin_id       = "site"
          viewer_protocol_policy = "redirect-to-https"
        }

        dynamic "ordered_cache_behavior" {
          for_each = ["/api/*", "/login"]

          content {
            path_pattern           = ordered_cache_behavior.value
            target_origin_id       = "api"
            viewer_protocol_policy = "https-only"
          }
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "viewers" { type = string }

      resource "aws_cloudfront_distribution" "site" {
        default_cache_behavior {
          target_origin_id       = "site"
          viewer_protocol_policy = var.viewers #~ here
        }
      }
    TF
  }
}
