rule "bitbucket-image-pinned" {
  title    = "Images of the pipeline name a version"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_BITBUCKETPIPELINES_1"]

  soc2 = {
    "CC6.8" = "The image runs with the variables of the deployment, and whoever can push it chooses what runs."
    "CC8.1" = "What the pipeline does changes only by a reviewed change of this repository."
  }

  rationale   = "An image without a tag, or with `latest`, is whatever was pushed last. A version makes the change visible, and Renovate can propose it; a digest makes it certain. Ask for digests where versions are not enough."
  remediation = "Name a version, and better a digest: `image: node:22.11.0@sha256:...`."
  references  = ["https://support.atlassian.com/bitbucket-cloud/docs/docker-image-options/"]

  input "digest_only" {
    description = "Whether only digests count, not versions."
    default     = false
  }

  # What a variable fills in behind the name is for whoever sets it.
  match "bitbucket.image" {
    where = is_set(self.image) && !matches("\\$[A-Z_{][^/]*$", self.image)
  }

  # A port of a registry (`host:5000/web`) is not a tag: only the last part is asked about.
  assert {
    condition = (
      can(regex("@sha256:", written(self.image)))
      || !input.digest_only && matches("^(.*/)?[^/:]+:[^/:]+$", self.image) && !endswith(written(self.image), ":latest")
    )
    error_message = "${self.user} runs in whatever version of ${written(self.image)} was pushed last"
    at            = self.image
  }

  fails "no tag, and latest" {
    code = <<-YAML
      image: node #~ here
      definitions:
        services:
          database:
            image: postgres:latest #~ here
      pipelines:
        default:
          - step:
              name: Build
              image:
                name: registry.example.com:5000/acme/build #~ here
                username: $REGISTRY_USER
                password: $REGISTRY_PASSWORD
              services: [database]
              script:
                - npm ci
    YAML
  }

  passes "a version, a digest, a variable" {
    code = <<-YAML
      image: node:22.11.0
      pipelines:
        default:
          - step:
              image: atlassian/default-image@sha256:1f2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff001
              script:
                - make
          - step:
              image: acme/build:$BUILD_IMAGE_VERSION
              script:
                - make
    YAML
  }
}
