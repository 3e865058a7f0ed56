rule "gitlab-include-pinned" {
  title    = "Included pipelines are pinned to a version"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.8" = "Whoever can push to the other project, or serves the address, changes what runs here with the variables and tokens of this project."
    "CC8.1" = "What the pipeline does changes only by a reviewed change of this repository."
  }

  rationale   = "GitLab reads an included file anew for each pipeline. Without `ref` that is whatever the default branch of the other project holds; a branch, `~latest` or a part of a version moves on as well, and so does an address without a checksum. A release tag counts as pinned, since GitLab can protect tags; ask for commits where that is not enough. Templates come with GitLab itself and have no versions."
  remediation = "Name a release tag or a full commit: `ref: v1.4.2` with `project`, `@1.4.2` with `component`; give `integrity` with `remote`."
  references  = ["https://docs.gitlab.com/ci/yaml/#includeproject", "https://docs.gitlab.com/ci/components/#component-versions", "https://docs.gitlab.com/ci/yaml/#includeintegrity"]

  input "commit_only" {
    description = "Whether only full commits count, not release tags."
    default     = false
  }

  # What a project includes from itself has the same reviews as the file that includes it.
  match "gitlab.include" {
    where = is_one_of(self.kind, "project", "component") && !self.own_project
  }

  match "gitlab.include" {
    where = self.kind == "remote"
  }

  assert {
    condition = (
      self.kind == "remote"
      ? is_set(self.integrity) || matches("/[0-9a-f]{40}/", self.text)
      : matches(
        input.commit_only ? "^[0-9a-f]{40}$" : "^[0-9a-f]{40}$|(^|[^0-9.])[0-9]+\\.[0-9]+\\.[0-9]+([^0-9.]|$)",
        or_default(self.kind == "component" ? self.version : self.ref, "")
      )
    )
    error_message = "the pipeline includes ${self.name}, which others can change at any time"
  }

  fails "no ref, a branch, the latest or a part of a version, an address" {
    code = <<-YAML
      include:
        - project: acme/pipelines #~ here
          file: deploy.yml
        - project: acme/pipelines
          ref: main #~ here
          file: [test.yml, scan.yml]
        - component: $CI_SERVER_FQDN/acme/terraform/apply@~latest #~ here
        - component: gitlab.com/acme/terraform/plan@1 #~ here
        - component: gitlab.com/acme/terraform/fmt@main #~ here
        - https://example.com/pipelines/lint.yml #~ here
    YAML
  }

  fails "the child pipeline that a job triggers" {
    code = <<-YAML
      infrastructure:
        trigger:
          include:
            - project: acme/pipelines #~ here
              file: infrastructure.yml
    YAML
  }

  passes "a release, a commit, a checksum, and what is part of this repository or of GitLab" {
    files = {
      ".gitlab-ci.yml" = <<-YAML
        include:
          - local: ci/build.yml
          - template: Jobs/SAST.gitlab-ci.yml
          - project: acme/pipelines
            ref: v1.4.2
            file: deploy.yml
          - project: acme/pipelines
            ref: 11bd71901bbe5b1630ceea73d27597364c9af683
            file: test.yml
          - component: $CI_SERVER_FQDN/acme/terraform/apply@2.0.1
          - component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/check@$CI_COMMIT_SHA
          - remote: https://example.com/pipelines/lint.yml
            integrity: sha256-L3/GAoKaw0Arw6hDCKeKQlV1QPEgHYxGBHsH4zG1IY8=
          - remote: https://gitlab.com/acme/pipelines/-/raw/11bd71901bbe5b1630ceea73d27597364c9af683/lint.yml
      YAML
      "ci/build.yml"   = <<-YAML
        build:
          script: make
      YAML
    }
  }

  undecided "a variable of the project" {
    code = <<-YAML
      include:
        - project: acme/pipelines
          ref: $PIPELINES_REF #~ here
          file: deploy.yml
    YAML
  }
}
