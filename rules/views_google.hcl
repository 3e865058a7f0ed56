# Shapes of Google Cloud resources that several rules, or several resource types, share.

view "google.storage_grant" {
  description = "Every grant or access control entry of a bucket or its objects, with those it is given to."

  from "google_storage_bucket_iam_member" {
    value = { to = [self.member] }
  }

  from "google_storage_bucket_iam_binding" {
    value = { to = self.members[*] }
  }

  # Entries such as READER:allUsers, and the names of whole lists such as publicRead.
  from "google_storage_bucket_acl" "google_storage_object_acl" {
    value = { to = compact(concat(self.role_entity[*], [self.predefined_acl])) }
  }

  from "google_storage_default_object_acl" {
    value = { to = self.role_entity[*] }
  }

  from "google_storage_bucket_access_control" "google_storage_object_access_control" "google_storage_default_object_access_control" {
    value = { to = [self.entity] }
  }
}

view "google.iam_grant" {
  description = "Every grant of a role on a project, folder or organization: the `role`, its `members`, and the `level` that it holds for."

  from "google_project_iam_member" {
    value = { role = self.role, members = [self.member], level = "project" }
  }

  from "google_project_iam_binding" {
    value = { role = self.role, members = self.members, level = "project" }
  }

  from "google_folder_iam_member" {
    value = { role = self.role, members = [self.member], level = "folder" }
  }

  from "google_folder_iam_binding" {
    value = { role = self.role, members = self.members, level = "folder" }
  }

  from "google_organization_iam_member" {
    value = { role = self.role, members = [self.member], level = "organization" }
  }

  from "google_organization_iam_binding" {
    value = { role = self.role, members = self.members, level = "organization" }
  }

  # These replace every grant, and hold what `google_iam_policy` gives, or text.
  from "google_project_iam_policy" {
    for_each = try(jsondecode(self.policy_data).bindings, [])
    value    = { role = each.value.role, members = each.value.members, level = "project" }
  }

  from "google_folder_iam_policy" {
    for_each = try(jsondecode(self.policy_data).bindings, [])
    value    = { role = each.value.role, members = each.value.members, level = "folder" }
  }

  from "google_organization_iam_policy" {
    for_each = try(jsondecode(self.policy_data).bindings, [])
    value    = { role = each.value.role, members = each.value.members, level = "organization" }
  }
}

view "google.org_policy" {
  description = "Every boolean organization policy, with its constraint and whether it is enforced."

  from "google_org_policy_policy" {
    for_each = self.spec[*].rules
    value = {
      constraint = self.name
      enforced   = is_one_of(each.value.enforce, "TRUE", "true", true)
    }
  }

  from "google_project_organization_policy" "google_folder_organization_policy" "google_organization_policy" {
    value = {
      constraint = self.constraint
      enforced   = self.boolean_policy.enforced == true
    }
  }
}

view "google.ingress_rule" {
  description = "Every rule of a firewall or firewall policy that lets traffic in, by protocol."

  from "google_compute_firewall" {
    where    = self.direction != "EGRESS" && self.disabled != true
    for_each = self.allow
    value = {
      sources  = self.source_ranges[*]
      protocol = each.value.protocol
      ports    = each.value.ports[*]
    }
  }

  # A network scope other than the internet narrows the rule whatever its ranges are.
  from "google_compute_firewall_policy_rule" "google_compute_network_firewall_policy_rule" "google_compute_region_network_firewall_policy_rule" {
    where = (
      self.direction == "INGRESS"
      && self.action == "allow"
      && self.disabled != true
      && !is_one_of(self.match.src_network_scope, "INTRA_VPC", "NON_INTERNET", "VPC_NETWORKS")
    )
    for_each = self.match.layer4_configs
    value = {
      sources  = self.match.src_ip_ranges[*]
      protocol = each.value.ip_protocol
      ports    = each.value.ports[*]
    }
  }
}

view "google.watched_elsewhere" {
  description = "What takes security events out of Google Cloud to where somebody watches: notifications of Security Command Center, and sinks of an organization, folder or project to a topic."

  from "google_scc_notification_config" "google_scc_v2_organization_notification_config" "google_scc_v2_folder_notification_config" "google_scc_v2_project_notification_config" {
    value = { name = self.config_id }
  }

  from "google_logging_organization_sink" "google_logging_folder_sink" "google_logging_project_sink" {
    where = startswith(written(self.destination), "pubsub.googleapis.com/") && self.disabled != true
    value = { name = self.name }
  }
}
