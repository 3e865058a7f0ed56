rule "environment-cluster-not-shared" {
  title    = "Production has a Kubernetes cluster of its own"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "Who administers the cluster for another environment administers production."
    "CC8.1" = "An upgrade, an operator or a policy that is tried out in another environment is in production at once."
  }

  rationale   = "Production and another environment are deployed to the same Kubernetes cluster. Namespaces with roles and network policies of their own keep them apart to a degree, which is a weaker design that some choose: then say so in an exception. `in-cluster` of Argo CD is not compared: it is another cluster for each Argo CD."
  remediation = "Run production in a cluster of its own."
  references  = ["https://kubernetes.io/docs/concepts/security/multi-tenancy/"]

  match "environment.cluster_use" {
    where = self.environment != null && self.environment.class != "shared"
  }

  distinct {
    key           = [self.by, self.identity]
    across        = self.environment.class
    within        = self.account
    error_message = "${a.environment.name} and ${b.environment.name} are deployed to the same cluster: ${a.what} and ${b.what}"
  }

  fails "one cluster for both" {
    files = {
      "apps/production/web.yaml" = <<-YAML
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata:
          name: web
        spec:
          destination:
            server: https://cluster.example.com #~ here
            namespace: production
      YAML
      "apps/staging/web.yaml"    = <<-YAML
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata:
          name: web
        spec:
          destination:
            server: https://cluster.example.com
            namespace: staging
      YAML
      "envs/production/main.tf"  = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"]
        }
        data "aws_eks_cluster" "main" {
          name = "main" #~ here
        }
        data "google_container_cluster" "main" {
          project = "example"
          name    = "main" #~ here
        }
      TF
      "envs/staging/main.tf"     = <<-TF
        provider "aws" {
          allowed_account_ids = ["111122223333"]
        }
        data "aws_eks_cluster" "main" {
          name = "main"
        }
        data "google_container_cluster" "main" {
          project = "example"
          name    = "main"
        }
      TF
    }
  }

  passes "a cluster for each" {
    files = {
      "apps/production/web.yaml" = <<-YAML
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata:
          name: web
        spec:
          destination:
            name: production
      YAML
      "apps/staging/web.yaml"    = <<-YAML
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata:
          name: web
        spec:
          destination:
            name: staging
      YAML
      "apps/dev/web.yaml"        = <<-YAML
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata:
          name: web
        spec:
          destination:
            server: https://kubernetes.default.svc
      YAML
      "envs/production/main.tf"  = <<-TF
        data "azurerm_kubernetes_cluster" "main" {
          resource_group_name = "production"
          name                = "main"
        }
      TF
      "envs/staging/main.tf"     = <<-TF
        data "azurerm_kubernetes_cluster" "main" {
          resource_group_name = "staging"
          name                = "main"
        }
      TF
    }
  }

  undecided "nothing says in which accounts" {
    files = {
      "envs/production/main.tf" = <<-TF
        data "aws_eks_cluster" "main" {
          name = "main" #~ here
        }
      TF
      "envs/staging/main.tf"    = <<-TF
        data "aws_eks_cluster" "main" {
          name = "main"
        }
      TF
    }
  }
}
