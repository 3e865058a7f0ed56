rule "waiver-used" {
  title    = "Waivers waive something"
  severity = "low"
  since    = "0.1.0"

  soc2 = {
    "CC7.1" = "The register of exceptions holds what is accepted today, and nothing else."
  }

  rationale = <<-EOT
    Nothing that the waiver covers violates the rules that it names: it was mended, or the waiver stands in the
    wrong place. If it stays, it will hide the next fault there.
  EOT

  remediation = "Remove the waiver, or put it on the line of what it is for, or right above."
  references  = ["https://www.aicpa-cima.com/resources/download/2017-trust-services-criteria-with-revised-points-of-focus-2022"]

  # Where not all of its rules were run, nobody can tell.
  match "waiver" {
    where = self.used != null && self.mistake == null
  }

  assert {
    condition     = self.used
    error_message = "the ${self.address} waives nothing"
  }

  fails "what it was for is mended, and it stands in the wrong place" {
    code = <<-TF
      resource "aws_db_instance" "app" {
        storage_encrypted = true # trustlint: ignore[aws-rds-storage-encrypted] a test #~ here
      }

      variable "encrypted" {
        default = false # trustlint: ignore[aws-rds-storage-encrypted] a test #~ here
      }

      resource "aws_db_instance" "b" {
        storage_encrypted = var.encrypted
      }
    TF
  }

  passes "a line, a block, a module, a file" {
    files = {
      "a/main.tf" = <<-TF
        resource "aws_db_instance" "app" {
          # trustlint: ignore[aws-rds-storage-encrypted] a test
          storage_encrypted = false
        }

        # trustlint: ignore[aws-rds-storage-encrypted] a test
        resource "aws_db_instance" "b" {
          storage_encrypted = false
        }

        # trustlint: ignore[aws-rds-storage-encrypted] a test
        module "c" {
          source = "./c"
        }
      TF
      "a/c/main.tf" = <<-TF
        resource "aws_db_instance" "c" {
          storage_encrypted = false
        }
      TF
      "b/main.tf" = <<-TF
        # trustlint: ignore-file[aws-rds-storage-encrypted] a test

        resource "aws_db_instance" "c" {
          storage_encrypted = false
        }
      TF
      "app.yaml" = <<-YAML
        apiVersion: v1
        kind: Pod
        metadata:
          name: app
        spec:
          containers:
            # trustlint: ignore[kubernetes-no-privileged-containers] a test
            - name: app
              image: example/app:1
              securityContext:
                privileged: true
      YAML
    }
  }
}
