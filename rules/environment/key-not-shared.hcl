rule "environment-key-not-shared" {
  title    = "Production has keys of its own"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "Whoever may decrypt in another environment can decrypt production's data if both use one key."
    "CC8.1" = "A change of a key in another environment does not lock production out of its data."
  }

  rationale   = "Resources of production and of another environment name the same encryption key by its id, ARN or alias."
  remediation = "Create a key for each environment."
  references  = ["https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html"]

  match "aws.kms_key_use" {
    where = self.entity.environment != null
  }

  distinct {
    key           = self.key
    across        = self.entity.environment.class
    error_message = "${a.entity.environment.name} and ${b.entity.environment.name} use the same key"
  }

  fails "one key in both" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_db_instance" "app" {
          kms_key_id = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_db_instance" "app" {
          kms_key_id = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"
        }
      TF
    }
  }

  passes "a key each" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "aws_kms_key" "app" {}
        resource "aws_db_instance" "app" {
          kms_key_id = aws_kms_key.app.arn
        }
        resource "aws_sqs_queue" "jobs" {
          kms_master_key_id = "alias/production"
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        resource "aws_kms_key" "app" {}
        resource "aws_db_instance" "app" {
          kms_key_id = aws_kms_key.app.arn
        }
        resource "aws_sqs_queue" "jobs" {
          kms_master_key_id = "alias/staging"
        }
      TF
    }
  }
}
