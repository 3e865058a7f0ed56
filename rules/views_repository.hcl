# Controls that a host keeps: branch rules and environments, from wherever they are written.
#
# `repository` in these views is the `github_repository` resource where there is one, else what the rule names;
# "." is the repository that is checked, which its own files and its host speak of; "~ALL" is every repository of
# an organization.

view "repository.default_branch" {
  description = "What says which branch of a `repository` is its default: `branch` is its name."

  from "github_repository" {
    where = self.default_branch != null
    value = { repository = self, branch = self.default_branch }
  }

  from "github_branch_default" {
    link "repository" {
      to      = "github_repository"
      where   = refers_to(self.repository, other)
      at_most = 1
    }
    value = { repository = or_default(link.repository, self.repository), branch = self.branch }
  }

  from "github.settings" {
    where = self.repository.default_branch != null
    value = { repository = ".", branch = self.repository.default_branch }
  }

  from "repository.host" {
    where = self.default_branch != null
    value = { repository = ".", branch = self.default_branch }
  }

  from "gitlab_project" {
    where = self.default_branch != null
    value = { repository = self, branch = self.default_branch }
  }
}

view "github.ruleset" {
  description = "Every ruleset of GitHub that is in force for branches, in one shape: `source` (`terraform`, `settings`, `ruleset` or `host`), `repository`, `patterns`, `excluded`, `pull_request` and `status_checks` (the parameters of those two rules, or null), `contexts`, `blocks_force_pushes`, `blocks_deletion`, `signatures`, `linear_history`, `bypass` (as `type`, `id` and `mode`)."

  from "github_repository_ruleset" {
    link "repository" {
      to      = "github_repository"
      where   = refers_to(self.repository, other)
      at_most = 1
    }
    where = self.target == "branch" && self.enforcement == "active"
    value = {
      source              = "terraform"
      repository          = or_default(link.repository, self.repository)
      name                = self.name
      patterns            = self.conditions.ref_name.include
      excluded            = self.conditions.ref_name.exclude
      pull_request        = self.rules.pull_request
      status_checks       = self.rules.required_status_checks
      contexts            = self.rules.required_status_checks.required_check[*].context
      strict              = self.rules.required_status_checks.strict_required_status_checks_policy
      blocks_force_pushes = or_default(self.rules.non_fast_forward, false)
      blocks_deletion     = or_default(self.rules.deletion, false)
      signatures          = or_default(self.rules.required_signatures, false)
      linear_history      = or_default(self.rules.required_linear_history, false)
      bypass              = [for actor in self.bypass_actors[*] : { type = actor.actor_type, id = actor.actor_id, mode = actor.bypass_mode }]
    }
  }

  from "github_organization_ruleset" {
    where = self.target == "branch" && self.enforcement == "active"
    value = {
      source = "terraform"
      repository = (
        contains(self.conditions.repository_name.include[*], "~ALL") && length(self.conditions.repository_name.exclude[*]) == 0
        ? "~ALL" : undecided("which repositories the ruleset ${written(self.name)} is for")
      )
      name                = self.name
      patterns            = self.conditions.ref_name.include
      excluded            = self.conditions.ref_name.exclude
      pull_request        = self.rules.pull_request
      status_checks       = self.rules.required_status_checks
      contexts            = concat(self.rules.required_status_checks.required_check[*].context, self.rules.required_workflows.required_workflow[*].path)
      strict              = self.rules.required_status_checks.strict_required_status_checks_policy
      blocks_force_pushes = or_default(self.rules.non_fast_forward, false)
      blocks_deletion     = or_default(self.rules.deletion, false)
      signatures          = or_default(self.rules.required_signatures, false)
      linear_history      = or_default(self.rules.required_linear_history, false)
      bypass              = [for actor in self.bypass_actors[*] : { type = actor.actor_type, id = actor.actor_id, mode = actor.bypass_mode }]
    }
  }

  # Exported from GitHub, in the settings of the repository, and as the host gave it: one shape, read by lowering.
  from "github.ruleset_document" {
    where = self.target == "branch" && self.enforcement == "active"
    value = {
      source              = self.source
      repository          = "."
      name                = self.name
      patterns            = self.conditions.ref_name.include
      excluded            = self.conditions.ref_name.exclude
      pull_request        = self.by_type.pull_request
      status_checks       = self.by_type.required_status_checks
      contexts            = concat(self.by_type.required_status_checks.required_status_checks[*].context, self.by_type.workflows.workflows[*].path)
      strict              = self.by_type.required_status_checks.strict_required_status_checks_policy
      blocks_force_pushes = self.by_type.non_fast_forward != null
      blocks_deletion     = self.by_type.deletion != null
      signatures          = self.by_type.required_signatures != null
      linear_history      = self.by_type.required_linear_history != null
      bypass              = [for actor in self.bypass_actors[*] : { type = actor.actor_type, id = actor.actor_id, mode = actor.bypass_mode }]
    }
  }
}

