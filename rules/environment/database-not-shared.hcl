rule "environment-database-not-shared" {
  title    = "Production has databases of its own"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "A workload of the lesser environment reads and writes the data of production."
    "CC8.1" = "A migration that is tried out in another environment changes production's data."
  }

  rationale   = "A workload of production and one of another environment are told the same host of a database. Which host is read from variables of the environment and ConfigMaps whose names speak of a database (`DB_HOST`, `DATABASE_URL`). A host without a dot is a service beside the workload, another one in each cluster, and is not compared."
  remediation = "Give each environment a database of its own."
  references  = ["https://12factor.net/config"]

  match "environment.database_use" {
    where = (
      self.environment != null
      && self.environment.class != "shared"
      && matches("[.]", self.identity)
      && !matches("(localhost|127[.]0[.]0[.]1|[.]svc([.]|$|:)|host[.]docker[.]internal)", self.identity)
    )
  }

  distinct {
    key           = self.identity
    across        = self.environment.class
    error_message = "${a.environment.name} and ${b.environment.name} use the same database: ${a.what} and ${b.what}"
  }

  fails "one host for both" {
    files = {
      "overlays/production/web.yaml" = <<-YAML
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
        spec:
          template:
            spec:
              containers:
                - name: web
                  image: web
                  env:
                    - name: DB_HOST
                      value: db.example.com #~ here
      YAML
      "overlays/staging/web.yaml"    = <<-YAML
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: web
        data:
          DATABASE_HOST: db.example.com
      YAML
      "envs/production/main.tf"      = <<-TF
        resource "aws_lambda_function" "app" {
          environment {
            variables = {
              DATABASE_URL = "postgres://orders.example.com/orders" #~ here
            }
          }
        }
      TF
      "envs/staging/main.tf"         = <<-TF
        resource "aws_lambda_function" "app" {
          environment {
            variables = {
              DATABASE_URL = "postgres://orders.example.com/orders"
            }
          }
        }
      TF
    }
  }

  passes "a host for each, or one beside the workload" {
    files = {
      "overlays/production/web.yaml" = <<-YAML
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: web
        data:
          DB_HOST: production.db.example.com
          MYSQL_HOST: mysql
          MONGO_URL: mongodb://mongo.db.svc.cluster.local
          LOG_LEVEL: info
      YAML
      "overlays/staging/web.yaml"    = <<-YAML
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: web
        data:
          DB_HOST: staging.db.example.com
          MYSQL_HOST: mysql
          MONGO_URL: mongodb://mongo.db.svc.cluster.local
          LOG_LEVEL: info
      YAML
    }
  }
}
