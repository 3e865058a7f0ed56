rule "environment-secret-not-shared" {
  title    = "Production has secrets of its own"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "Whoever may read the secrets of another environment holds one of production's."
    "CC8.1" = "A secret that is changed for another environment changes for production."
  }

  rationale   = "Production and another environment read the same secret, by its ARN, path or name. A name means the same secret only within one account; where the account is not told, it cannot be decided."
  remediation = "Keep a secret for each environment, under a path of its own and best in its own account."
  references  = ["https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html"]

  match "environment.secret_read" {
    where = self.environment != null && self.environment.class != "shared"
  }

  distinct {
    key           = [self.by, self.identity]
    across        = self.environment.class
    within        = self.account
    error_message = "${a.environment.name} and ${b.environment.name} read the same secret: ${a.what} and ${b.what}"
  }

  fails "one secret by its ARN, vault or project" {
    files = {
      "envs/production/main.tf" = <<-TF
        data "aws_secretsmanager_secret_version" "db" {
          secret_id = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf" #~ here
        }
        data "aws_secretsmanager_secret" "api" {
          arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:api-AbCdEf" #~ here
        }
        data "azurerm_key_vault_secret" "db" {
          key_vault_id = "/subscriptions/1/vaults/acme"
          name         = "db" #~ here
        }
        data "google_secret_manager_secret_version" "db" {
          project = "example"
          secret  = "db" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        data "aws_secretsmanager_secret_version" "db" {
          secret_id = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"
        }
        data "aws_secretsmanager_secret" "api" {
          arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:api-AbCdEf"
        }
        data "azurerm_key_vault_secret" "db" {
          key_vault_id = "/subscriptions/1/vaults/acme"
          name         = "db"
        }
        data "google_secret_manager_secret_version" "db" {
          project = "example"
          secret  = "db"
        }
      TF
    }
  }

  passes "a path for each" {
    files = {
      "envs/production/main.tf" = <<-TF
        data "aws_ssm_parameter" "db" {
          name = "/production/db_password"
        }
        data "aws_ssm_parameter" "image" {
          name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        }
        data "aws_secretsmanager_secret" "api" {
          name = "production/api"
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        data "aws_ssm_parameter" "db" {
          name = "/staging/db_password"
        }
        data "aws_ssm_parameter" "image" {
          name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        }
        data "aws_secretsmanager_secret" "api" {
          name = "staging/api"
        }
      TF
    }
  }

  passes "External Secrets fetches a secret for each" {
    files = {
      "overlays/production/db.yaml" = <<-YAML
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata:
          name: db
          namespace: shop
        spec:
          secretStoreRef:
            kind: ClusterSecretStore
            name: vault
          data:
            - secretKey: password
              remoteRef:
                key: production/db
                property: password
      YAML
      "overlays/staging/db.yaml"    = <<-YAML
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata:
          name: db
          namespace: shop
        spec:
          secretStoreRef:
            kind: ClusterSecretStore
            name: vault
          data:
            - secretKey: password
              remoteRef:
                key: staging/db
                property: password
      YAML
    }
  }

  undecided "one name, and nothing says in which accounts" {
    files = {
      "envs/production/main.tf" = <<-TF
        data "aws_ssm_parameter" "db" {
          name = "/app/db_password" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        data "aws_ssm_parameter" "db" {
          name = "/app/db_password"
        }
      TF
    }
  }

  undecided "External Secrets fetches one secret, perhaps from two vaults" {
    files = {
      "overlays/production/db.yaml" = <<-YAML
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata:
          name: db
          namespace: shop
        spec:
          secretStoreRef:
            kind: ClusterSecretStore
            name: vault
          data:
            - secretKey: password
              remoteRef:
                key: db #~ here
                property: password
      YAML
      "overlays/staging/db.yaml"    = <<-YAML
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata:
          name: db
          namespace: shop
        spec:
          secretStoreRef:
            kind: ClusterSecretStore
            name: vault
          data:
            - secretKey: password
              remoteRef:
                key: db
                property: password
      YAML
    }
  }
}
