rule "repository-dependency-updates" {
  title    = "Dependencies are updated at least monthly"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC7.1" = "New vulnerabilities in what the project uses are found and mended on a schedule."
  }

  rationale   = "Dependabot and Renovate look for updates on the schedule that is set. Less than monthly leaves known vulnerabilities open for a quarter and more. Of Renovate's schedules, cron and the presets are read; other texts are taken as often enough."
  remediation = "Set `schedule.interval` to `weekly` or `monthly`, or a `schedule` of Renovate that comes round each month."
  references  = ["https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference", "https://docs.renovatebot.com/key-concepts/scheduling/"]

  match "github.dependabot" "renovate" {}

  assert {
    for_each      = self.updates[*]
    condition     = !is_one_of(each.value.schedule.interval, "quarterly", "semiannually", "yearly")
    error_message = "updates of ${written(each.value["package-ecosystem"])} are looked for less than once a month"
  }

  # A month has 31 days at most.
  assert {
    for_each      = self.updates[*]
    condition     = or_default(cron_longest_gap_days(each.value.schedule.cronjob), 0) <= 31
    error_message = "updates of ${written(each.value["package-ecosystem"])} are looked for less than once a month"
  }

  # Several schedules of Renovate are alternatives: one that comes round often is enough.
  assert {
    for_each      = length(self.schedule[*]) > 0 ? [self.schedule[*]] : []
    condition     = anytrue([for schedule in flatten([each.value]) : or_default(cron_longest_gap_days(schedule), 0) <= 31])
    error_message = "Renovate looks for updates less than once a month"
  }

  assert {
    for_each      = self.extends[*]
    condition     = !is_one_of(each.value, "schedule:quarterly", "schedule:yearly")
    error_message = "Renovate looks for updates less than once a month"
  }

  fails "a cron that runs each quarter" {
    path = ".github/dependabot.yml"
    code = <<-YAML
      version: 2
      updates:
        - package-ecosystem: terraform
          directory: /
          schedule:
            interval: cron
            cronjob: "0 5 1 */3 *" #~ here
    YAML
  }

  fails "Renovate twice a year" {
    path = "renovate.json5"
    code = <<-JSON
      {
        // not often
        extends: ["config:recommended"],
        schedule: ["* 0-5 1 1,7 *"], // #~ here
      }
    JSON
  }

  fails "a preset of Renovate, in package.json" {
    files = {
      "package.json" = <<-JSON
        {
          "name": "app",
          "renovate": {
            "extends": [
              "config:recommended",
              "schedule:quarterly", "group:all#~ here"
            ]
          }
        }
      JSON
    }
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

  passes "Renovate each month, or at times that people read" {
    files = {
      "renovate.json" = <<-JSON
        {
          "extends": ["config:recommended", "schedule:monthly"],
          "schedule": ["* 0-3 1 * *", "after 10pm every weekday"]
        }
      JSON
    }
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
