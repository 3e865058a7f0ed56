rule "environment-told" {
  title    = "Each root belongs to an environment that is known"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "That production is kept apart can only be shown for what is known to be production."
  }

  rationale   = "A root that keeps a state belongs to an environment, and its directory, its files of variables, the key of its state, its tags and the pipeline that applies it do not say to which. Rules that compare environments leave it out. `trustlint inspect` shows the signs."
  remediation = "Name the environment in the path, or tell it in trustlint.hcl: `environment \"production\" { paths = [\"live/**\"] }`."
  references  = ["https://developer.hashicorp.com/terraform/language/style"]

  # Without a backend it is most likely a module or an example. Signs that contradict each other are for
  # environment-signs-agree.
  match "terraform.root" {
    where = self.backend != null && self.backend != "local"
  }

  assert {
    condition     = self.disputed == true || self.environment != null
    error_message = "the environment of ${self.scope} cannot be told"
  }

  fails "nothing says it" {
    path = "app/main.tf"
    code = <<-TF
      terraform { #~ here
        backend "s3" {
          bucket = "example-state"
          key    = "app.tfstate"
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
