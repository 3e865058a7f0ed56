rule "ci-scan-can-fail" {
  title    = "A scan that finds something stops the pipeline"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.1" = "A vulnerability that a scan finds and nobody has to look at stays where it is."
    "CC8.1" = "A check before a change goes live counts as a control only if it can hold the change back."
  }

  rationale   = "The step runs a scanner and goes on whatever it finds: its failure is ignored, or the scanner is told not to fail. An auditor asks what happens with a finding; here nothing does."
  remediation = "Let the step fail. To begin quietly, accept today's findings by name with an end date, or fail on the highest severity alone."
  references  = ["https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepscontinue-on-error", "https://docs.gitlab.com/ci/yaml/#allow_failure", "https://trivy.dev/latest/docs/configuration/others/#exit-code"]

  # What is handed to code scanning is shown there, and fails the pull request if the host is set so. Trivy succeeds
  # whatever it finds unless it is told otherwise; that is left alone.
  match "ci.scan" {
    where = !anytrue([for use in self.job.uses : matches_any(["^github/codeql-action/upload-sarif$"], lower(use.action))])
  }

  assert {
    condition     = self.ignores_failure != true && self.job.ignores_failure != true
    error_message = "the pipeline goes on whatever ${self.name} finds"
  }

  assert {
    for_each      = scan_commands(self.commands)
    condition     = !matches("(?m)\\b${each.value[0]}\\b[^\\n;]*\\|\\|\\s*(true|:|exit 0|echo)\\b", join("\n", [for script in self.commands : written(script)]))
    at            = each.value
    error_message = "the pipeline goes on whatever ${each.value[0]} finds"
  }

  assert {
    for_each      = scan_commands(self.commands)
    condition     = !(has_flag(each.value, "--soft-fail", "--exit-zero", "--no-fail") || matches("--exit-code[= ]0\\b", join(" ", each.value)))
    at            = each.value
    error_message = "${each.value[0]} is told not to fail"
  }

  assert {
    for_each      = [for use in self.uses : use.with if use.with != null]
    condition     = !(is_one_of(each.value.soft_fail, true, "true") || is_one_of(each.value["soft-fail"], true, "true") || each.value["fail-build"] == "false" || each.value["fail-build"] == false)
    at            = each.value
    error_message = "${self.name} is told not to fail"
  }

  fails "failures are ignored" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        scan:
          runs-on: ubuntu-latest
          steps:
            - name: Trivy
              run: trivy image --exit-code 1 app:1
              continue-on-error: true #~ here
            - run: npm audit || true #~ here
            - run: checkov -d . --soft-fail #~ here
            - name: Checkov
              uses: bridgecrewio/checkov-action@0123456789012345678901234567890123456789
              with: #~ here
                soft_fail: true
            - name: Grype
              uses: anchore/scan-action@0123456789012345678901234567890123456789
              with: #~ here
                fail-build: false
                soft-fail: false
    YAML
  }

  passes "they fail, or hand on what they find" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        scan:
          runs-on: ubuntu-latest
          steps:
            - run: trivy image --exit-code 1 app:1
            - run: npm audit --audit-level=high
            - uses: bridgecrewio/checkov-action@0123456789012345678901234567890123456789
              with:
                directory: infra
        code-scanning:
          runs-on: ubuntu-latest
          steps:
            - run: grype app:1 -o sarif > results.sarif
              continue-on-error: true
            - uses: github/codeql-action/upload-sarif@0123456789012345678901234567890123456789
    YAML
  }
}
