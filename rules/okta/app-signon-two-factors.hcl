rule "okta-app-signon-two-factors" {
  title    = "Sign-on to applications takes two factors"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_OKTA_1"]

  soc2 = {
    "CC6.1" = "A password that was phished or guessed does not open the applications behind Okta."
    "CC6.6" = "Who signs in from the internet proves it with something that an outsider does not have."
  }

  # A rule that denies needs no factor. Where nothing is written, the provider asks for two.
  rationale = <<-EOT
    A rule of a sign-on policy with `factor_mode = "1FA"` lets people in with one factor, mostly a
    password. Okta is the door to everything else, so one stolen password is enough for all of it.
  EOT

  remediation = "Set `factor_mode = \"2FA\"`, or remove the argument."

  references = [
    "https://registry.terraform.io/providers/okta/okta/latest/docs/resources/app_signon_policy_rule",
    "https://help.okta.com/oie/en-us/content/topics/identity-engine/policies/about-app-sign-on-policies.htm",
  ]

  match "okta_app_signon_policy_rule" {
    where    = or_default(self.access, "ALLOW") == "ALLOW" && or_default(self.status, "ACTIVE") == "ACTIVE"
    defaults = { factor_mode = "2FA" }
  }

  assert {
    condition     = self.factor_mode != "1FA"
    error_message = "${self.address} lets people in with one factor"
  }

  fix {
    set    = { factor_mode = "2FA" }
    safety = "unsafe"
    reason = "Whoever has not set up a second factor can no longer sign in."
  }

  fails "one factor" {
    code = <<-TF
      resource "okta_app_signon_policy_rule" "office" {
        policy_id   = okta_app_signon_policy.office.id
        name        = "Office"
        factor_mode = "1FA" #~ here
      }
    TF
  }

  fails "a variable's default" {
    code = <<-TF
      variable "factors" { default = "1FA" }

      resource "okta_app_signon_policy_rule" "office" {
        name        = "Office"
        access      = "ALLOW"
        factor_mode = var.factors #~ here
      }
    TF
  }

  passes "two factors, or nothing written" {
    code = <<-TF
      resource "okta_app_signon_policy_rule" "office" {
        name        = "Office"
        factor_mode = "2FA"
      }

      resource "okta_app_signon_policy_rule" "default" {
        name   = "Default"
        status = "ACTIVE"
      }
    TF
  }

  passes "a rule that denies, beside one that asks" {
    code = <<-TF
      resource "okta_app_signon_policy_rule" "blocked" {
        name        = "Blocked"
        access      = "DENY"
        factor_mode = "1FA"
      }

      resource "okta_app_signon_policy_rule" "office" {
        name        = "Office"
        factor_mode = "2FA"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "factors" { type = string }

      resource "okta_app_signon_policy_rule" "office" {
        name        = "Office"
        factor_mode = var.factors #~ here
      }
    TF
  }
}
