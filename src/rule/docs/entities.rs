//! `docs/entities.md`: what `match` can name.
//!
//! The table is written by hand, because what lowering builds is code; `tests/generated.rs` reads
//! whole repositories and fails if a kind or field that lowering makes is missing here.

use std::fmt::Write as _;

use super::cell;
use crate::rule::Catalog;

/// A kind of entities that lowering builds.
#[derive(Debug)]
pub struct EntityDoc {
    /// What `match` names.
    pub kind: &'static str,
    /// What it is.
    pub what: &'static str,
    /// The fields that lowering adds or names, each with what it is.
    pub fields: &'static [(&'static str, &'static str)],
    /// Whether the body has what the document says besides.
    pub document: bool,
}

const OF_USES: [(&str, &str); 6] = [
    ("uses_kind", "`remote`, `local` or `docker`; this and the next five are there if `uses` is"),
    ("uses_action", "what is used, without the version"),
    ("uses_owner", "the owner of the repository it comes from; null for a path or an image"),
    ("uses_name", "the name of that repository"),
    ("uses_path", "the path in that repository, or in this one"),
    ("uses_ref", "the branch, tag, commit or digest; null if there is none"),
];

const EXPRESSIONS: (&str, &str) = (
    "expressions",
    "the `${{ }}` in it, as objects: `text`, `written`, `field` (the keys that lead to it), `references` (what it reads)",
);

