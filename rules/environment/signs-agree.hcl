rule "environment-signs-agree" {
  title    = "All signs of a root name one environment"
  severity = "low"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "That production is kept apart can only be shown for what is known to be production."
  }

  rationale   = "A root that keeps a state belongs to an environment, and its directory, its files of variables, the key of its state, its tags and the pipeline that applies it contradict each other about which. Rules that compare environments leave it out. `trustlint inspect` shows the signs."
  remediation = "Name the environment in the path, or tell it in trustlint.hcl: `environment \"production\" { paths = [\"live/**\"] }`."
  references  = ["https://developer.hashicorp.com/terraform/language/style"]

  # Without a backend it is most likely a module or an example. Signs that are there and contradict each other are a
  # fault; signs that are not there are not.
  match "terraform.root" {
    where = self.backend != null && self.backend != "local"
  }

  assert {
    condition     = self.disputed != true
    error_message = "the signs of the environment of ${self.scope} contradict each other: ${join("; ", [for s in self.signs : "${s.sign} says ${s.name}"])}"
  }

  fails "the state of production in the directory of staging" {
    path = "envs/staging/main.tf"
    code = <<-TF
      terraform { #~ here
        backend "s3" {
          bucket = "example-state"
          key    = "production/app.tfstate"
        }
      }
    TF
  }

  passes "the directory says it" {
    path = "envs/staging/main.tf"
    code = <<-TF
      terraform {
        backend "s3" {
          bucket = "example-state"
          key    = "staging/app.tfstate"
        }
      }
    TF
  }

  passes "the configuration says it" {
    files = {
      "app/main.tf"   = <<-TF
        terraform {
          backend "s3" {
            bucket = "example-state"
            key    = "app.tfstate"
          }
        }
      TF
      "trustlint.hcl" = <<-HCL
        environment "production" {
          paths = ["app"]
        }
      HCL
    }
  }
}
