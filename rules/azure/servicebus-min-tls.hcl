rule "azure-servicebus-min-tls" {
  title    = "Service Bus and Event Hubs refuse TLS versions below 1.2"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_205", "CKV_AZURE_223"]

  soc2 = {
    "CC6.7" = "Messages are encrypted on the way by a protocol with no known break."
  }

  rationale = <<-EOT
    TLS 1.0 and 1.1 are deprecated and have known weaknesses. A namespace asks for 1.2 unless an
    older version is written out.
  EOT

  remediation = "Set `minimum_tls_version = \"1.2\"`, or remove the argument."

  references = [
    "https://learn.microsoft.com/en-us/azure/service-bus-messaging/transport-layer-security-enforce-minimum-version",
    "https://learn.microsoft.com/en-us/azure/event-hubs/transport-layer-security-enforce-minimum-version",
  ]

  match "azurerm_servicebus_namespace" "azurerm_eventhub_namespace" {
    defaults = { minimum_tls_version = "1.2" }
  }

  assert {
    condition     = is_one_of(self.minimum_tls_version, "1.2", "1.3")
    error_message = "${self.address} accepts connections below TLS 1.2"
  }

  fix {
    set    = { minimum_tls_version = "1.2" }
    safety = "unsafe"
    reason = "Clients that speak only an older version can no longer connect."
  }

  fails "an old version is allowed" {
    code = <<-TF
      resource "azurerm_servicebus_namespace" "orders" {
        name                = "acme-orders"
        minimum_tls_version = "1.0" #~ here
      }
    TF
  }

  passes "it is TLS 1.2" {
    code = <<-TF
      resource "azurerm_eventhub_namespace" "orders" {
        minimum_tls_version = "1.2"
      }
    TF
  }

  passes "nothing is set: it is TLS 1.2" {
    code = <<-TF
      resource "azurerm_servicebus_namespace" "orders" {
        name = "acme-orders"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "tls" { type = string }

      resource "azurerm_servicebus_namespace" "orders" {
        minimum_tls_version = var.tls #~ here
      }
    TF
  }
}
