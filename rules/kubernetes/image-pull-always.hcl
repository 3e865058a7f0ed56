rule "kubernetes-image-pull-always" {
  title    = "Images are pulled anew"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_K8S_15", "C-0075"]

  soc2 = {
    "CC6.8" = "A node that keeps an image runs it for pods that have no right to pull it, and keeps running an old one behind a tag."
  }

  rationale   = "With `IfNotPresent`, the default for every tag but `latest`, a node runs what it has under this name, without asking the registry for it or for the right to it."
  remediation = "Set `imagePullPolicy: Always`, or name the image by its digest."
  references  = ["https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy", "https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#alwayspullimages"]

  match "kubernetes.container" {
    where = is_set(self.image) && !matches("@sha(256|512):", self.image)
  }

  # Not set, it is `Always` for `latest` and for no tag at all, and `IfNotPresent` otherwise.
  assert {
    condition = (
      self.imagePullPolicy == null
      ? matches("^(.*/)?[^/:]+(:latest)?$", self.image)
      : self.imagePullPolicy == "Always"
    )
    error_message = "container ${self.name} of ${self.owner.address} runs what its node has as ${written(self.image)}"
  }

  fix {
    set    = { imagePullPolicy = "Always" }
    safety = "unsafe"
    reason = "A node that cannot reach the registry no longer starts the pod, though it has the image."
  }

  fails "it says so, and the default for a tag" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1.4.2 #~ here
          - name: sidecar
            image: example/sidecar:2
            imagePullPolicy: IfNotPresent #~ here
    YAML
  }

  passes "always, a digest, and the default for latest" {
    code = <<-YAML
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1.4.2
            imagePullPolicy: Always
          - name: pinned
            image: example/pinned@sha256:0f1c0e6f4c4ea4a8f8b7f0f3b2c6a3a1b1c4de1e8c27d4b2f7b0a9d8c7e6f5a4
          - name: latest
            image: example/latest:latest
    YAML
  }
}
