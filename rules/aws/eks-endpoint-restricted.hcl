rule "aws-eks-endpoint-restricted" {
  title    = "EKS API servers are not open to the internet"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_38", "AWS-0041", "61cf9883"]

  soc2 = {
    "CC6.6" = "The API server rules the whole cluster, and is for networks that you know only."
    "CC6.1" = "A leaked kubeconfig alone does not open the cluster."
  }

  rationale = <<-EOT
    EKS makes the endpoint of the API server public unless `endpoint_public_access` is false, and
    lets in `0.0.0.0/0` unless `public_access_cidrs` says otherwise. Only the login then stands
    between the internet and the cluster.
  EOT

  remediation = "Set `endpoint_public_access = false`, or list your own networks in `public_access_cidrs`."

  references = [
    "https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
  ]

  match "aws_eks_cluster" {
    defaults = {
      vpc_config = {
        endpoint_public_access = true
        public_access_cidrs    = ["0.0.0.0/0"]
      }
    }
  }

  assert {
    condition = !(
      self.vpc_config.endpoint_public_access
      && anytrue([for cidr in self.vpc_config.public_access_cidrs : cidr_is_everyone(cidr)])
    )
    error_message = "the whole internet reaches the API server of ${self.address}"
  }

  fix {
    set    = { vpc_config = { endpoint_public_access = false, endpoint_private_access = true } }
    safety = "unsafe"
    reason = "Whoever uses the API server from outside of the network, pipelines among them, needs another way in."
  }

  fails "by default, and by its addresses" {
    code = <<-TF
      resource "aws_eks_cluster" "apps" {
        vpc_config { #~ here
          subnet_ids = ["subnet-0123456789abcdef0"]
        }
      }

      resource "aws_eks_cluster" "tools" {
        vpc_config {
          subnet_ids             = ["subnet-0123456789abcdef0"]
          endpoint_public_access = true #~ here
          public_access_cidrs    = ["198.51.100.0/24", "0.0.0.0/0"]
        }
      }
    TF
  }

  passes "no public endpoint, or known networks" {
    code = <<-TF
      resource "aws_eks_cluster" "apps" {
        vpc_config {
          subnet_ids              = ["subnet-0123456789abcdef0"]
          endpoint_private_access = true
          endpoint_public_access  = false
        }
      }

      resource "aws_eks_cluster" "tools" {
        vpc_config {
          subnet_ids          = ["subnet-0123456789abcdef0"]
          public_access_cidrs = ["198.51.100.0/24"]
        }
      }
    TF
  }

  undecided "the addresses come from outside" {
    code = <<-TF
      variable "admins" { type = list(string) }

      resource "aws_eks_cluster" "apps" {
        vpc_config {
          subnet_ids          = ["subnet-0123456789abcdef0"]
          public_access_cidrs = var.admins #~ here
        }
      }
    TF
  }
}
