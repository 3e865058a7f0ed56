rule "github-actions-pinned" {
  title    = "Actions are pinned to a commit"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["unpinned-uses", "555ab8f9"]

  soc2 = {
    "CC6.8" = "A tag can be moved to other code by whoever controls the action; that code then runs with the secrets of the pipeline."
    "CC8.1" = "What runs in the pipeline changes only by a reviewed change of the repository."
  }

  rationale   = "A tag or branch of an action is a name that its owner can point at something else, and attackers have done so. A full commit cannot be changed. Dependabot and Renovate keep pinned actions up to date."
  remediation = "Write the full commit, with the version as a comment: `uses: owner/action@<40 hex digits> # v4.1.0`."
  references  = ["https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions"]

  input "trusted_owners" {
    description = "Owners whose actions may be pinned by tag."
    default     = []
  }

  match "github.step" {
    where = is_one_of(self.uses_kind, "remote", "docker") && !is_one_of(self.uses_owner, input.trusted_owners)
  }

  match "github.job" { # a reusable workflow
    where = self.uses_kind == "remote" && !is_one_of(self.uses_owner, input.trusted_owners)
  }

  assert {
    condition     = matches("^([0-9a-f]{40}|sha256:[0-9a-f]{64})$", or_default(self.uses_ref, ""))
    error_message = "${written(self.uses)} can be changed by its owner at any time"
  }

  fails "a tag, a branch, an image by tag, a reusable workflow by tag" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        build:
          runs-on: ubuntu-latest
          steps:
            - uses: actions/checkout@v4 #~ here
            - uses: example/deploy@main #~ here
            - uses: docker://alpine:3.20 #~ here
        release:
          uses: example/workflows/.github/workflows/release.yml@v1 #~ here
    YAML
  }

  passes "a commit, and what is in the repository itself" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        build:
          runs-on: ubuntu-latest
          steps:
            - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
            - uses: ./.github/actions/build
    YAML
  }
}
