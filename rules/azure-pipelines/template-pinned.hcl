rule "azure-pipelines-template-pinned" {
  title    = "Templates of other repositories are pinned"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.8" = "Whoever can push to the branch that templates come from puts code into this pipeline, where it runs with its service connections."
    "CC8.1" = "What the pipeline does changes only by a reviewed change of this repository."
  }

  rationale   = "Without `ref`, or with a branch, Azure Pipelines takes the templates as they are at the moment of the run, so that a change in the other repository is in force here at once and unseen. A tag is taken for pinned, since a branch policy or a permission can keep it from being moved."
  remediation = "Set `ref: refs/tags/<version>` for the repository, and let nobody but the owners of the templates create or move its tags."
  references  = ["https://learn.microsoft.com/azure/devops/pipelines/process/templates#use-other-repositories", "https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/resources-repositories-repository"]

  # A repository that is only checked out is code like any other.
  match "azure_pipelines.repository" {
    where = self.gives_templates
  }

  assert {
    condition     = matches("^(refs/tags/.+|[0-9a-f]{40})$", or_default(self.ref, ""))
    error_message = "the templates of repository ${self.name} change without a change here"
  }

  fails "no ref, and a branch" {
    code = <<-YAML
      resources:
        repositories:
          - repository: platform #~ here
            type: git
            name: Platform/pipeline-templates
          - repository: security
            type: github
            name: acme/security-templates
            ref: refs/heads/main #~ here
      trigger: [main]
      stages:
        - template: stages/deploy.yml@platform
        - stage: Scan
          jobs:
            - job: scan
              steps:
                - template: steps/scan.yml@security
    YAML
  }

  fails "the template that the pipeline extends" {
    code = <<-YAML
      resources:
        repositories:
          - repository: platform #~ here
            type: git
            name: Platform/pipeline-templates
      extends:
        template: base.yml@platform
    YAML
  }

  passes "a tag, a commit, and a repository that is only checked out" {
    code = <<-YAML
      resources:
        repositories:
          - repository: platform
            type: git
            name: Platform/pipeline-templates
            ref: refs/tags/v4
          - repository: security
            type: github
            name: acme/security-templates
            ref: 11bd71901bbe5b1630ceea73d27597364c9af683
          - repository: docs
            type: git
            name: Platform/docs
            ref: refs/heads/main
      extends:
        template: base.yml@platform
        parameters:
          steps:
            - checkout: docs
            - template: steps/scan.yml@security
    YAML
  }
}
