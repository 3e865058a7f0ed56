rule "gitlab-group-two-factor" {
  title    = "Groups require a second factor"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "A password that was guessed or stolen opens the code and the pipelines unless a second factor is asked for."
    "CC6.6" = "Whoever comes from outside is who they say they are only if more than a password shows it."
  }

  rationale   = "The top-level group does not require two-factor authentication of its members, which is the default. Where sign-in goes through SAML, the identity provider asks for it."
  remediation = "Set `require_two_factor_authentication = true`, with a grace period of a week at most."
  references  = ["https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/group", "https://docs.gitlab.com/security/two_factor_authentication/"]

  input "grace_period_hours" {
    description = "The most hours that members have to set up their second factor"
    default     = 168
  }

  # Subgroups have what their parents require.
  match "gitlab_group" {
    where    = self.parent_id == null || (!refers_to_kind(self.parent_id, "gitlab_group") && self.parent_id == 0)
    defaults = { require_two_factor_authentication = false, two_factor_grace_period = 48 }
  }

  link "saml" {
    to    = "gitlab_group_saml_link"
    where = refers_to(other.group, self)
  }

  assert {
    for_each      = length(link.saml) > 0 ? [] : ["password"]
    condition     = self.require_two_factor_authentication
    error_message = "${self.address} lets members in with a password alone"
  }

  assert {
    condition     = self.two_factor_grace_period <= input.grace_period_hours
    error_message = "${self.address} gives members ${written(self.two_factor_grace_period)} hours to set up a second factor"
  }

  fix {
    set = {
      require_two_factor_authentication = true
      two_factor_grace_period           = min(self.two_factor_grace_period, input.grace_period_hours)
    }
    safety = "unsafe"
    reason = "Members without a second factor have to set one up."
  }

  fails "it is not required, or only in a month" {
    code = <<-TF
      resource "gitlab_group" "acme" { #~ here
        name = "acme"
        path = "acme"
      }
      resource "gitlab_group" "other" {
        name                              = "other"
        path                              = "other"
        parent_id                         = 0
        require_two_factor_authentication = true
        two_factor_grace_period           = 720 #~ here
      }
    TF
  }

  passes "it is required, here, by SAML, or above" {
    code = <<-TF
      resource "gitlab_group" "acme" {
        name                              = "acme"
        path                              = "acme"
        require_two_factor_authentication = true
      }
      resource "gitlab_group" "signed" {
        name = "signed"
        path = "signed"
      }
      resource "gitlab_group_saml_link" "signed" {
        group           = gitlab_group.signed.id
        saml_group_name = "everybody"
        access_level    = "Developer"
      }
      resource "gitlab_group" "team" {
        name      = "team"
        path      = "team"
        parent_id = gitlab_group.acme.id
      }
    TF
  }
}