/// Every kind that has a name of its own.
pub const ENTITIES: &[EntityDoc] = &[
    EntityDoc {
        kind: "terraform.root",
        what: "A directory that is deployed: no other module calls it, or it has a backend or variables of its own.",
        fields: &[("path", "the directory"), ("backend", "the type of its backend, or null")],
        document: false,
    },
    EntityDoc {
        kind: "terraform.backend",
        what: "The `backend` or `cloud` block of a root.",
        fields: &[("type", "the label: `s3`; `cloud` for a `cloud` block")],
        document: true,
    },
    EntityDoc {
        kind: "terraform.provider",
        what: "A `provider` block, of a root or a called module.",
        fields: &[("provider", "the label: `aws`")],
        document: true,
    },
    EntityDoc {
        kind: "terraform.variable",
        what: "A `variable` block.",
        fields: &[
            ("type_text", "the type as written"),
            ("default", "its default"),
            ("sensitive", "as written"),
            ("ephemeral", "as written"),
            ("nullable", "as written"),
            ("description", "as written"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "terraform.output",
        what: "An `output` of a root.",
        fields: &[("value", "what it evaluates to")],
        document: false,
    },
    EntityDoc {
        kind: "terraform.module",
        what: "A `module` block.",
        fields: &[
            ("source", "where the module comes from; null if it is missing"),
            ("version", "the version asked for; null if there is none"),
        ],
        document: true,
    },
    EntityDoc {
        kind: "github.workflow",
        what: "A file in `.github/workflows`.",
        fields: &[
            ("on", "an object from event to settings, however it is written"),
            ("triggers", "the names of the events"),
            ("path", "the path of the file"),
            EXPRESSIONS,
        ],
        document: true,
    },
    EntityDoc {
        kind: "github.job",
        what: "A job of a workflow.",
        fields: &[
            ("id", "its key"),
            ("workflow", "the `github.workflow` it is in"),
            ("permissions", "its own, or else those of the workflow; null if nothing says so"),
            ("environment_name", "the environment it names, or null"),
            ("environments", "all environments it may name: those of a matrix one by one"),
            ("condition", "its `if` without braces, as text, or null"),
            ("needs", "the jobs before it; always a list"),
            ("calls", "the reusable workflow it calls: a path for one of this repository; null if it has steps"),
            EXPRESSIONS,
            OF_USES[0],
            OF_USES[1],
            OF_USES[2],
            OF_USES[3],
            OF_USES[4],
            OF_USES[5],
        ],
        document: true,
    },
    EntityDoc {
        kind: "github.step",
        what: "A step of a job or of a composite action.",
        fields: &[
            ("index", "its position, from 0"),
            ("job", "the `github.job` it is in; not in an action"),
            ("workflow", "the `github.workflow` it is in; not in an action"),
            ("action", "the `github.action` it is in; not in a job"),
            EXPRESSIONS,
            OF_USES[0],
            OF_USES[1],
            OF_USES[2],
            OF_USES[3],
            OF_USES[4],
            OF_USES[5],
        ],
        document: true,
    },
    EntityDoc { kind: "github.action", what: "An `action.yml` with `runs`.", fields: &[EXPRESSIONS], document: true },
    EntityDoc {
        kind: "ci.job",
        what: "A job of any CI system, in one shape. Filled from GitHub Actions so far. A field that a system does not have is null.",
        fields: &[
            ("system", "`github`"),
            ("pipeline", "the path of the file"),
            ("id", "the key of the job"),
            ("environment_name", "the environment it names, or null"),
            ("environments", "all environments it may name"),
            ("triggers", "the events that start it, by name"),
            ("branches", "the branches whose pushes start it; null if any does, or if pushes do not"),
            ("tags", "the same for tags"),
            ("manual_gate", "whether its own definition makes it wait for a person"),
            ("needs", "the jobs before it, by key"),
            ("commands", "the scripts it runs, with those of local actions"),
            (
                "uses",
                "the actions it uses, with those of local actions: objects of `action`, `ref`, `kind`, `text`, `with`",
            ),
            ("calls", "the pipeline it calls instead of running steps, or null"),
            ("permissions", "what its token may do; null if nothing says so"),
            ("condition", "the condition under which it runs, as text, or null"),
            ("secrets", "the names of the secrets it reads, each at its first use; `*` if all at once"),
            ("inherits_secrets", "whether it hands on all secrets without naming them"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "repository",
        what: "The repository itself; there if it holds pipelines, Terraform or Kubernetes manifests. Findings about it point at the first pipeline, else at the first Terraform file or manifest.",
        fields: &[
            ("has_codeowners", "whether there is a CODEOWNERS file where hosts look for one"),
            ("has_dependabot", "whether there are settings for Dependabot"),
            ("has_renovate", "whether there are settings for Renovate"),
            ("has_terraform", "whether there is Terraform"),
            ("documents", "the paths of all Markdown, AsciiDoc and reStructuredText files"),
            ("workflows", "the paths of GitHub workflows"),
            ("pipelines", "the paths of the pipelines of all CI systems"),
            ("ci_systems", "`github`, `gitlab`, `circleci`, `azure`, `bitbucket`, `jenkins`: those that occur"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "repository.codeowners",
        what: "A CODEOWNERS file. Of any path, the last entry that matches decides; in GitLab's dialect that of each section.",
        fields: &[
            ("in_force", "whether it is the one that the host reads"),
            (
                "entries",
                "its lines, as objects of `pattern`, `owners` and, of GitLab's sections, `section`, `optional` and `approvals`",
            ),
            ("covers_workflows", "whether every workflow has an owner; null if there is none"),
            ("covers_pipelines", "whether every pipeline has an owner; null if there is none"),
            ("covers_terraform", "whether every Terraform file has an owner; null if there is none"),
            ("covers_itself", "whether the file itself has an owner"),
            (
                "unowned_controls",
                "the pipelines, CODEOWNERS files, settings, rulesets and files of trustlint itself that nobody has to approve",
            ),
            ("unowned", "the pipelines, Terraform files and CODEOWNERS files that nobody owns"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "repository.document",
        what: "A Markdown, AsciiDoc or reStructuredText file.",
        fields: &[
            ("path", "its path"),
            ("title", "its first heading, or null"),
            ("headings", "all of its headings"),
            (
                "placeholders",
                "what a template left to be filled in: `TODO`, `TBD`, `<your ...>`, `[Company ...]`, `{{ ... }}`",
            ),
        ],
        document: false,
    },
    EntityDoc {
        kind: "repository.host",
        what: "`.trustlint/host.json`: what the host answered when `trustlint host` asked.",
        fields: &[
            ("asked_at", "when, as RFC 3339"),
            ("repository", "`owner/name`"),
            ("visibility", "`public`, `private` or `internal`"),
            ("default_branch", "its name"),
            ("branch", "the branch that was asked about"),
            (
                "controls",
                "an object of `repository`, `branch`, `branch_rules`, `branch_protection` and `environments`; each has `endpoint`, `status` (`answered`, `not_found`, `not_permitted`, `not_available_on_plan`, `failed`), `http_status`, `message` and `facts`",
            ),
        ],
        document: true,
    },
    EntityDoc { kind: "github.settings", what: "`.github/settings.yml`.", fields: &[], document: true },
    EntityDoc {
        kind: "github.ruleset_document",
        what: "A ruleset as GitHub's API writes it: exported to a JSON file, in `.github/settings.yml`, or told by the host. Rules take the view `github.ruleset`.",
        fields: &[
            ("source", "`ruleset`, `settings` or `host`"),
            ("by_type", "its rules by their type: the parameters of each"),
        ],
        document: true,
    },
    EntityDoc {
        kind: "github.branch_protection_document",
        what: "A branch protection as GitHub's API writes it: in `.github/settings.yml`, or told by the host. Rules take the view `repository.branch_rule`.",
        fields: &[
            ("source", "`settings` or `host`"),
            ("branch", "the branch or pattern"),
            ("protection", "the protection; unknown if the host did not tell"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "github.environment_document",
        what: "A deployment environment in `.github/settings.yml`, or told by the host. Rules take the view `repository.environment_rule`.",
        fields: &[("source", "`settings` or `host`")],
        document: true,
    },
    EntityDoc { kind: "github.dependabot", what: "`.github/dependabot.yml`.", fields: &[], document: true },
    EntityDoc { kind: "renovate", what: "The settings of Renovate.", fields: &[], document: true },
];

/// Views whose entities have the same fields whatever they were made of.
pub const SHAPES: &[EntityDoc] = &[
    EntityDoc {
        kind: "repository.branch_rule",
        what: "Every rule over branches, of any host and from any source. A field is null where a rule of this kind says nothing about it. `repository.default_branch_rule` gives those over a default branch, as `rule`, each with all that are in force on the same branch, as `together`.",
        fields: &[
            ("host", "`github`, `gitlab` or `azure`"),
            ("source", "`terraform`, `settings`, `ruleset` or `host`"),
            (
                "kind",
                "`protection`, `ruleset`, `approval` or `policy`; what every entity has under this name is in `entity.kind`",
            ),
            (
                "repository",
                "the resource of the repository, or what the rule names; `.` is the repository that is checked, `~ALL` every one of the organization",
            ),
            ("patterns", "the branches it is for, as patterns"),
            (
                "covers_default",
                "whether it is for the default branch. Where nothing names that, `main` and `master` are taken for it; of another single name it is unknown",
            ),
            ("required_reviews", "how many approvals a change needs"),
            ("code_owner_reviews", "whether code owners must approve"),
            ("dismiss_stale", "whether new commits take approvals away"),
            ("last_push_approval", "whether somebody else must approve the last push"),
            ("status_checks", "the checks and workflows that must pass, by name"),
            ("strict", "whether they must pass on the newest state of the branch"),
            ("admins_enforced", "whether administrators are held to it"),
            ("bypass", "who may bypass it, as objects of `type`, `id` and `mode`"),
            ("force_push_allowed", "whether the branch may be rewritten"),
            ("deletion_allowed", "whether the branch may be deleted"),
            ("signatures", "whether commits must be signed"),
            ("linear_history", "whether merge commits are refused"),
            ("resolved_discussion", "whether discussions must be resolved"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "repository.environment_rule",
        what: "Every deployment environment of a host, from any source.",
        fields: &[
            ("host", "`github` or `gitlab`"),
            ("source", "`terraform`, `settings` or `host`"),
            ("repository", "as in `repository.branch_rule`"),
            ("name", "its name"),
            ("production", "whether its name says that it is production"),
            ("reviewers", "who must approve a deployment"),
            ("prevent_self_review", "whether who starts a deployment may not approve it"),
            ("wait_timer", "how many minutes a deployment waits"),
            ("admins_bypass", "whether administrators may skip the rules"),
            ("protected_branches", "whether only protected branches deploy"),
            ("custom_branches", "whether only branches of certain names deploy"),
            ("branch_patterns", "those names, as patterns"),
        ],
        document: false,
    },
];

const INTRO: &str = "# What a rule can match

`match` names a kind of entities, or a view. `trustlint inspect` prints the entities of a repository, each with its
kind and everything it resolved to; `--kind KIND` prints those of one kind.

## Every entity

| field | what it is |
|---|---|
| `address` | how it is called: `module.net.aws_s3_bucket.logs[\"eu\"]`, `prod/Deployment/web`, `.github/workflows/ci.yml#build` |
| `name` | the last label of a block, `metadata.name`, the key of a job |
| `kind` | what `match` names |
| `file` | the path of the file it stands in |
| `scope` | what the address is unique in: the directory of a Terraform root, the file of a manifest |
| `environment` | `name`, `class` (`production`, `non-production`, `shared`) and `sign` (how it was told); null if it cannot be told |
| `entity` | an object of the six above, for where a document has a field of the same name |

What the document says goes before these: `self.name` of a Deployment's container is the container's.

## Terraform

| kind | what it is |
|---|---|
| `aws_s3_bucket` and every other resource type | an instance of a resource, `count` and `for_each` expanded, with the values its arguments resolve to. A block that may be repeated is a list; one that occurs once can be entered without an index |
| `data.aws_vpc` and every other data source | its arguments. What it reads is unknown, except that `data.aws_iam_policy_document` is rendered: `json` |

## Kubernetes

| kind | what it is |
|---|---|
| `Deployment`, `NetworkPolicy` and every other `kind` | the object as written, with the names of the API: `self.spec.template.spec.hostNetwork`. Elements of a `List` are objects of their own |

";

/// A kind with its fields.
fn describe(entity: &EntityDoc, out: &mut String) {
    let _ = write!(out, "\n### `{}`\n\n{}", entity.kind, entity.what);
    if entity.document {
        out.push_str(" It has what is written there");
        out.push_str(if entity.fields.is_empty() { ".\n" } else { ", and:\n" });
    } else {
        out.push('\n');
    }
    if !entity.fields.is_empty() {
        out.push_str("\n| field | what it is |\n|---|---|\n");
        for (name, what) in entity.fields {
            let _ = writeln!(out, "| `{name}` | {} |", cell(what));
        }
    }
}

/// The page.
pub fn entities(catalog: &Catalog) -> String {
    let mut out = String::from(INTRO);
    out.push_str("## Kinds with names of their own\n");
    for entity in ENTITIES {
        describe(entity, &mut out);
    }
    out.push_str(
        "\n## Views\n\nShapes that several kinds share, defined in `rules/views*.hcl`. An entity of a view also has `owner`: the entity it\nwas made of.\n\n| view | made of | what it gives |\n|---|---|---|\n",
    );
    let mut views: Vec<_> = catalog.views.iter().collect();
    views.sort_by(|a, b| a.name.cmp(&b.name));
    for view in views {
        let kinds: Vec<String> = view.sources.iter().flat_map(|s| &s.kinds).map(|k| format!("`{k}`")).collect();
        let _ = writeln!(out, "| `{}` | {} | {} |", view.name, kinds.join(", "), cell(&view.description));
    }
    for view in SHAPES {
        describe(view, &mut out);
    }
    out
}
