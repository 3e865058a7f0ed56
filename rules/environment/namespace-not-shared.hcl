rule "environment-namespace-not-shared" {
  title    = "Production has namespaces of its own"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "Roles, secrets and network policies of a namespace hold for both environments alike."
    "CC8.1" = "A deployment of another environment replaces what production is made of."
  }

  rationale   = "Production and another environment are deployed to the same namespace of the same cluster, where nothing keeps them apart: objects of one name overwrite each other."
  remediation = "Deploy production to a namespace of its own, and best to a cluster of its own."
  references  = ["https://kubernetes.io/docs/concepts/security/multi-tenancy/"]

  match "environment.cluster_use" {
    where = self.environment != null && self.environment.class != "shared" && self.namespace != null
  }

  distinct {
    key           = [self.by, self.identity, self.namespace]
    across        = self.environment.class
    error_message = "${a.environment.name} and ${b.environment.name} are deployed to the same namespace: ${a.what} and ${b.what}"
  }

  fails "one namespace for both" {
    files = {
      "apps/production/web.yaml" = <<-YAML
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata:
          name: web
        spec:
          destination:
            server: https://cluster.example.com
            namespace: web #~ here
      YAML
      "apps/staging/web.yaml"    = <<-YAML
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata:
          name: web
        spec:
          destination:
            server: https://cluster.example.com
            namespace: web
      YAML
    }
  }

  passes "another namespace, or another cluster" {
    files = {
      "apps/production/web.yaml" = <<-YAML
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata:
          name: web
        spec:
          destination:
            server: https://cluster.example.com
            namespace: web
      YAML
      "apps/staging/web.yaml"    = <<-YAML
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata:
          name: web
        spec:
          destination:
            server: https://cluster.example.com
            namespace: web-staging
      YAML
      "apps/dev/web.yaml"        = <<-YAML
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata:
          name: web
        spec:
          destination:
            name: dev
            namespace: web
      YAML
    }
  }
}
