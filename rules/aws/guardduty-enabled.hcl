rule "aws-guardduty-enabled" {
  title    = "GuardDuty detectors are switched on"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_238", "704dadd3"]

  soc2 = {
    "CC7.2" = "GuardDuty watches the account's logs for signs of attack all the time."
    "CC6.8" = "It finds signs of malicious software, such as calls to known control servers."
  }

  # Whether an account has a detector at all is not asked: it is often managed in another root.
  rationale = <<-EOT
    A detector with `enable = false` is declared and watches nothing. The provider's default is true.
  EOT

  remediation = "Remove `enable = false`."

  references = [
    "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_suspend-disable.html",
  ]

  match "aws_guardduty_detector" {
    defaults = { enable = true }
  }

  assert {
    condition     = self.enable
    error_message = "${self.address} is switched off"
  }

  fix {
    set    = { enable = true }
    safety = "unsafe"
    reason = "GuardDuty costs by the amount of logs that it reads."
  }

  fails "it is switched off" {
    code = <<-TF
      resource "aws_guardduty_detector" "this" {
        enable = false #~ here
      }
    TF
  }

  passes "by default" {
    code = <<-TF
      resource "aws_guardduty_detector" "this" {}
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "guard" { type = bool }

      resource "aws_guardduty_detector" "this" {
        enable = var.guard #~ here
      }
    TF
  }
}
