# What environments must not have in common. `identity` is what names the thing, `by` the kind of that name: what has
# different ones is never the same. `account` is in what that name is unique: the account, subscription or project;
# "" if the name is unique everywhere, null if that is not known.

view "environment.key_use" {
  description = "Every resource that names the key it encrypts with; `identity` is the key."

  from "aws.kms_key_use" {
    value = {
      by       = "aws"
      identity = self.key
      account  = matches("^arn:|^(mrk-)?[0-9a-f-]{32,36}$", self.key) ? "" : self.owner.account
      what     = self.entity.address
    }
  }

  from "aws_s3_bucket_server_side_encryption_configuration" {
    for_each = [
      for key in flatten([for rule in self.rule : rule.apply_server_side_encryption_by_default[*].kms_master_key_id]) : key
      if key != null && !matches("alias/aws/", key)
    ]
    value = {
      by       = "aws"
      identity = each.value
      account  = matches("^arn:|^(mrk-)?[0-9a-f-]{32,36}$", each.value) ? "" : self.account
      what     = self.address
    }
  }

  from "aws_secretsmanager_secret" "aws_cloudwatch_log_group" "aws_dynamodb_table_replica" {
    where = self.kms_key_id != null && !matches("alias/aws/", self.kms_key_id)
    value = {
      by       = "aws"
      identity = self.kms_key_id
      account  = matches("^arn:|^(mrk-)?[0-9a-f-]{32,36}$", self.kms_key_id) ? "" : self.account
      what     = self.address
    }
  }

  # The URL of a Key Vault key names the vault, and the names of vaults are unique everywhere.
  from "azurerm_storage_account_customer_managed_key" {
    where = self.key_name != null
    value = {
      by       = "azure"
      identity = self.key_vault_id != null ? [self.key_vault_id, self.key_name] : [self.key_vault_uri, self.key_name]
      account  = ""
      what     = self.address
    }
  }

  from "azurerm_disk_encryption_set" "azurerm_mssql_server_transparent_data_encryption" "azurerm_cosmosdb_account" "azurerm_kubernetes_cluster" {
    where = or_default(self.key_vault_key_id, self.key_vault_key_uri) != null
    value = {
      by       = "azure"
      identity = or_default(self.key_vault_key_id, self.key_vault_key_uri)
      account  = ""
      what     = self.address
    }
  }

  # projects/P/locations/L/keyRings/R/cryptoKeys/K
  from "google_storage_bucket" {
    where = self.encryption.default_kms_key_name != null
    value = { by = "google", identity = self.encryption.default_kms_key_name, account = "", what = self.address }
  }

  from "google_sql_database_instance" {
    where = self.encryption_key_name != null
    value = { by = "google", identity = self.encryption_key_name, account = "", what = self.address }
  }

  from "google_compute_disk" {
    where = self.disk_encryption_key.kms_key_self_link != null
    value = { by = "google", identity = self.disk_encryption_key.kms_key_self_link, account = "", what = self.address }
  }

  from "google_bigquery_dataset" {
    where = self.default_encryption_configuration.kms_key_name != null
    value = { by = "google", identity = self.default_encryption_configuration.kms_key_name, account = "", what = self.address }
  }
}

view "ci.job_role" {
  description = "Every cloud identity that a job assumes, by the action that logs in: a role, an application, a service account."

  from "ci.job" {
    for_each = [for use in self.uses : use if lower(use.action) == "aws-actions/configure-aws-credentials"]
    value    = { identity = each.value.with["role-to-assume"], job = self.name, runs = self.runs, pull_request = self.runs.pull_request || self.runs.fork_pull_request || self.runs.pull_request_target, environment_name = self.environment_name }
  }

  from "ci.job" {
    for_each = [for use in self.uses : use if lower(use.action) == "azure/login"]
    value    = { identity = each.value.with["client-id"], job = self.name, runs = self.runs, pull_request = self.runs.pull_request || self.runs.fork_pull_request || self.runs.pull_request_target, environment_name = self.environment_name }
  }

  from "ci.job" {
    for_each = [for use in self.uses : use if lower(use.action) == "google-github-actions/auth"]
    value    = { identity = each.value.with.service_account, job = self.name, runs = self.runs, pull_request = self.runs.pull_request || self.runs.fork_pull_request || self.runs.pull_request_target, environment_name = self.environment_name }
  }
}

view "environment.job_role" {
  description = "Those of which it is told for which environment the job works."

  # A name of an environment that says nothing (`eu-west`, `github-pages`) is a guess, which is no ground to hold
  # two jobs against each other.
  from "ci.job_role" {
    where = self.environment != null && self.environment.class != "shared" && !matches("does not say production", self.environment.sign)
    value = self
  }
}

