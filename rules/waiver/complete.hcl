rule "waiver-complete" {
  title    = "Waivers say why, and those that matter say until when and who answers for them"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC7.1" = "A weakness that is accepted is known, and somebody looks at it again."
    "CC8.1" = "An exception from what is required is approved by somebody who can be asked."
  }

  rationale = <<-EOT
    A waiver takes a finding out of the report. An auditor asks of each why it was granted, by whom, and for how
    long; one that runs for ever is a rule that was switched off. A waiver that gives no reason, names no rule that
    exists, or waives what the configuration forbids to waive, waives nothing.
  EOT

  remediation = "Write `# trustlint: ignore[rule-id] the reason, until=2027-01-31, owner=@team` on the line of what it is for, or right above."
  references  = ["https://www.aicpa-cima.com/resources/download/2017-trust-services-criteria-with-revised-points-of-focus-2022"]

  input "severities" {
    description = "The severities of findings whose waivers need a last day and an owner."
    default     = ["high", "critical"]
  }

  input "most_days" {
    description = "How many days ahead the last day of a waiver may lie."
    default     = 366
  }

  match "waiver" {}

  assert {
    condition     = self.mistake == null
    error_message = "this is no waiver, and waives nothing: ${self.mistake}"
  }

  assert {
    for_each      = self.mistake == null ? [self] : []
    condition     = self.reason != null
    error_message = "the ${self.address} gives no reason, and waives nothing"
  }

  assert {
    for_each      = self.banned_rules
    condition     = false
    at            = self.rules
    error_message = "findings of ${each.value} must not be waived"
  }

  assert {
    for_each      = self.mistake == null && contains(input.severities, self.severity) ? [self] : []
    condition     = self.until != null && self.owner != null
    error_message = "the ${self.address} says nothing of ${self.until == null && self.owner == null ? "until when, and who answers for it" : self.until == null ? "until when" : "who answers for it"}"
  }

  assert {
    for_each      = self.days_left[*]
    condition     = each.value <= input.most_days
    error_message = "the ${self.address} holds for ${each.value} more days, and ${input.most_days} are the most"
  }

  fails "no reason, no rule of that name, a word that is none" {
    code = <<-TF
      resource "aws_db_instance" "app" {
        storage_encrypted = false # trustlint: ignore[aws-rds-storage-encrypted] #~ here
      }

      # trustlint: ignore[aws-rds-storage-encryption] a test #~ here
      resource "aws_db_instance" "b" {
        storage_encrypted = true
      }

      # trustlint: ignroe[aws-rds-storage-encrypted] a test #~ here
      resource "aws_db_instance" "c" {
        storage_encrypted = true
      }
    TF
  }

  fails "a high one without a last day or an owner, and one for ten years" {
    code = <<-TF
      resource "aws_db_instance" "app" {
        storage_encrypted = false # trustlint: ignore[aws-rds-storage-encrypted] goes away with the old shop, owner=@shop #~ here
      }

      resource "aws_db_instance" "b" {
        # trustlint: ignore[aws-rds-storage-encrypted] goes away with the old shop, owner=@shop, until=2036-01-31 #~ here
        storage_encrypted = false
      }
    TF
  }

  passes "a reason, a day and an owner; less for what is no high risk" {
    code = <<-TF
      resource "aws_db_instance" "app" {
        # trustlint: ignore[aws-rds-storage-encrypted] goes away with the old shop, until=2026-03-31, owner=@shop
        storage_encrypted = false
      }

      resource "aws_db_instance" "b" {
        storage_encrypted       = true
        backup_retention_period = 0 # trustlint: ignore[aws-rds-backup-retention] made anew each night
      }
    TF
  }
}
