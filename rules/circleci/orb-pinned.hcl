rule "circleci-orb-pinned" {
  title    = "Orbs are pinned to a full version"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_CIRCLECIPIPELINES_3", "CKV_CIRCLECIPIPELINES_4"]

  soc2 = {
    "CC6.8" = "A release of the orb by its owner runs in the pipeline at once, with the credentials of its jobs."
    "CC8.1" = "What the pipeline does changes only by a reviewed change of this repository."
  }

  rationale   = "An orb of the registry is code of others that runs with the contexts of the job. `volatile`, a part of a version (`@2`, `@2.1`), no version and `dev:` stand for whatever was published last; a development version can even be overwritten. A full version never changes once it is published."
  remediation = "Name the full version: `circleci/aws-cli@5.1.2`."
  references  = ["https://circleci.com/docs/orbs/use/orb-intro/", "https://circleci.com/docs/orbs/use/orb-concepts/"]

  # One from an address has no version there, and one that is written here changes with the file.
  match "circleci.orb" {
    where = self.source == "registry"
  }

  assert {
    condition     = matches("^[0-9]+\\.[0-9]+\\.[0-9]+$", or_default(self.version, ""))
    error_message = "orb ${self.orb} changes when its owner publishes something"
    at            = self.text
  }

  fails "volatile, parts of versions, a development version, none" {
    code = <<-YAML
      version: 2.1
      orbs:
        node: circleci/node@volatile #~ here
        aws: circleci/aws-cli@5 #~ here
        ecs: circleci/aws-ecs@4.0 #~ here
        own: acme/deploy@dev:first #~ here
        k8s: circleci/kubernetes #~ here
      workflows:
        build:
          jobs:
            - node/test
    YAML
  }

  passes "full versions, and what is written here" {
    code = <<-YAML
      version: 2.1
      orbs:
        aws: circleci/aws-cli@5.1.2
        remote: https://raw.githubusercontent.com/acme/orbs/11bd71901bbe5b1630ceea73d27597364c9af683/deploy.yml
        own:
          commands:
            greet:
              steps:
                - run: echo hello
      workflows:
        build:
          jobs:
            - aws/setup
    YAML
  }

  undecided "a version that the start of the pipeline brings" {
    code = <<-YAML
      version: 2.1
      orbs:
        own: acme/deploy@<< pipeline.parameters.orb-version >> #~ here
      workflows:
        build:
          jobs:
            - own/deploy
    YAML
  }
}
