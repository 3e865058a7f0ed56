# Shapes of Azure resources that several rules, or several resource types, share.

view "azure.nsg_rule" {
  description = "Every rule of a network security group, inside it or of its own, with its sources and ports as lists."

  from "azurerm_network_security_group" {
    for_each = self.security_rule
    value = {
      name      = each.value.name
      direction = each.value.direction
      access    = each.value.access
      protocol  = each.value.protocol
      sources   = compact(concat([each.value.source_address_prefix], each.value.source_address_prefixes[*]))
      ports     = compact(concat([each.value.destination_port_range], each.value.destination_port_ranges[*]))
    }
  }

  from "azurerm_network_security_rule" {
    value = {
      name      = self.name
      direction = self.direction
      access    = self.access
      protocol  = self.protocol
      sources   = compact(concat([self.source_address_prefix], self.source_address_prefixes[*]))
      ports     = compact(concat([self.destination_port_range], self.destination_port_ranges[*]))
    }
  }
}

view "azure.database_tls" {
  description = "Where a PostgreSQL or MySQL server says whether clients must use TLS."

  from "azurerm_postgresql_flexible_server_configuration" "azurerm_mysql_flexible_server_configuration" {
    where = self.name == "require_secure_transport"
    value = { required = lower(self.value) == "on" }
  }

  from "azurerm_postgresql_server" "azurerm_mysql_server" "azurerm_mariadb_server" {
    value = { required = self.ssl_enforcement_enabled != false }
  }
}

view "azure.database_server" {
  description = "Every SQL, PostgreSQL and MySQL server, and whether it has a public endpoint."

  from "azurerm_mssql_server" "azurerm_postgresql_server" "azurerm_mysql_server" "azurerm_mariadb_server" {
    value = { public = self.public_network_access_enabled != false }
  }

  from "azurerm_postgresql_flexible_server" {
    value = { public = self.public_network_access_enabled != false && !is_set(self.delegated_subnet_id) }
  }

  from "azurerm_mysql_flexible_server" { # the second name is the older one
    value = {
      public = (
        self.public_network_access != "Disabled"
        && self.public_network_access_enabled != false
        && !is_set(self.delegated_subnet_id)
      )
    }
  }

  from "azurerm_mssql_managed_instance" {
    value = { public = self.public_data_endpoint_enabled == true }
  }
}
