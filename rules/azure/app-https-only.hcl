rule "azure-app-https-only" {
  title    = "App Service apps accept HTTPS only"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_14", "CKV_AZURE_70", "CKV_AZURE_153", "AZU-0004", "AZU-0072", "11e9a948"]

  soc2 = {
    "CC6.7" = "Sessions, passwords and data of the app's users never cross a network in the clear."
  }

  rationale = <<-EOT
    An app answers plain HTTP as well as HTTPS unless `https_only` is true, and the provider leaves it
    false. With it, plain requests are redirected.
  EOT

  remediation = "Set `https_only = true`."

  references = [
    "https://learn.microsoft.com/en-us/azure/app-service/configure-ssl-bindings",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/linux_web_app",
  ]

  match "azurerm_linux_web_app" "azurerm_windows_web_app" "azurerm_linux_web_app_slot" "azurerm_windows_web_app_slot" "azurerm_linux_function_app" "azurerm_windows_function_app" "azurerm_linux_function_app_slot" "azurerm_windows_function_app_slot" "azurerm_function_app_flex_consumption" "azurerm_logic_app_standard" "azurerm_app_service" "azurerm_app_service_slot" "azurerm_function_app" "azurerm_function_app_slot" {
    defaults = { https_only = false }
  }

  assert {
    condition     = self.https_only
    error_message = "${self.address} answers plain HTTP"
  }

  fix {
    set    = { https_only = true }
    safety = "unsafe"
    reason = "Plain requests are redirected; clients that do not follow redirects stop working."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "azurerm_linux_web_app" "shop" { #~ here
        name = "acme-shop"
        site_config {}
      }
    TF
  }

  fails "it is off" {
    code = <<-TF
      resource "azurerm_windows_function_app" "jobs" {
        https_only = false #~ here
      }
    TF
  }

  fails "a module is called without it" {
    files = {
      "main.tf"     = <<-TF
        module "shop" {
          source = "./app"
        }
      TF
      "app/main.tf" = <<-TF
        variable "https_only" { default = false }

        resource "azurerm_linux_web_app" "this" {
          https_only = var.https_only #~ here
        }
      TF
    }
  }

  passes "it is on" {
    code = <<-TF
      resource "azurerm_linux_web_app" "shop" {
        https_only = true
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "https_only" { type = bool }

      resource "azurerm_linux_web_app" "shop" {
        https_only = var.https_only #~ here
      }
    TF
  }
}
