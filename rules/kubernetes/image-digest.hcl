rule "kubernetes-image-digest" {
  title    = "Images are named by their digest"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_43", "C-0306"]

  soc2 = {
    "CC8.1" = "What runs is exactly what was reviewed, whatever happens to the tag in the registry."
    "CC6.8" = "A tag can be moved to another image by whoever may push; a digest cannot."
  }

  rationale   = "A tag, even a version, can be moved. A digest names the content."
  remediation = "Add the digest: `image: registry/web:1.4.2@sha256:...`. Renovate and Dependabot keep it current."
  references  = ["https://kubernetes.io/docs/concepts/containers/images/#image-names"]

  match "kubernetes.container" {
    where = is_set(self.image) && !matches("(\\$\\{|\\$\\(|\\$[A-Z_]+$|\\{\\{|<)[^/]*$", self.image)
  }

  assert {
    condition     = matches("@sha(256|512):", self.image)
    error_message = "container ${self.name} of ${self.owner.address} names ${written(self.image)} without its digest"
  }

  fails "a tag" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1.4.2 #~ here
    YAML
  }

  passes "a digest, or an image that is filled in later" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1.4.2@sha256:0f1c0e6f4c4ea4a8f8b7f0f3b2c6a3a1b1c4de1e8c27d4b2f7b0a9d8c7e6f5a4
          - name: later
            image: <your-image>
    YAML
  }
}
