rule "repository-incident-response-plan" {
  title    = "There is an incident response plan"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC7.3" = "How an event is told from an incident, and by whom, is written down before it happens."
    "CC7.4" = "Those who respond to an incident find who does what, whom to tell and how to contain it."
  }

  rationale   = "The repository deploys something, and no document in it is an incident response plan by its path or title. Only that it is there and that no blank of a template is left in it can be told from here, not whether it is good. If it is kept elsewhere, or under another name, say so in trustlint.hcl: what a file of the repository is called by it counts, and of an address only people can attest that the plan is there."
  remediation = "Add a document such as `docs/incident-response.md`: severities, roles, escalation and contacts, communication, containment, recovery, review. If you keep it elsewhere, name the place in trustlint.hcl: `documents { incident_response = \"https://...\" }`."
  references  = ["https://csrc.nist.gov/pubs/sp/800/61/r3/final"]

  input "names" {
    description = "Regular expressions; a document is the plan if one of them matches its path or its title."
    default = [
      "(?i)incident[-_ ]?(response|management|handling|process|plan|procedure|runbook|playbook)",
      "(?i)(respond|response|responding)[-_ ]to[-_ ](an[-_ ]|security[-_ ])?incident",
      "(?i)security[-_ ]incident",
      "(?i)(runbooks?|playbooks?)/[^/]*incident",
      "(?i)(^|/)incidents?\\.(md|adoc|rst)$",
    ]
  }

  # Pipelines stand at the root of a repository: without one, a part of it may be all that is checked.
  match "repository" {
    where = length(self.pipelines) > 0
  }

  link "document" {
    to    = "repository.document"
    where = matches_any(input.names, other.path) || matches_any(input.names, other.title)
  }

  link "job" {
    to    = "ci.deploy_job"
    where = other.id != null
  }

  # A module that others call has no state of its own.
  link "state" {
    to    = "terraform.backend"
    where = other.type != null
  }

  # Whoever deploys nothing has no incidents of this kind.
  assert {
    for_each      = length(link.job) + length(link.state) > 0 ? [self] : []
    condition = (
      length(link.document) > 0
      || self.named_documents.incident_response.is_there == true
      || (
        self.named_documents.incident_response != null && self.named_documents.incident_response.is_there == null
        && undecided("whether the plan is where trustlint.hcl says")
      )
    )
    error_message = "no document here is an incident response plan"
  }

  assert {
    for_each      = length(link.job) + length(link.state) > 0 ? link.document : []
    condition     = length(each.value.placeholders) == 0
    error_message = "${each.value.path} still has blanks of a template in it: ${join(", ", each.value.placeholders)}"
  }

  fails "the configuration names a file that is not there" {
    files = {
      "trustlint.hcl"                = "documents {\n  incident_response = \"docs/emergency.pdf\"\n}\n"
      ".github/workflows/deploy.yml" = <<-YAML
        on: #~ here
          push:
            branches: [main]
        permissions: {}
        jobs:
          deploy:
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -f deploy/
      YAML
    }
  }

  passes "the configuration names a file of another name" {
    files = {
      "trustlint.hcl"                = "documents {\n  incident_response = \"docs/emergency.pdf\"\n}\n"
      "docs/emergency.pdf"           = "what to do"
      ".github/workflows/deploy.yml" = <<-YAML
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          deploy:
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -f deploy/
      YAML
    }
  }

  undecided "the configuration names a wiki" {
    files = {
      "trustlint.hcl"                = "documents {\n  incident_response = \"https://wiki.example.com/incidents\"\n}\n"
      ".github/workflows/deploy.yml" = <<-YAML
        on: #~ here
          push:
            branches: [main]
        permissions: {}
        jobs:
          deploy:
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -f deploy/
      YAML
    }
  }

  fails "a state, and no document" {
    files = {
      ".gitlab-ci.yml" = <<-YAML
        test: #~ here
          script: make test
      YAML
      "main.tf"        = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state"
            key    = "app"
          }
        }
      TF
    }
  }

  fails "a template that nobody filled in" {
    files = {
      ".github/workflows/deploy.yml" = <<-YAML
        on: push #~ here
        permissions: {}
        jobs:
          apply:
            runs-on: ubuntu-latest
            steps:
              - run: terraform apply -auto-approve
      YAML
      "docs/plan.md"                 = <<-MD
        # Incident response plan

        Call TBD at <your phone number>.
      MD
    }
  }

  passes "a document, by its path" {
    files = {
      ".gitlab-ci.yml"            = <<-YAML
        test:
          script: make test
      YAML
      "main.tf"                   = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state"
            key    = "app"
          }
        }
      TF
      "docs/incident-response.md" = <<-MD
        # What we do

        Call the person on call.
      MD
    }
  }

  passes "a document, by its title" {
    files = {
      ".gitlab-ci.yml" = <<-YAML
        test:
          script: make test
      YAML
      "main.tf"        = <<-TF
        terraform {
          cloud {
            organization = "example"
          }
        }
      TF
      "docs/alarms.md" = <<-MD
        Responding to incidents
        =======================

        Call the person on call.
      MD
    }
  }
}
