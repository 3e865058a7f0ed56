rule "aws-sqs-queue-encrypted" {
  title    = "SQS queues do not switch encryption off"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_27", "AWS-0096", "6e8849c1"]

  soc2 = {
    "CC6.1" = "Messages that wait in the queue are data at rest, and are unreadable without the key."
  }

  # Other tools also report a queue that says nothing. Such a queue is encrypted.
  rationale = <<-EOT
    SQS encrypts new queues with keys of its own (SSE-SQS) since October 2022, so a queue that says
    nothing is encrypted. Only `sqs_managed_sse_enabled = false` without a KMS key leaves the
    messages in the clear.
  EOT

  remediation = "Remove `sqs_managed_sse_enabled = false`, or set `kms_master_key_id`."

  references = [
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html",
  ]

  match "aws_sqs_queue" {
    defaults = { sqs_managed_sse_enabled = true }
  }

  assert {
    condition     = self.sqs_managed_sse_enabled || is_set(self.kms_master_key_id)
    error_message = "${self.address} keeps its messages unencrypted"
  }

  fix {
    set    = { sqs_managed_sse_enabled = true }
    safety = "safe"
  }

  fails "encryption is switched off" {
    code = <<-TF
      resource "aws_sqs_queue" "orders" {
        name                    = "orders"
        sqs_managed_sse_enabled = false #~ here
      }
    TF
  }

  fails "an empty key is none" {
    code = <<-TF
      resource "aws_sqs_queue" "orders" {
        sqs_managed_sse_enabled = false #~ here
        kms_master_key_id       = ""
      }
    TF
  }

  passes "by default, or with a KMS key" {
    code = <<-TF
      resource "aws_sqs_queue" "orders" {
        name = "orders"
      }

      resource "aws_sqs_queue" "payments" {
        name                    = "payments"
        sqs_managed_sse_enabled = false
        kms_master_key_id       = aws_kms_key.queues.arn
      }

      resource "aws_kms_key" "queues" {}
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "sse" { type = bool }

      resource "aws_sqs_queue" "orders" {
        name                    = "orders"
        sqs_managed_sse_enabled = var.sse #~ here
      }
    TF
  }
}
