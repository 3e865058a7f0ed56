rule "kubernetes-argocd-project-limited" {
  title    = "Argo CD projects say what may be deployed where"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["KSV-0124"]

  soc2 = {
    "CC6.3" = "Whoever may write an Application of the project otherwise deploys anything to every cluster and namespace."
    "CC8.1" = "What is deployed comes from repositories whose changes are reviewed."
  }

  rationale   = "The project takes manifests from any repository, or deploys to any cluster and namespace, or lets any kind of the whole cluster be made, roles among them."
  remediation = "List the repositories in `sourceRepos`, the clusters and namespaces in `destinations`, and the kinds in `clusterResourceWhitelist`."
  references  = ["https://argo-cd.readthedocs.io/en/stable/user-guide/projects/"]

  match "AppProject.argoproj.io" {}

  assert {
    for_each      = self.spec.sourceRepos[*]
    condition     = each.value != "*"
    error_message = "${self.address} takes manifests from any repository"
  }

  # Every namespace of one cluster is what a project of the platform has; every cluster is too much for any.
  assert {
    for_each      = self.spec.destinations[*]
    condition     = !(is_one_of(or_default(each.value.server, each.value.name, ""), "*") && or_default(each.value.namespace, "") == "*")
    error_message = "${self.address} deploys to every cluster and namespace"
  }

  assert {
    for_each      = self.spec.clusterResourceWhitelist[*]
    condition     = !(each.value.kind == "*" && each.value.group == "*")
    error_message = "${self.address} lets anything of the whole cluster be made"
  }

  fails "each of them" {
    code = <<-YAML
      apiVersion: argoproj.io/v1alpha1
      kind: AppProject
      metadata:
        name: default
      spec:
        sourceRepos:
          - "*" #~ here
        destinations:
          - server: "*" #~ here
            namespace: "*"
        clusterResourceWhitelist:
          - group: "*"
            kind: "*" #~ here
    YAML
  }

  passes "what is meant" {
    code = <<-YAML
      apiVersion: argoproj.io/v1alpha1
      kind: AppProject
      metadata:
        name: shop
      spec:
        sourceRepos:
          - https://git.example.com/shop/*
        destinations:
          - name: production
            namespace: shop
        clusterResourceWhitelist:
          - group: ""
            kind: Namespace
    YAML
  }
}