view "repository.branch_rule" {
  description = "Every rule over branches, of any host and from any source, in one shape; a table below has its fields."

  from "github_branch_protection" {
    link "repository" {
      to      = "github_repository"
      where   = refers_to(self.repository_id, other)
      at_most = 1
    }
    link "default" {
      to      = "repository.default_branch"
      where   = refers_to(self.repository_id, other.repository)
      at_most = 1
    }
    value = {
      host                = "github"
      source              = "terraform"
      kind                = "protection"
      repository          = or_default(link.repository, self.repository_id)
      patterns            = [self.pattern]
      covers_default      = covers_branch(self.pattern, null, link.default.branch)
      required_reviews    = length(self.required_pull_request_reviews[*]) > 0 ? or_default(self.required_pull_request_reviews.required_approving_review_count, 1) : 0
      code_owner_reviews  = or_default(self.required_pull_request_reviews.require_code_owner_reviews, false)
      dismiss_stale       = or_default(self.required_pull_request_reviews.dismiss_stale_reviews, false)
      last_push_approval  = or_default(self.required_pull_request_reviews.require_last_push_approval, false)
      status_checks       = self.required_status_checks.contexts[*]
      strict              = or_default(self.required_status_checks.strict, false)
      admins_enforced     = or_default(self.enforce_admins, false)
      bypass              = [for actor in self.required_pull_request_reviews.pull_request_bypassers[*] : { type = "actor", id = actor, mode = "always" }]
      force_push_allowed  = or_default(self.allows_force_pushes, false)
      deletion_allowed    = or_default(self.allows_deletions, false)
      signatures          = or_default(self.require_signed_commits, false)
      linear_history      = or_default(self.required_linear_history, false)
      resolved_discussion = or_default(self.require_conversation_resolution, false)
    }
  }

  from "github_branch_protection_v3" {
    link "repository" {
      to      = "github_repository"
      where   = refers_to(self.repository, other)
      at_most = 1
    }
    link "default" {
      to      = "repository.default_branch"
      where   = refers_to(self.repository, other.repository)
      at_most = 1
    }
    value = {
      host               = "github"
      source             = "terraform"
      kind               = "protection"
      repository         = or_default(link.repository, self.repository)
      patterns           = [self.branch]
      covers_default     = covers_branch(self.branch, null, link.default.branch)
      required_reviews   = length(self.required_pull_request_reviews[*]) > 0 ? or_default(self.required_pull_request_reviews.required_approving_review_count, 1) : 0
      code_owner_reviews = or_default(self.required_pull_request_reviews.require_code_owner_reviews, false)
      dismiss_stale      = or_default(self.required_pull_request_reviews.dismiss_stale_reviews, false)
      last_push_approval = or_default(self.required_pull_request_reviews.require_last_push_approval, false)
      status_checks      = concat(self.required_status_checks.contexts[*], self.required_status_checks.checks[*])
      strict             = or_default(self.required_status_checks.strict, false)
      admins_enforced    = or_default(self.enforce_admins, false)
      bypass = [
        for actor in concat(
          self.required_pull_request_reviews.bypass_pull_request_allowances.users[*],
          self.required_pull_request_reviews.bypass_pull_request_allowances.teams[*],
          self.required_pull_request_reviews.bypass_pull_request_allowances.apps[*],
        ) : { type = "actor", id = actor, mode = "always" }
      ]
      # It leaves both off and has no argument to allow them.
      force_push_allowed  = false
      deletion_allowed    = false
      signatures          = or_default(self.require_signed_commits, false)
      linear_history      = null
      resolved_discussion = or_default(self.require_conversation_resolution, false)
    }
  }

  # `branches` of `.github/settings.yml`, and the protection that the host tells: both as GitHub's API writes it.
  from "github.branch_protection_document" {
    link "default" {
      to      = "repository.default_branch"
      where   = other.repository == "."
      at_most = 1
    }
    value = {
      host               = "github"
      source             = self.source
      kind               = "protection"
      repository         = "."
      patterns           = [self.branch]
      covers_default     = covers_branch(self.branch, null, link.default.branch)
      required_reviews   = is_set(self.protection.required_pull_request_reviews) ? or_default(self.protection.required_pull_request_reviews.required_approving_review_count, undecided("how many reviews are required, since no number is written")) : 0
      code_owner_reviews = or_default(self.protection.required_pull_request_reviews.require_code_owner_reviews, false)
      dismiss_stale      = or_default(self.protection.required_pull_request_reviews.dismiss_stale_reviews, false)
      last_push_approval = or_default(self.protection.required_pull_request_reviews.require_last_push_approval, false)
      status_checks      = distinct(concat(self.protection.required_status_checks.contexts[*], self.protection.required_status_checks.checks[*].context))
      strict             = or_default(self.protection.required_status_checks.strict, false)
      admins_enforced    = or_default(self.protection.enforce_admins, false)
      bypass = [
        for actor in concat(
          self.protection.required_pull_request_reviews.bypass_pull_request_allowances.users[*],
          self.protection.required_pull_request_reviews.bypass_pull_request_allowances.teams[*],
          self.protection.required_pull_request_reviews.bypass_pull_request_allowances.apps[*],
        ) : { type = "actor", id = actor, mode = "always" }
      ]
      force_push_allowed  = or_default(self.protection.allow_force_pushes, false)
      deletion_allowed    = or_default(self.protection.allow_deletions, false)
      signatures          = or_default(self.protection.required_signatures, false)
      linear_history      = or_default(self.protection.required_linear_history, false)
      resolved_discussion = or_default(self.protection.required_conversation_resolution, false)
    }
  }

  from "github.ruleset" {
    link "default" {
      to      = "repository.default_branch"
      where   = refers_to(self.repository, other.repository)
      at_most = 1
    }
    value = {
      host               = "github"
      source             = self.source
      kind               = "ruleset"
      repository         = self.repository
      patterns           = self.patterns
      covers_default     = covers_branch(self.patterns, self.excluded, link.default.branch)
      required_reviews   = or_default(self.pull_request.required_approving_review_count, 0)
      code_owner_reviews = or_default(self.pull_request.require_code_owner_review, false)
      dismiss_stale      = or_default(self.pull_request.dismiss_stale_reviews_on_push, false)
      last_push_approval = or_default(self.pull_request.require_last_push_approval, false)
      status_checks      = self.contexts
      strict             = or_default(self.strict, false)
      # Role 5 is the repository's administrators. Who may skip the rule in a pull request leaves a trace there.
      admins_enforced     = !anytrue([for actor in self.bypass : actor.mode != "pull_request" && (actor.type == "OrganizationAdmin" || actor.type == "RepositoryRole" && actor.id == 5)])
      bypass              = self.bypass
      force_push_allowed  = !self.blocks_force_pushes
      deletion_allowed    = !self.blocks_deletion
      signatures          = self.signatures
      linear_history      = self.linear_history
      resolved_discussion = or_default(self.pull_request.required_review_thread_resolution, false)
    }
  }

  from "gitlab_branch_protection" {
    link "repository" {
      to      = "gitlab_project"
      where   = refers_to(self.project, other)
      at_most = 1
    }
    link "default" {
      to      = "repository.default_branch"
      where   = refers_to(self.project, other.repository)
      at_most = 1
    }
    value = {
      host                = "gitlab"
      source              = "terraform"
      kind                = "protection"
      repository          = or_default(link.repository, self.project)
      patterns            = [self.branch]
      covers_default      = covers_branch(self.branch, null, link.default.branch)
      required_reviews    = 0
      code_owner_reviews  = or_default(self.code_owner_approval_required, false)
      dismiss_stale       = null
      last_push_approval  = null
      status_checks       = []
      strict              = null
      admins_enforced     = null
      bypass              = []
      force_push_allowed  = or_default(self.allow_force_push, false)
      deletion_allowed    = false
      signatures          = null
      linear_history      = null
      resolved_discussion = null
    }
  }

  # Approval rules are for all branches, or for the protected branches that they name by number.
  from "gitlab_project_approval_rule" {
    link "repository" {
      to      = "gitlab_project"
      where   = refers_to(self.project, other)
      at_most = 1
    }
    value = {
      host                = "gitlab"
      source              = "terraform"
      kind                = "approval"
      repository          = or_default(link.repository, self.project)
      patterns            = ["~ALL"]
      covers_default      = length(self.protected_branch_ids[*]) == 0 || or_default(self.applies_to_all_protected_branches, false) || undecided("which branches the approval rule ${written(self.name)} is for")
      required_reviews    = or_default(self.approvals_required, 0)
      code_owner_reviews  = null
      dismiss_stale       = null
      last_push_approval  = null
      status_checks       = []
      strict              = null
      admins_enforced     = null
      bypass              = []
      force_push_allowed  = null
      deletion_allowed    = null
      signatures          = null
      linear_history      = null
      resolved_discussion = null
    }
  }

  from "azuredevops_branch_policy_min_reviewers" {
    where    = or_default(self.enabled, true) && or_default(self.blocking, true)
    for_each = self.settings.scope[*]
    value = {
      host                = "azure"
      source              = "terraform"
      kind                = "policy"
      repository          = or_default(each.value.repository_id, "~ALL")
      patterns            = [each.value.repository_ref]
      covers_default      = each.value.match_type == "DefaultBranch" || covers_branch(each.value.match_type == "Prefix" ? "${each.value.repository_ref}*" : each.value.repository_ref, null, null)
      required_reviews    = or_default(self.settings.reviewer_count, 1)
      code_owner_reviews  = null
      dismiss_stale       = or_default(self.settings.on_push_reset_approved_votes, self.settings.on_push_reset_all_votes, false)
      last_push_approval  = or_default(self.settings.last_pusher_cannot_approve, false)
      status_checks       = []
      strict              = null
      admins_enforced     = null
      bypass              = []
      force_push_allowed  = null
      deletion_allowed    = null
      signatures          = null
      linear_history      = null
      resolved_discussion = null
    }
  }
}

