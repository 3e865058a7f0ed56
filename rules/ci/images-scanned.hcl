rule "ci-images-scanned" {
  title    = "Images are scanned before or after they are pushed"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.1" = "Vulnerabilities in the packages of an image come to light only if somebody looks for them."
    "CC6.8" = "An image may carry software that nobody chose, and what runs is the image."
  }

  rationale   = "A pipeline pushes a container image, and nothing in the repository scans images: no step of a pipeline, and no registry that is set up here to do so."
  remediation = "Scan the image in the pipeline (`trivy image --exit-code 1 --severity HIGH,CRITICAL`), or let the registry scan what it gets: `image_scanning_configuration { scan_on_push = true }` for Amazon ECR."
  references  = ["https://trivy.dev/latest/docs/target/container_image/", "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html"]

  match "ci.image_push" {}

  link "scan" {
    to    = "ci.scan"
    where = contains(other.scans, "images")
  }

  link "registry" {
    to    = "registry.scanning"
    where = true
  }

  # A scanner that is switched on for the registry by hand cannot be seen; it belongs into the code, or into a waiver.
  assert {
    condition     = length(link.scan) > 0 || length(link.registry) > 0
    error_message = "${self.name} pushes an image that nothing scans"
  }

  fails "pushed as it is" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        image:
          runs-on: ubuntu-latest
          steps:
            - uses: docker/build-push-action@0123456789012345678901234567890123456789 #~ here
              with:
                push: true
                tags: ghcr.io/acme/app:1
            - name: Push #~ here
              run: |
                docker build -t registry.example.com/app .
                docker push registry.example.com/app
            - run: docker buildx build --push -t registry.example.com/app . #~ here
    YAML
  }

  passes "a step scans" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        image:
          runs-on: ubuntu-latest
          steps:
            - run: docker build -t registry.example.com/app .
            - run: trivy image --exit-code 1 registry.example.com/app
            - run: docker push registry.example.com/app
    YAML
  }

  passes "the registry scans" {
    files = {
      ".github/workflows/image.yml" = <<-YAML
        on: push
        permissions: {}
        jobs:
          image:
            runs-on: ubuntu-latest
            steps:
              - run: docker push 111122223333.dkr.ecr.eu-west-1.amazonaws.com/app
      YAML
      "registry/main.tf"            = <<-TF
        resource "aws_ecr_repository" "app" {
          name = "app"
          image_scanning_configuration {
            scan_on_push = true
          }
        }
      TF
    }
  }

  passes "a service of the cloud scans" {
    files = {
      ".github/workflows/image.yml" = <<-YAML
        on: push
        permissions: {}
        jobs:
          image:
            runs-on: ubuntu-latest
            steps:
              - run: docker push registry.example.com/app
      YAML
      "registry/main.tf"            = <<-TF
        resource "aws_ecr_registry_scanning_configuration" "all" {
          scan_type = "ENHANCED"
          rule {
            scan_frequency = "CONTINUOUS_SCAN"
          }
        }
        resource "aws_inspector2_enabler" "all" {
          account_ids    = ["111122223333"]
          resource_types = ["ECR"]
        }
        resource "google_project_service" "scanning" {
          service = "containerscanning.googleapis.com"
        }
        resource "azurerm_security_center_subscription_pricing" "registry" {
          resource_type = "Containers"
          tier          = "Standard"
        }
      TF
    }
  }
}
