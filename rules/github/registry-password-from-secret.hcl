rule "github-registry-password-from-secret" {
  title    = "Workflows take the passwords of registries from secrets"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["hardcoded-container-credentials"]

  soc2 = {
    "CC6.1" = "A password in a workflow is known to everybody who can read the repository, and stays in its history."
  }

  rationale   = "The password with which a job, or a service beside it, takes its image from a registry is written out in the workflow."
  remediation = "Store it as a secret, refer to it with `$${{ secrets.NAME }}`, and replace the password that was committed."
  references  = ["https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainercredentials"]

  match "github.job" {}

  assert {
    condition     = self.container.credentials.password == null || strcontains(written(self.container.credentials.password), "$${{")
    at            = self.container.credentials.password
    error_message = "the workflow has the password of a registry"
  }

  assert {
    for_each      = { for name, service in coalesce(self.services, {}) : name => service.credentials.password if service.credentials.password != null }
    condition     = strcontains(written(each.value), "$${{")
    error_message = "the workflow has the password of the registry of service ${each.key}"
  }

  fails "the password of the job's container, and of a service" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        build:
          runs-on: ubuntu-latest
          container:
            image: registry.example.com/build:1
            credentials:
              username: ci
              password: hunter2-but-longer #~ here
          services:
            cache:
              image: registry.example.com/cache:1
              credentials:
                username: ci
                password: hunter2-but-longer #~ here
          steps:
            - run: make
    YAML
  }

  passes "taken from secrets" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        build:
          runs-on: ubuntu-latest
          container:
            image: registry.example.com/build:1
            credentials:
              username: ci
              password: $${{ secrets.REGISTRY_PASSWORD }}
          services:
            cache:
              image: registry.example.com/cache:1
              credentials:
                username: ci
                password: $${{ secrets.REGISTRY_PASSWORD }}
          steps:
            - run: make
    YAML
  }
}