view "repository.default_branch_rule" {
  description = "Every rule over a default branch: `rule`, a `repository.branch_rule`, and `together`, all that are in force on the same branch, itself among them. Hosts add rules up: what one of them demands is demanded."

  from "repository.branch_rule" {
    link "together" {
      to = "repository.branch_rule"
      # What a file asks for may not be in force; what the host told is.
      where = (
        other.covers_default && other.host == self.host && (self.source != "host" || other.source == "host")
        && (refers_to(other, self) || other.repository == "~ALL" || refers_to(other.repository, self.repository))
      )
    }
    where = self.covers_default
    value = { rule = self, together = link.together }
  }
}

view "repository.environment_rule" {
  description = "Every deployment environment of a host, from any source, in one shape; a table below has its fields."

  from "github_repository_environment" {
    link "policies" {
      to    = "github.deployment_branch"
      where = (other.environment == self.environment || refers_to(other.environment, self)) && (refers_to(other.repository, self.repository) || other.repository == self.repository)
    }
    value = {
      host                = "github"
      source              = "terraform"
      repository          = self.repository
      name                = self.environment
      production          = matches("(?i)(^|[-_/ ])(prod|production|prd|live)($|[-_/ ])", self.environment) && !matches("(?i)(non|pre)[-_]?prod", self.environment)
      reviewers           = concat(self.reviewers.teams[*], self.reviewers.users[*])
      prevent_self_review = or_default(self.prevent_self_review, false)
      wait_timer          = or_default(self.wait_timer, 0)
      admins_bypass       = or_default(self.can_admins_bypass, true)
      protected_branches  = or_default(self.deployment_branch_policy.protected_branches, false)
      custom_branches     = or_default(self.deployment_branch_policy.custom_branch_policies, false)
      branch_patterns     = link.policies[*].pattern
    }
  }

  from "github.environment_document" {
    value = {
      host                = "github"
      source              = self.source
      repository          = "."
      name                = self.name
      production          = matches("(?i)(^|[-_/ ])(prod|production|prd|live)($|[-_/ ])", self.name) && !matches("(?i)(non|pre)[-_]?prod", self.name)
      reviewers           = self.reviewers[*]
      prevent_self_review = or_default(self.prevent_self_review, false)
      wait_timer          = or_default(self.wait_timer, 0)
      admins_bypass       = or_default(self.can_admins_bypass, true)
      protected_branches  = or_default(self.deployment_branch_policy.protected_branches, false)
      custom_branches     = or_default(self.deployment_branch_policy.custom_branch_policies, is_set(self.deployment_branch_policy.custom_branches), false)
      branch_patterns     = self.deployment_branch_policy.custom_branches[*]
    }
  }

  from "gitlab_project_protected_environment" {
    value = {
      host                = "gitlab"
      source              = "terraform"
      repository          = self.project
      name                = self.environment
      production          = matches("(?i)(^|[-_/ ])(prod|production|prd|live)($|[-_/ ])", self.environment) && !matches("(?i)(non|pre)[-_]?prod", self.environment)
      reviewers           = [for rule in concat(self.approval_rules[*], self.deploy_access_levels[*]) : rule if or_default(rule.required_approvals, 0) > 0]
      prevent_self_review = null
      wait_timer          = 0
      admins_bypass       = null
      protected_branches  = null
      custom_branches     = null
      branch_patterns     = []
    }
  }
}

view "github.deployment_branch" {
  description = "Every pattern of branches or tags that may deploy to an environment, of the resources of their own: `repository`, `environment`, `pattern`."

  from "github_repository_environment_deployment_policy" {
    value = { repository = self.repository, environment = self.environment, pattern = or_default(self.branch_pattern, self.tag_pattern) }
  }

  from "github_repository_deployment_branch_policy" {
    value = { repository = self.repository, environment = self.environment_name, pattern = self.name }
  }
}
