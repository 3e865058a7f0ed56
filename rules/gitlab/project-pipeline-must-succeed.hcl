rule "gitlab-project-pipeline-must-succeed" {
  title    = "Projects merge only what their pipeline has passed"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "Tests and scans before a change goes live count only if a failure keeps it out."
  }

  rationale   = "Unless `only_allow_merge_if_pipeline_succeeds` is set, a merge request can be merged while its pipeline fails or runs. With `allow_merge_on_skipped_pipeline`, a message with `[skip ci]` is enough to go past it."
  remediation = "Set `only_allow_merge_if_pipeline_succeeds = true`, and leave `allow_merge_on_skipped_pipeline` off."
  references  = ["https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project", "https://docs.gitlab.com/user/project/merge_requests/auto_merge/#require-a-successful-pipeline-for-merge"]

  match "gitlab_project" {
    where    = self.archived != true
    defaults = { only_allow_merge_if_pipeline_succeeds = false, allow_merge_on_skipped_pipeline = false }
  }

  assert {
    condition     = self.only_allow_merge_if_pipeline_succeeds
    error_message = "${self.address} lets changes be merged while their pipeline fails"
  }

  assert {
    condition     = !self.allow_merge_on_skipped_pipeline
    error_message = "${self.address} lets changes be merged whose pipeline was skipped"
  }

  fix {
    set    = { only_allow_merge_if_pipeline_succeeds = true, allow_merge_on_skipped_pipeline = false }
    safety = "unsafe"
    reason = "Projects without a pipeline cannot merge any more."
  }

  fails "it is not asked for, or can be skipped" {
    code = <<-TF
      resource "gitlab_project" "app" { #~ here
        name     = "app"
        archived = false
      }
      resource "gitlab_project" "api" {
        name                                  = "api"
        only_allow_merge_if_pipeline_succeeds = true
        allow_merge_on_skipped_pipeline       = true #~ here
      }
    TF
  }

  passes "it is asked for" {
    code = <<-TF
      resource "gitlab_project" "app" {
        name                                  = "app"
        only_allow_merge_if_pipeline_succeeds = true
      }
    TF
  }
}
