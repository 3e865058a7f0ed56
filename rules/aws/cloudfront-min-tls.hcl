rule "aws-cloudfront-min-tls" {
  title    = "CloudFront accepts TLS 1.2 or later only"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_174", "CKV2_AWS_42", "AWS-0013", "00e5e55e"]

  soc2 = {
    "CC6.7" = "TLS 1.0 and 1.1 can be attacked, so data between viewers and CloudFront is only protected by 1.2 or later."
  }

  rationale = <<-EOT
    A distribution with CloudFront's own certificate accepts TLS 1.0, whatever else is set. With a
    certificate of yours `minimum_protocol_version` decides, and the provider's default is `TLSv1`.
  EOT

  remediation = "Use a certificate of your own and set `minimum_protocol_version = \"TLSv1.2_2021\"`."

  references = [
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html",
  ]

  match "aws_cloudfront_distribution" {
    defaults = { viewer_certificate = { minimum_protocol_version = "TLSv1" } }
  }

  assert {
    condition     = self.viewer_certificate.cloudfront_default_certificate != true
    error_message = "${self.address} uses CloudFront's own certificate, which accepts TLS 1.0"
  }

  assert {
    for_each      = self.viewer_certificate.cloudfront_default_certificate == true ? [] : [self.viewer_certificate]
    condition     = tls_at_least(self.viewer_certificate.minimum_protocol_version, "1.2")
    error_message = "${self.address} accepts TLS before version 1.2"
  }

  fix {
    # CloudFront's own certificate takes no other version.
    set = {
      viewer_certificate = {
        minimum_protocol_version = self.viewer_certificate.cloudfront_default_certificate == true ? null : "TLSv1.2_2021"
      }
    }
    safety = "unsafe"
    reason = "Clients that know neither TLS 1.2 nor 1.3 can no longer connect."
  }

  fails "CloudFront's own certificate" {
    code = <<-TF
      resource "aws_cloudfront_distribution" "site" {
        enabled = true

        viewer_certificate {
          cloudfront_default_certificate = true #~ here
        }
      }
    TF
  }

  fails "no minimum, or one too low" {
    code = <<-TF
      resource "aws_cloudfront_distribution" "site" {
        viewer_certificate { #~ here
          acm_certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/1a2b"
          ssl_support_method  = "sni-only"
        }
      }

      resource "aws_cloudfront_distribution" "old" {
        viewer_certificate {
          acm_certificate_arn      = "arn:aws:acm:us-east-1:111122223333:certificate/1a2b"
          minimum_protocol_version = "TLSv1.1_2016" #~ here
          ssl_support_method       = "sni-only"
        }
      }
    TF
  }

  passes "TLS 1.2" {
    code = <<-TF
      resource "aws_cloudfront_distribution" "site" {
        viewer_certificate {
          acm_certificate_arn      = "arn:aws:acm:us-east-1:111122223333:certificate/1a2b"
          minimum_protocol_version = "TLSv1.2_2021"
          ssl_support_method       = "sni-only"
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "minimum" { type = string }

      resource "aws_cloudfront_distribution" "site" {
        viewer_certificate {
          acm_certificate_arn      = "arn:aws:acm:us-east-1:111122223333:certificate/1a2b"
          minimum_protocol_version = var.minimum #~ here
          ssl_support_method       = "sni-only"
        }
      }
    TF
  }
}