view "environment.job_credential" {
  description = "Every credential that a job which deploys takes from its host by name: a secret, a context, a group of variables, a service connection. `held_by` is the environment that may hold a secret of its own by that name, or null."

  from "ci.deploy_job" {
    for_each = [for name in self.secrets : name if !is_one_of(name, "*", "GITHUB_TOKEN")]
    value = {
      system      = self.system
      kind        = "secret"
      credential  = each.value
      held_by     = self.system == "github" ? self.environment_name : null
      job         = self.id
    }
  }

  from "ci.deploy_job" {
    for_each = self.credentials
    value = {
      system      = self.system
      kind        = each.value.kind
      credential  = each.value.name
      held_by     = null
      job         = self.id
    }
  }
}

view "environment.network_use" {
  description = "Every network that is named where it is used or looked up."

  # A subnet or a security group belongs to a network; what is in them follows.
  from "aws_subnet" "aws_security_group" "aws_route_table" "aws_internet_gateway" "aws_lb_target_group" "aws_vpc_endpoint" {
    where = self.vpc_id != null && !refers_to_kind(self.vpc_id, "data.aws_vpc")
    value = { by = "aws", identity = self.vpc_id, account = "", what = self.address }
  }

  # What a lookup finds differs only if the account does.
  from "data.aws_vpc" {
    value = {
      by       = self.id != null ? "aws" : "aws lookup"
      identity = self.id != null ? self.id : jsonencode([self.default, self.cidr_block, self.tags, [for f in self.filter[*] : [f.name, f.values]]])
      account  = self.id != null ? "" : self.account
      what     = self.address
    }
  }

  from "azurerm_subnet" {
    where = self.virtual_network_name != null
    value = { by = "azure", identity = [self.resource_group_name, self.virtual_network_name], account = self.account, what = self.address }
  }

  from "data.azurerm_virtual_network" {
    value = { by = "azure", identity = [self.resource_group_name, self.name], account = self.account, what = self.address }
  }

  from "google_compute_subnetwork" "google_compute_firewall" "google_container_cluster" {
    where = self.network != null
    value = { by = "google", identity = self.network, account = matches("projects/", self.network) ? "" : or_default(self.project, self.account), what = self.address }
  }

  from "data.google_compute_network" {
    value = { by = "google", identity = self.name, account = or_default(self.project, self.account), what = self.address }
  }
}

view "environment.secret_read" {
  description = "Every secret that is read by name: by Terraform, and by External Secrets."

  # What is looked up first is named there.
  from "data.aws_secretsmanager_secret_version" {
    where = !refers_to_kind(self.secret_id, "data.aws_secretsmanager_secret")
    value = { by = "aws", identity = self.secret_id, account = matches("^arn:", self.secret_id) ? "" : self.account, what = self.address }
  }

  from "data.aws_secretsmanager_secret" {
    where = or_default(self.arn, self.name) != null
    value = { by = "aws", identity = or_default(self.arn, self.name), account = self.arn != null ? "" : self.account, what = self.address }
  }

  from "data.aws_ssm_parameter" {
    # Most parameters are no secrets, such as ids and what AWS publishes for everybody.
    where = secret_name(self.name)
    value = { by = "aws", identity = self.name, account = matches("^arn:", self.name) ? "" : self.account, what = self.address }
  }

  from "data.azurerm_key_vault_secret" {
    value = { by = "azure", identity = [self.key_vault_id, self.name], account = "", what = self.address }
  }

  from "data.google_secret_manager_secret_version" {
    value = { by = "google", identity = self.secret, account = matches("^projects/", self.secret) ? "" : or_default(self.project, self.account), what = self.address }
  }

  # What External Secrets fetches for a cluster, by the store that it is fetched from.
  from "ExternalSecret.external-secrets.io" {
    for_each = [for entry in self.spec.data[*] : entry if entry.remoteRef.key != null]
    value    = { by = "external secrets", identity = [self.spec.secretStoreRef.name, each.value.remoteRef.property, each.value.remoteRef.key], account = null, what = self.address }
  }
}

