rule "aws-api-gateway-min-tls" {
  title    = "API Gateway domains accept TLS 1.2 or later only"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_206", "AWS-0005"]

  soc2 = {
    "CC6.7" = "TLS 1.0 and 1.1 can be attacked, so calls of the API are only protected by 1.2 or later."
  }

  # A regional domain that sets nothing is left out: what it gets is not documented. Domains of
  # HTTP and WebSocket APIs (`aws_apigatewayv2_domain_name`) know no other policy than TLS 1.2.
  rationale = <<-EOT
    The security policy of a custom domain decides which versions it accepts; `TLS_1_0` still takes
    1.0 and 1.1. A domain is at the edge unless `endpoint_configuration` says otherwise, and there
    API Gateway uses TLS 1.0 unless it is told not to.
  EOT

  remediation = "Set `security_policy = \"TLS_1_2\"`."

  references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html",
  ]

  match "aws_api_gateway_domain_name" {
    where    = self.security_policy != null || is_one_of("EDGE", or_default(self.endpoint_configuration.types, ["EDGE"]))
    defaults = { security_policy = "TLS_1_0" }
  }

  assert {
    condition     = tls_at_least(self.security_policy, "1.2")
    error_message = "${self.address} accepts TLS before version 1.2"
  }

  fix {
    set    = { security_policy = "TLS_1_2" }
    safety = "unsafe"
    reason = "Clients that know neither TLS 1.2 nor 1.3 can no longer connect."
  }

  fails "an old policy, and none at the edge" {
    code = <<-TF
      resource "aws_api_gateway_domain_name" "api" {
        domain_name     = "api.example.com"
        security_policy = "TLS_1_0" #~ here
      }

      resource "aws_api_gateway_domain_name" "edge" { #~ here
        domain_name = "edge.example.com"
      }
    TF
  }

  passes "TLS 1.2" {
    code = <<-TF
      resource "aws_api_gateway_domain_name" "api" {
        domain_name     = "api.example.com"
        security_policy = "TLS_1_2"
      }

      resource "aws_api_gateway_domain_name" "regional" {
        domain_name = "regional.example.com"

        endpoint_configuration {
          types = ["REGIONAL"]
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "policy" { type = string }

      resource "aws_api_gateway_domain_name" "api" {
        domain_name     = "api.example.com"
        security_policy = var.policy #~ here
      }
    TF
  }
}
