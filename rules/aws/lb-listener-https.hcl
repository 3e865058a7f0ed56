rule "aws-lb-listener-https" {
  title    = "Load balancers redirect HTTP to HTTPS"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_2", "CKV2_AWS_20", "AWS-0054", "de7f5e83"]

  soc2 = {
    "CC6.7" = "What is sent to an HTTP listener, passwords and cookies included, can be read and changed on its way."
    "CC6.6" = "People outside the network reach the system through an encrypted channel only."
  }

  # Internal load balancers are asked too: the network inside is not taken for trusted. A default
  # action with a fixed response is reported, because the listener's other rules may forward.
  rationale = <<-EOT
    A listener of an application load balancer speaks plain HTTP unless `protocol` says HTTPS. Its
    one good use is to send browsers to HTTPS: a redirect whose protocol is `HTTPS`. A redirect that
    leaves the protocol out keeps HTTP.
  EOT

  remediation = "Make the listener HTTPS, or give it a redirect to port 443 with protocol `HTTPS`."

  references = [
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html",
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html",
  ]

  # A listener of a gateway load balancer has neither port nor protocol.
  match "aws_lb_listener" "aws_alb_listener" {
    where = self.protocol == "HTTP" || self.protocol == null && is_set(self.port)
  }

  assert {
    for_each      = self.default_action
    condition     = each.value.type == "redirect" && each.value.redirect.protocol == "HTTPS"
    error_message = "${self.address} serves plain HTTP"
  }

  assert {
    condition     = self.default_action != null
    error_message = "${self.address} takes plain HTTP and redirects nowhere"
  }

  fails "it forwards plain HTTP" {
    code = <<-TF
      resource "aws_lb_listener" "web" {
        load_balancer_arn = aws_lb.web.arn
        port              = 80

        default_action {
          type             = "forward" #~ here
          target_group_arn = aws_lb_target_group.web.arn
        }
      }

      resource "aws_lb" "web" {}
      resource "aws_lb_target_group" "web" {}
    TF
  }

  fails "the redirect stays with HTTP" {
    code = <<-TF
      resource "aws_lb_listener" "web" {
        port     = 80
        protocol = "HTTP"

        default_action {
          type = "redirect"

          redirect { #~ here
            host        = "www.example.com"
            status_code = "HTTP_301"
          }
        }
      }
    TF
  }

  fails "nothing is redirected" {
    code = <<-TF
      resource "aws_alb_listener" "web" { #~ here
        load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0123456789abcdef"
        protocol          = "HTTP"
      }
    TF
  }

  passes "it sends browsers to HTTPS" {
    code = <<-TF
      resource "aws_lb_listener" "web" {
        port     = 80
        protocol = "HTTP"

        default_action {
          type = "redirect"

          redirect {
            port        = "443"
            protocol    = "HTTPS"
            status_code = "HTTP_301"
          }
        }
      }

      resource "aws_lb_listener" "secure" {
        port     = 443
        protocol = "HTTPS"

        default_action {
          type             = "forward"
          target_group_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/73e2d6bc24d8a067"
        }
      }
    TF
  }

  undecided "the action comes from outside" {
    code = <<-TF
      variable "action" { type = string }

      resource "aws_lb_listener" "web" {
        port     = 80
        protocol = "HTTP"

        default_action {
          type = var.action #~ here

          redirect {
            protocol    = "HTTPS"
            status_code = "HTTP_301"
          }
        }
      }
    TF
  }
}
