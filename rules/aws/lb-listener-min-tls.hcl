rule "aws-lb-listener-min-tls" {
  title    = "Load balancers accept TLS 1.2 or later only"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_103", "CKV2_AWS_74", "AWS-0047"]

  soc2 = {
    "CC6.7" = "TLS 1.0 and 1.1 can be attacked, so data on its way to the load balancer is only protected by 1.2 or later."
  }

  # Some policies whose name begins with TLS13 still take TLS 1.0 or 1.1 as well
  # (`ELBSecurityPolicy-TLS13-1-0-2021-06`). They fail.
  rationale = <<-EOT
    The security policy of a listener decides which versions it accepts. A listener that is made
    through the API, and so through Terraform, without `ssl_policy` gets
    `ELBSecurityPolicy-2016-08`, which accepts TLS 1.0 and 1.1.
  EOT

  remediation = "Set `ssl_policy` to a policy without TLS 1.0 and 1.1, such as `ELBSecurityPolicy-TLS13-1-2-2021-06`."

  references = [
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html",
  ]

  match "aws_lb_listener" "aws_alb_listener" {
    where    = is_one_of(self.protocol, "HTTPS", "TLS")
    defaults = { ssl_policy = "ELBSecurityPolicy-2016-08" }
  }

  assert {
    condition     = tls_at_least(self.ssl_policy, "1.2")
    error_message = "${self.address} accepts TLS before version 1.2 (${self.ssl_policy})"
  }

  fix {
    set    = { ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06" }
    safety = "unsafe"
    reason = "Clients that know neither TLS 1.2 nor 1.3 can no longer connect."
  }

  fails "no policy, an old one, and one that only sounds new" {
    code = <<-TF
      resource "aws_lb_listener" "default" { #~ here
        load_balancer_arn = aws_lb.web.arn
        port              = 443
        protocol          = "HTTPS"
      }

      resource "aws_lb_listener" "old" {
        port       = 443
        protocol   = "HTTPS"
        ssl_policy = "ELBSecurityPolicy-2016-08" #~ here
      }

      resource "aws_lb_listener" "lenient" {
        port       = 443
        protocol   = "TLS"
        ssl_policy = "ELBSecurityPolicy-TLS13-1-0-2021-06" #~ here
      }

      resource "aws_lb" "web" {}
    TF
  }

  passes "TLS 1.2 or 1.3" {
    code = <<-TF
      resource "aws_lb_listener" "web" {
        port       = 443
        protocol   = "HTTPS"
        ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
      }

      resource "aws_lb_listener" "plain" {
        port     = 80
        protocol = "HTTP"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "policy" { type = string }

      resource "aws_lb_listener" "web" {
        port       = 443
        protocol   = "HTTPS"
        ssl_policy = var.policy #~ here
      }
    TF
  }
}