view "environment.principal_use" {
  description = "Every role, identity or service account that a workload runs as."

  from "aws_iam_instance_profile" {
    where = self.role != null
    value = { by = "aws", identity = self.role, account = self.account, what = self.address }
  }

  from "aws_lambda_function" {
    value = { by = "aws", identity = self.role, account = "", what = self.address }
  }

  from "aws_ecs_task_definition" {
    where = self.task_role_arn != null
    value = { by = "aws", identity = self.task_role_arn, account = "", what = self.address }
  }

  # IRSA, and workload identity of Google.
  from "ServiceAccount" {
    where = self.metadata.annotations["eks.amazonaws.com/role-arn"] != null
    value = { by = "aws", identity = self.metadata.annotations["eks.amazonaws.com/role-arn"], account = "", what = self.address }
  }

  from "ServiceAccount" {
    where = self.metadata.annotations["iam.gke.io/gcp-service-account"] != null
    value = { by = "google", identity = self.metadata.annotations["iam.gke.io/gcp-service-account"], account = "", what = self.address }
  }

  from "azurerm_linux_virtual_machine" "azurerm_linux_web_app" "azurerm_container_app" {
    for_each = self.identity.identity_ids
    value    = { by = "azure", identity = each.value, account = "", what = self.address }
  }

  from "google_compute_instance" {
    where = self.service_account.email != null
    value = { by = "google", identity = self.service_account.email, account = "", what = self.address }
  }

  from "google_cloud_run_v2_service" {
    where = self.template.service_account != null
    value = { by = "google", identity = self.template.service_account, account = "", what = self.address }
  }
}

view "environment.cluster_use" {
  description = "Every Kubernetes cluster that something is deployed to: by Argo CD, or by Terraform that looks the cluster up. `namespace` is the one deployed to, or null."

  # The cluster that Argo CD itself runs in is another one for each Argo CD.
  from "Application.argoproj.io" {
    where = (
      self.spec.destination != null
      && !is_one_of(or_default(self.spec.destination.name, self.spec.destination.server), null, "in-cluster", "https://kubernetes.default.svc")
    )
    value = {
      by        = "argocd"
      identity  = or_default(self.spec.destination.server, self.spec.destination.name)
      namespace = self.spec.destination.namespace
      account   = ""
      what      = self.address
    }
  }

  from "data.aws_eks_cluster" {
    value = { by = "aws", identity = self.name, namespace = null, account = self.account, what = self.address }
  }

  from "data.azurerm_kubernetes_cluster" {
    value = { by = "azure", identity = [self.resource_group_name, self.name], namespace = null, account = self.account, what = self.address }
  }

  from "data.google_container_cluster" {
    value = { by = "google", identity = self.name, namespace = null, account = or_default(self.project, self.account), what = self.address }
  }
}

view "environment.database_use" {
  description = "Every host of a database that a workload is told, in a ConfigMap or in variables of its environment."

  from "ConfigMap" {
    for_each = { for name, value in self.data : name => value if matches("(?i)(^|_)(db|database|postgres|postgresql|pg|mysql|mongo|mongodb)_?(host|url|uri|endpoint)$", name) }
    value    = { identity = each.value, what = self.address }
  }

  from "kubernetes.container" {
    for_each = [for variable in self.env[*] : variable if matches("(?i)(^|_)(db|database|postgres|postgresql|pg|mysql|mongo|mongodb)_?(host|url|uri|endpoint)$", variable.name)]
    value    = { identity = each.value.value, what = self.owner.address }
  }

  from "aws_lambda_function" {
    for_each = { for name, value in self.environment.variables : name => value if matches("(?i)(^|_)(db|database|postgres|postgresql|pg|mysql|mongo|mongodb)_?(host|url|uri|endpoint)$", name) }
    value    = { identity = each.value, what = self.address }
  }
}

view "environment.dns_zone_use" {
  description = "Every DNS zone that records are written into."

  # A zone that is looked up is compared by what it is looked up by.
  from "data.aws_route53_zone" {
    where = self.zone_id == null
    value = { by = "aws lookup", identity = [self.private_zone, self.tags, self.vpc_id, self.name], account = self.account, what = self.address }
  }

  from "aws_route53_record" {
    where = !refers_to_kind(self.zone_id, "data.aws_route53_zone")
    value = { by = "aws", identity = self.zone_id, account = "", what = self.address }
  }

  from "azurerm_dns_a_record" "azurerm_dns_cname_record" {
    value = { by = "azure", identity = [self.resource_group_name, self.zone_name], account = self.account, what = self.address }
  }

  from "google_dns_record_set" {
    value = { by = "google", identity = self.managed_zone, account = or_default(self.project, self.account), what = self.address }
  }
}

view "environment.account" {
  description = "Every account, subscription or project that the provider of a root is configured for."

  from "terraform.provider" {
    for_each = self.alias == null ? [
      for id in flatten([
        self.allowed_account_ids[*],
        try(regex("^arn:[^:]*:iam::([0-9]{12}):", self.assume_role.role_arn), []),
        self.subscription_id[*],
        self.project[*],
      ]) : id if id != null
    ] : []
    value = { id = each.value }
  }
}

view "environment.place" {
  description = "Everything that is deployed for one environment: roots, jobs of pipelines, Kubernetes workloads."

  # A job for an environment whose name says nothing is no sign that there is one for tests.
  from "terraform.root" "ci.job" "kubernetes.pod" {
    where = self.environment != null && !matches("does not say production", self.environment.sign)
    value = { environment = self.environment }
  }
}
