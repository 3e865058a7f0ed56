rule "azure-app-min-tls" {
  title    = "App Service apps refuse TLS versions below 1.2"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_15", "CKV_AZURE_145", "CKV_AZURE_154", "AZU-0006"]

  soc2 = {
    "CC6.7" = "What users and deployments send to the app is encrypted by a protocol with no known break."
  }

  rationale = <<-EOT
    TLS 1.0 and 1.1 are deprecated and have known weaknesses. An app asks for 1.2 unless an older
    version is written out, for its own address or for that of its deployment site (SCM). Older
    resource types and Logic Apps call the argument `min_tls_version`.
  EOT

  remediation = "Set `minimum_tls_version` and `scm_minimum_tls_version` in `site_config` to \"1.2\" or \"1.3\", or remove them."

  references = [
    "https://learn.microsoft.com/en-us/azure/app-service/configure-ssl-bindings",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/linux_web_app",
  ]

  match "azurerm_linux_web_app" "azurerm_windows_web_app" "azurerm_linux_web_app_slot" "azurerm_windows_web_app_slot" "azurerm_linux_function_app" "azurerm_windows_function_app" "azurerm_linux_function_app_slot" "azurerm_windows_function_app_slot" "azurerm_function_app_flex_consumption" "azurerm_logic_app_standard" "azurerm_app_service" "azurerm_app_service_slot" "azurerm_function_app" "azurerm_function_app_slot" {}

  assert {
    condition = !is_one_of(
      coalesce(self.site_config.minimum_tls_version, self.site_config.min_tls_version, "1.2"),
      "1.0", "1.1",
    )
    error_message = "${self.address} accepts connections below TLS 1.2"
  }

  assert {
    condition = !is_one_of(
      coalesce(self.site_config.scm_minimum_tls_version, self.site_config.scm_min_tls_version, "1.2"),
      "1.0", "1.1",
    )
    error_message = "the deployment site of ${self.address} accepts connections below TLS 1.2"
  }

  fix {
    set = {
      site_config = {
        minimum_tls_version     = is_one_of(self.site_config.minimum_tls_version, "1.0", "1.1") ? "1.2" : null
        min_tls_version         = is_one_of(self.site_config.min_tls_version, "1.0", "1.1") ? "1.2" : null
        scm_minimum_tls_version = is_one_of(self.site_config.scm_minimum_tls_version, "1.0", "1.1") ? "1.2" : null
        scm_min_tls_version     = is_one_of(self.site_config.scm_min_tls_version, "1.0", "1.1") ? "1.2" : null
      }
    }
    safety = "unsafe"
    reason = "Clients that speak only an older version can no longer connect."
  }

  fails "the app accepts TLS 1.0" {
    code = <<-TF
      resource "azurerm_linux_web_app" "shop" {
        site_config {
          minimum_tls_version = "1.0" #~ here
        }
      }
    TF
  }

  fails "the deployment site accepts TLS 1.1" {
    code = <<-TF
      resource "azurerm_windows_function_app" "jobs" {
        site_config {
          minimum_tls_version     = "1.2"
          scm_minimum_tls_version = "1.1" #~ here
        }
      }
    TF
  }

  fails "the older name of the argument" {
    code = <<-TF
      resource "azurerm_app_service" "shop" {
        site_config {
          min_tls_version = "1.1" #~ here
        }
      }
    TF
  }

  fails "a Logic App's deployment site accepts TLS 1.0" {
    code = <<-TF
      resource "azurerm_logic_app_standard" "flow" {
        site_config {
          scm_min_tls_version = "1.0" #~ here
        }
      }
    TF
  }

  passes "it is TLS 1.2 or better" {
    code = <<-TF
      resource "azurerm_linux_web_app" "shop" {
        site_config {
          minimum_tls_version     = "1.3"
          scm_minimum_tls_version = "1.2"
        }
      }
    TF
  }

  passes "nothing is set: it is TLS 1.2" {
    code = <<-TF
      resource "azurerm_linux_web_app" "shop" {
        site_config {}
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "tls" { type = string }

      resource "azurerm_linux_web_app" "shop" {
        site_config {
          minimum_tls_version = var.tls #~ here
        }
      }
    TF
  }
}
