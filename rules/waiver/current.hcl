rule "waiver-current" {
  title    = "Waivers have not run out"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC7.1" = "What was accepted for a time is looked at again when the time is over."
  }

  rationale   = "The last day of the waiver has gone by. What it waived is reported again, so that the risk is not carried on without anybody's decision."
  remediation = "Mend what the waiver was for and remove it, or decide anew and write the new day and the reason."
  references  = ["https://www.aicpa-cima.com/resources/download/2017-trust-services-criteria-with-revised-points-of-focus-2022"]

  match "waiver" {
    where = self.until != null && self.mistake == null
  }

  assert {
    condition     = self.days_left >= 0
    error_message = "the ${self.address} ran out on ${self.until}"
  }

  fails "yesterday was its last day" {
    code = <<-TF
      resource "aws_db_instance" "app" {
        storage_encrypted = false # trustlint: ignore[aws-rds-storage-encrypted] a test, until=2025-12-31, owner=@shop #~ here
      }
    TF
  }

  passes "today is" {
    code = <<-TF
      resource "aws_db_instance" "app" {
        storage_encrypted = false # trustlint: ignore[aws-rds-storage-encrypted] a test, until=2026-01-01, owner=@shop
      }
    TF
  }
}
