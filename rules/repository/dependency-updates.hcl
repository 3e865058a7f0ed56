rule "repository-dependency-updates" {
  title    = "Dependencies are updated at least monthly"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC7.1" = "New vulnerabilities in what the project uses are found and mended on a schedule."
  }

  rationale   = "Dependabot looks for updates in the interval that is set. Less than monthly leaves known vulnerabilities open for a quarter and more."
  remediation = "Set `schedule.interval` to `weekly` or `monthly`."
  references  = ["https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference"]

  match "github.dependabot" {}

  assert {
    for_each      = self.updates[*]
    condition     = !is_one_of(each.value.schedule.interval, "quarterly", "semiannually", "yearly")
    error_message = "updates of ${written(each.value["package-ecosystem"])} are looked for less than once a month"
  }

  fails "once a quarter" {
    path = ".github/dependabot.yml"
    code = <<-YAML
      version: 2
      updates:
        - package-ecosystem: terraform
          directory: /
          schedule:
            interval: quarterly #~ here
    YAML
  }

  passes "every week" {
    path = ".github/dependabot.yml"
    code = <<-YAML
      version: 2
      updates:
        - package-ecosystem: terraform
          directory: /
          schedule:
            interval: weekly
    YAML
  }
}
