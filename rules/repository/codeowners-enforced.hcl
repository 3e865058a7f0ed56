rule "repository-codeowners-enforced" {
  title    = "The owners of the code have to review its changes"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "Naming owners changes nothing until a rule asks for their approval."
  }

  rationale   = "CODEOWNERS says who is responsible, and the branch rules in this repository, or those that the host told, do not ask for a review by them. Whoever has write access can approve a change of somebody else's area."
  remediation = "Ask for a review by code owners in the rule of the default branch: `require_code_owner_reviews = true`, in a ruleset `require_code_owner_review = true`."
  references  = ["https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners", "https://docs.gitlab.com/user/project/codeowners/"]

  match "repository.codeowners" {
    where = self.in_force == true
  }

  # Terraform may describe other repositories: what it asks for is no proof for this one, nor against it.
  link "rules" {
    to    = "repository.branch_rule"
    where = other.covers_default && other.repository == "."
  }

  assert {
    for_each      = length(link.rules) > 0 ? ["rules"] : []
    condition     = anytrue([for rule in link.rules : rule.code_owner_reviews])
    error_message = "owners are named, and nothing asks for their review"
  }

  fails "reviews by anybody" {
    files = {
      ".github/CODEOWNERS"   = <<-TEXT
        * @acme/platform #~ here
      TEXT
      ".github/settings.yml" = <<-YAML
        repository:
          default_branch: main
        branches:
          - name: main
            protection:
              required_pull_request_reviews:
                required_approving_review_count: 1
      YAML
    }
  }

  passes "reviews by the owners" {
    files = {
      ".github/CODEOWNERS"   = <<-TEXT
        * @acme/platform
      TEXT
      ".github/settings.yml" = <<-YAML
        repository:
          default_branch: main
        branches:
          - name: main
            protection:
              required_pull_request_reviews:
                required_approving_review_count: 1
                require_code_owner_reviews: true
      YAML
    }
  }
}
