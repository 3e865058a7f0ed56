rule "azure-nsg-no-public-admin-ports" {
  title    = "Network security groups keep SSH and RDP from the internet"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_9", "CKV_AZURE_10", "AZU-0048", "AZU-0050", "efbf6449", "3e3c175e"]

  soc2 = {
    "CC6.6" = "Ports that give control of a machine are tried by the whole internet within minutes of opening."
  }

  # A rule of lower priority number that denies the same traffic is not taken into account.
  rationale = <<-EOT
    An inbound rule that allows any source to reach port 22 or 3389 leaves a password or a flaw in
    the service as the only barrier. Rules inside the group and rules of their own are looked at,
    in their singular and plural forms.
  EOT

  remediation = "Name the source addresses that administer the machines, or use Azure Bastion or a VPN and close the ports."

  references = [
    "https://learn.microsoft.com/en-us/azure/virtual-network/network-security-groups-overview",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/network_security_rule",
  ]

  input "ports" {
    description = "The ports that must not be open to the internet."
    default     = [22, 3389]
  }

  match "azure.nsg_rule" {
    where = (
      lower(self.direction) == "inbound"
      && lower(self.access) == "allow"
      && is_one_of(lower(self.protocol), "tcp", "*")
    )
  }

  assert {
    condition = !(
      anytrue([for source in self.sources : is_one_of(lower(source), "*", "any", "internet") || cidr_is_everyone(source)])
      && anytrue([for range in self.ports : anytrue([for port in input.ports : port_range_includes(range, port)])])
    )
    error_message = "${self.owner.address} lets the whole internet reach an administration port"
  }

  fails "a rule of its own opens SSH" {
    code = <<-TF
      resource "azurerm_network_security_rule" "ssh" {
        name                        = "ssh"
        priority                    = 100
        direction                   = "Inbound"
        access                      = "Allow"
        protocol                    = "Tcp"
        source_port_range           = "*"
        destination_port_range      = "22"
        source_address_prefix       = "*" #~ here
        destination_address_prefix  = "*"
        network_security_group_name = azurerm_network_security_group.web.name
      }
    TF
  }

  fails "a rule inside the group opens RDP, in the plural" {
    code = <<-TF
      resource "azurerm_network_security_group" "web" {
        name = "web"

        security_rule {
          name                    = "remote"
          direction               = "Inbound"
          access                  = "Allow"
          protocol                = "*"
          source_address_prefixes = ["10.0.0.0/8", "0.0.0.0/0"] #~ here
          destination_port_ranges = ["443", "3000-4000"]
        }
      }
    TF
  }

  fails "rules in an attribute" {
    code = <<-TF
      resource "azurerm_network_security_group" "web" {
        security_rule = [{
          name                    = "all"
          direction               = "Inbound"
          access                  = "Allow"
          protocol                = "Tcp"
          source_address_prefix   = "Internet" #~ here
          source_address_prefixes = []
          destination_port_range  = "*"
          destination_port_ranges = []
        }]
      }
    TF
  }

  passes "HTTPS for everybody, SSH for the office, nothing outbound counts" {
    code = <<-TF
      resource "azurerm_network_security_group" "web" {
        security_rule {
          name                   = "https"
          direction              = "Inbound"
          access                 = "Allow"
          protocol               = "Tcp"
          source_address_prefix  = "*"
          destination_port_range = "443"
        }

        security_rule {
          name                   = "ssh"
          direction              = "Inbound"
          access                 = "Allow"
          protocol               = "Tcp"
          source_address_prefix  = "203.0.113.0/24"
          destination_port_range = "22"
        }

        security_rule {
          name                   = "out"
          direction              = "Outbound"
          access                 = "Allow"
          protocol               = "*"
          source_address_prefix  = "*"
          destination_port_range = "*"
        }

        security_rule {
          name                   = "none"
          direction              = "Inbound"
          access                 = "Deny"
          protocol               = "*"
          source_address_prefix  = "*"
          destination_port_range = "*"
        }
      }
    TF
  }

  undecided "the caller decides who may come" {
    code = <<-TF
      variable "admins" { type = string }

      resource "azurerm_network_security_rule" "ssh" {
        direction              = "Inbound"
        access                 = "Allow"
        protocol               = "Tcp"
        source_address_prefix  = var.admins #~ here
        destination_port_range = "22"
      }
    TF
  }
}
