rule "kubernetes-image-pinned" {
  title    = "Images name a version"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_14", "KSV-0013", "latest-tag"]

  soc2 = {
    "CC8.1" = "A pod that starts `latest` runs what was pushed last, which nobody approved for this environment."
    "CC6.8" = "An image without a version can be replaced in the registry and nothing in the repository changes."
  }

  rationale   = "Without a tag, or with `latest`, what runs depends on when the node pulled the image. A version makes the change visible; a digest makes it certain."
  remediation = "Name a version, and better a digest: `image: registry/web:1.4.2@sha256:...`."
  references  = ["https://kubernetes.io/docs/concepts/containers/images/"]

  # `${IMAGE}`, `<image>` and `{{image}}` are filled in later, version and all; a placeholder for the registry alone is not.
  match "kubernetes.container" {
    where = is_set(self.image) && !matches("(\\$\\{|\\$\\(|\\$[A-Z_]+$|\\{\\{|<)[^/]*$", self.image) || endswith(or_default(written(self.image), ""), ":latest")
  }

  # A port of a registry (`host:5000/web`) is not a tag: only the last part is asked about.
  assert {
    condition = (
      can(regex("@sha256:", written(self.image)))
      || matches("^(.*/)?[^/:]+:[^/:]+$", self.image) && !endswith(written(self.image), ":latest")
    )
    error_message = "container ${self.name} of ${self.owner.address} runs whatever version of ${written(self.image)} was pushed last"
  }

  fails "no tag, and latest" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: registry.example.com:5000/web #~ here
          - name: sidecar
            image: example/sidecar:latest #~ here
    YAML
  }

  passes "a version, or a digest" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: registry.example.com:5000/web:1.4.2
          - name: sidecar
            image: example/sidecar@sha256:0f1c0e6f4c4ea4a8f8b7f0f3b2c6a3a1b1c4de1e8c27d4b2f7b0a9d8c7e6f5a4
    YAML
  }

  fails "only the registry, or the name, is filled in" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: <registry>/web #~ here
          - name: sidecar
            image: "{{sidecar}}:latest" #~ here
    YAML
  }

  passes "the image is filled in later" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: registry.example.com:5000/web:1.4.2
          - name: variable
            image: $${IMAGE}
          - name: version
            image: example/web:$${VERSION}
          - name: substitution
            image: example/web:$(version)
          - name: placeholder
            image: <your-image>
          - name: template
            image: "{{image}}"
    YAML
  }
}
