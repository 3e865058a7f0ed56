rule "environment-artifact-immutable" {
  title    = "Production runs images that no other environment's pipeline overwrites"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "What was tested and approved is what runs; a tag that is pushed again is another program under an approved name."
    "CC6.8" = "Software that nobody has approved for production gets there with the next start of a container."
  }

  rationale   = "A container of production names its image by a tag that is pushed anew with each build: a branch or another environment. `latest`, or no tag at all, is the business of another rule."
  remediation = "Name the image by its digest, or by the tag of a release that is never pushed twice."
  references  = ["https://kubernetes.io/docs/concepts/containers/images/#image-names"]

  match "kubernetes.container" {
    where = self.environment.class == "production" && self.image != null
  }

  assert {
    condition     = !matches("(?i):(main|master|trunk|develop|development|dev|staging|stage|stg|test|qa|uat|edge|nightly|snapshot)$", self.image)
    error_message = "container ${self.name} of production runs ${self.image}, which is pushed anew"
  }

  fails "the tag is a branch" {
    path = "overlays/production/web.yaml"
    code = <<-YAML
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
      spec:
        template:
          spec:
            containers:
              - name: web
                image: registry.example.com/web:main #~ here
    YAML
  }

  passes "a release, a digest" {
    path = "overlays/production/web.yaml"
    code = <<-YAML
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
      spec:
        template:
          spec:
            containers:
              - name: web
                image: registry.example.com/web:1.4.2
              - name: proxy
                image: registry.example.com/proxy@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    YAML
  }
}
