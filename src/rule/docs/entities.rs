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
        fields: &[
            ("path", "the directory"),
            ("backend", "the type of its backend, or null"),
            ("signs", "what tells its environment, strongest first, as objects: `source`, `sign`, `name`, `class`"),
            ("disputed", "whether those signs disagree, so that its environment is not known"),
        ],
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
        kind: "terraform.handover",
        what: "What is given to a module that is not in the repository.",
        fields: &[(
            "reads",
            "references to the resources that the arguments of the call name, directly or by variables and locals, and the texts in them",
        )],
        document: false,
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
        kind: "gitlab.pipeline",
        what: "A GitLab pipeline: `.gitlab-ci.yml` or a child pipeline, with the files of the repository that it includes, without its jobs.",
        fields: &[
            ("path", "the path of its first file"),
            ("stages", "the stages in order, with `.pre` and `.post`"),
            ("triggers", "the sources that may start it, by GitLab's names"),
            ("includes", "the paths of the other files that it is made of"),
            ("unresolved", "what it includes and is not in the repository"),
        ],
        document: true,
    },
    EntityDoc {
        kind: "gitlab.job",
        what: "A job of a GitLab pipeline, with everything that it takes from `extends`, `default`, `!reference` and includes. Hidden jobs are none.",
        fields: &[
            ("id", "its key"),
            ("pipeline", "the `gitlab.pipeline` it is in"),
            ("stage", "its stage; `test` if it does not say"),
            ("environment_name", "the environment it names, with the variables put in that are known; or null"),
            ("environments", "all environments it may name: those of a matrix and of rules one by one"),
            ("environment_action", "`start`, `stop`, `prepare`, `verify` or `access`; null without an environment"),
            ("effective_variables", "its variables with those of the pipeline; unknown if rules set several values"),
            ("condition", "the conditions of its rules, as text, or null"),
            ("jobs_before", "the jobs it waits for: those in `needs`, else the nearest of earlier stages"),
            (
                "ignores_failure",
                "whether the pipeline goes on if it fails; a job that is manual by its own `when` may be left out",
            ),
            ("calls", "the pipeline it triggers: a path for one of this repository; null if it runs a script"),
        ],
        document: true,
    },
    EntityDoc {
        kind: "gitlab.include",
        what: "An entry of `include`, of a file or of a child pipeline.",
        fields: &[
            ("kind", "`local`, `project`, `remote`, `template`, `component` or `artifact`"),
            ("text", "what it names: a path, a project, an address"),
            ("file", "the files, as a list; of a project or a local include"),
            ("ref", "the version of a project, or null"),
            ("integrity", "the checksum of a remote file, or null"),
            ("inputs", "the inputs that it gives, or null"),
            ("rules", "the rules under which it is included, or null"),
            ("job", "the job whose artifact it is, or null"),
            ("own_project", "whether it names the project itself"),
            ("pipeline", "the path of the pipeline"),
            ("resolved", "whether all of it is in the repository"),
            ("paths", "the files of the repository that it brings"),
            ("component", "the address of a component without the version; not of other kinds"),
            ("version", "the version of a component, or null; not of other kinds"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "circleci.pipeline",
        what: "A configuration of CircleCI: a file in `.circleci`.",
        fields: &[("path", "its path"), ("setup", "whether another configuration continues it")],
        document: true,
    },
    EntityDoc {
        kind: "circleci.workflow",
        what: "A workflow of CircleCI.",
        fields: &[
            ("id", "its name"),
            ("triggers", "`push`, or `schedule` if it has schedules of its own"),
            ("schedules", "those, in the form of cron"),
            ("unresolved", "what its jobs use that is not in the repository: the commands and jobs of orbs"),
        ],
        document: true,
    },
    EntityDoc {
        kind: "circleci.job",
        what: "A job under `jobs` of CircleCI as it is written. What workflows make of it are entities `ci.job`.",
        fields: &[
            ("id", "its name"),
            ("images", "the images it runs in, with the defaults of parameters, those of its executor too"),
        ],
        document: true,
    },
    EntityDoc {
        kind: "circleci.orb",
        what: "An orb that a configuration of CircleCI names or holds.",
        fields: &[
            ("alias", "the name that it has here"),
            ("orb", "its own name: `circleci/aws-ecs`; of an inline one the alias"),
            ("version", "the version that is asked for; null if none"),
            ("source", "`registry`, `url` or `inline`"),
            ("text", "what is written: the name with the version, or the address; null for an inline one"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "bitbucket.pipeline",
        what: "A pipeline of `bitbucket-pipelines.yml`.",
        fields: &[
            (
                "section",
                "where it stands: `default`, `branches`, `tags`, `pull-requests`, `custom`, or `definitions` if it is for others to import",
            ),
            ("pattern", "the name or pattern under which it stands there; null for the default"),
            ("import", "the pipeline of another repository that it is, or null"),
            ("content", "what is written"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "bitbucket.step",
        what: "A step of a pipeline of Bitbucket.",
        fields: &[
            ("pipeline", "the address of its pipeline"),
            ("deployment", "the environment that it names, or its stage does; or null"),
            ("trigger", "`manual` if it, or its stage, waits for a person; or null"),
            ("image", "the name of the image it runs in, its own or that of the file; or null"),
            ("pipes", "the pipes that it uses, as objects: `action`, `ref`, `kind`, `text`, `with`"),
            ("jobs_before", "the steps that it waits for"),
        ],
        document: true,
    },
    EntityDoc {
        kind: "bitbucket.image",
        what: "An image in which something of `bitbucket-pipelines.yml` runs, once where it is written.",
        fields: &[("image", "its name with tag or digest"), ("user", "what runs in it, in words")],
        document: false,
    },
    EntityDoc {
        kind: "ci.job",
        what: "A job of any CI system, in one shape. A field that a system does not have is null. A job of a reusable workflow is there once for each job that calls it, with the inputs of that call.",
        fields: &[
            ("system", "`github`, `gitlab`, `circleci`, `azure`, `bitbucket`, `jenkins`"),
            ("pipeline", "the `id` of its `ci.pipeline`"),
            ("caller", "the address of the job that calls its pipeline, or null"),
            (
                "runs",
                "whether it is reached, in each of these situations: `push_default` (a push to the default branch), `push_release`, `push_other`, `tag`, `pull_request` (of the repository itself), `fork_pull_request`, `pull_request_target`, `manual`, `manual_other` (by hand on a branch that is not the default one), `schedule`, `api`, `pipeline`, `merge_queue`, `comment`, `release`. Its own condition, that of its pipeline and those of the jobs it needs decide; what they say that is not about the event or the ref is unknown",
            ),
            (
                "gates",
                "what waits for a person before it, in itself and in the jobs it needs: objects of `kind` (`manual`, `approval`, `input`, `environment`), `name`, `job` (its address) and `holds`, which is unknown for an environment, because only the host knows who has to approve",
            ),
            ("ancestors", "the addresses of all jobs that come before it"),
            ("waits_for", "those of them whose failure or refusal keeps it from running"),
            ("steps", "its steps, as objects of what `ci.step` has"),
            ("ignores_failure", "whether the pipeline goes on if it fails"),
            ("variables", "the variables that are set for it: an object, or null"),
            (
                "credentials",
                "what else gives it credentials: objects of `kind` (`context`, `variable group`, `service connection`, `credentials`) and `name`",
            ),
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
        kind: "ci.pipeline",
        what: "A pipeline of any CI system: a workflow file, or one of the workflows that a file holds.",
        fields: &[
            ("system", "as in `ci.job`"),
            ("id", "the path of its file, or `path#workflow`"),
            ("path", "the path of its file"),
            ("triggers", "the events that start it, by the names of its system"),
            ("variables", "the variables that are set for all of its jobs: an object, or null"),
            ("schedules", "the schedules in the file, in the form of cron"),
            ("upstream", "the pipelines of the repository after which it starts"),
            ("unresolved", "what it includes and is not in the repository"),
            ("is_text", "whether it was read as text (Jenkinsfile), so that less is known of it"),
            ("runs", "in which situations it starts: as in `ci.job`"),
            ("jobs", "the addresses of its jobs"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "ci.step",
        what: "A step of a job of any CI system.",
        fields: &[
            ("system", "as in `ci.job`"),
            ("job", "the `ci.job` it is in"),
            ("index", "its position, from 0"),
            ("name", "what people call it"),
            (
                "directory",
                "the directory in which it runs, from the root of the repository; `\"\"` for the root itself",
            ),
            (
                "commands",
                "the scripts it runs, with those of local actions, and of scripts and Makefiles of the repository that they run",
            ),
            (
                "uses",
                "what it uses by name, with what local actions use: objects of `action`, `ref`, `kind`, `text`, `with`",
            ),
            ("variables", "the variables that are set for it: an object, or null"),
            ("condition", "the condition under which it runs, as text, or null"),
            ("runs", "in which situations it is reached: as in `ci.job`"),
            ("ignores_failure", "whether the job goes on if it fails"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "azure_pipelines.pipeline",
        what: "A pipeline of Azure Pipelines, its templates put in and `${{ }}` evaluated as far as that is known. A template that nothing in the repository uses is one, too.",
        fields: &[
            ("path", "the path of its file"),
            ("triggers", "the events that start it, by name"),
            ("is_template", "whether it is a template that nothing in the repository uses"),
            ("templates", "the paths of the templates that were put in"),
            ("unresolved", "the templates that are not in the repository, as written"),
        ],
        document: true,
    },
    EntityDoc {
        kind: "azure_pipelines.stage",
        what: "A stage of such a pipeline.",
        fields: &[
            ("id", "its name"),
            ("pipeline", "the `azure_pipelines.pipeline` it is in"),
            ("needs", "the stages before it, also the one that is before it because nothing is written"),
            ("condition", "its condition, as text, or null"),
        ],
        document: true,
    },
    EntityDoc {
        kind: "azure_pipelines.job",
        what: "A job or deployment of such a pipeline.",
        fields: &[
            ("id", "its key: `stage.job`, or `job` in a pipeline without stages"),
            ("pipeline", "the `azure_pipelines.pipeline` it is in"),
            ("stage", "the `azure_pipelines.stage` it is in, or null"),
            ("is_deployment", "whether it is a `deployment`"),
            ("environment_name", "the environment it names, without the resource in it; or null"),
            ("needs", "the jobs before it, by key; also those of the stages before its own"),
            ("condition", "its condition, as text, or null"),
            ("credentials", "as in `ci.job`"),
        ],
        document: true,
    },
    EntityDoc {
        kind: "azure_pipelines.step",
        what: "A step of such a job, also of the hooks of a deployment.",
        fields: &[
            ("index", "its position, from 0"),
            ("job", "the `azure_pipelines.job` it is in"),
            ("pipeline", "the `azure_pipelines.pipeline` it is in"),
            ("hook", "the hook of the deployment: `preDeploy`, `deploy`, `on.failure`; or null"),
            ("task_name", "the name of its task, without the publisher and the version; or null"),
            ("task_version", "the version of its task; or null"),
            ("condition", "its condition, as text, or null"),
        ],
        document: true,
    },
    EntityDoc {
        kind: "azure_pipelines.repository",
        what: "Another repository that such a pipeline names under `resources`.",
        fields: &[
            ("ref", "the branch or tag; null if there is none"),
            ("gives_templates", "whether a template of it is used"),
        ],
        document: true,
    },
    EntityDoc {
        kind: "jenkins.pipeline",
        what: "A Jenkinsfile, read as text.",
        fields: &[
            ("path", "the path of its file"),
            ("is_text", "true: nothing of it was run"),
            (
                "is_declarative",
                "whether it has a `pipeline` block; a scripted one is a program, of which less is known",
            ),
            ("agent", "what it runs on: `any`, or an object; null if nothing is written"),
            ("environment", "the variables of its `environment` block, or null"),
            ("options", "the names of its options"),
            ("triggers", "the events that start it, by name"),
            ("schedules", "its schedules, in Jenkins' form of cron"),
            ("unresolved", "the shared libraries it loads, as written"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "jenkins.stage",
        what: "A stage of a Jenkinsfile.",
        fields: &[
            ("id", "its name, behind those of the stages it is in: `Deploy/EU`"),
            ("pipeline", "the `jenkins.pipeline` it is in"),
            ("when", "its `when`, as text, or null"),
            ("agent", "as in `jenkins.pipeline`"),
            ("environment", "the variables of its own `environment` block, or null"),
            ("inputs", "the questions it asks: the messages of `input`"),
            ("credentials", "as in `ci.job`"),
        ],
        document: false,
    },
    EntityDoc {
        kind: "jenkins.library",
        what: "A shared library that a Jenkinsfile loads.",
        fields: &[
            ("name", "its name"),
            ("version", "the branch, tag or commit behind `@`; null if there is none"),
            ("pipeline", "the `jenkins.pipeline` it is in"),
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
            (
                "named_documents",
                "the documents that trustlint.hcl names: by name, `place` (a path or a URL) and `is_there`, which is null for a URL",
            ),
            ("is_whole", "whether all of it is checked, and not a directory of it"),
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
        kind: "waiver",
        what: "A waiver, in a comment or in `trustlint.hcl`. It is made when everything else was checked.",
        fields: &[
            ("rules", "the ids of the rules that it names"),
            ("reason", "why, or null"),
            ("owner", "who answers for it, or null"),
            ("until", "the last day on which it holds, as `2027-01-31`, or null"),
            ("days_left", "how many days there are until then, below 0 when it has run out; null without a day"),
            ("severity", "the severest of the rules, of those that were run; null if there is none"),
            ("banned_rules", "those of the rules that must not be waived"),
            ("source", "`comment` or `configuration`"),
            (
                "covers",
                "the word for what it is for: `argument`, `block`, `module`, `element`, `document`, `file`; null if that is nothing",
            ),
            ("mistake", "why it is none, or null"),
            (
                "used",
                "whether it waives a violation; null if its rules were not all run, or it waives what is undecided",
            ),
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
| `aws_s3_bucket` and every other resource type | an instance of a resource, `count` and `for_each` expanded, with the values its arguments resolve to. A block that may be repeated is a list; one that occurs once can be entered without an index. `account` is the account, subscription or project that its provider is configured for, or null |
| `data.aws_vpc` and every other data source | its arguments. What it reads is unknown, except that `data.aws_iam_policy_document` is rendered: `json`; `referenced_by` are the types of resources that refer to it, `module`, `output`, `local`, `provider` or `data.TYPE` |

## Kubernetes

| kind | what it is |
|---|---|
| `Deployment`, `NetworkPolicy` and every other `kind` of Kubernetes itself | the object as written, with the names of the API: `self.spec.template.spec.hostNetwork`. Elements of a `List` are objects of their own |
| `Service.serving.knative.dev`, `Application.argoproj.io` and every other kind that others define | the same, under its kind and API group, as `kubectl` writes it. The version does not matter; `self.kind` is the short name |

Terraform's `kubernetes_deployment` and the like, `kubernetes_manifest` and `kubectl_manifest` are objects of these kinds
too, with the names of the API: `match \"Deployment\"` looks at `kubernetes_deployment.web`, and the resource is an entity
of its own besides. Where the provider has a default of its own (the namespace `default`), the object has it.

A text where the API takes only `true` or `false`, or only a number (`privileged: \"true\"`), is unknown: the API server
refuses the object.

Objects are linked by what they say. The policies that hold for a pod, of Kubernetes, Cilium and Calico:

```hcl
match \"kubernetes.workload\" {}

link \"policies\" {
  to    = \"kubernetes.network_policy\"
  where = (other.cluster || same_namespace(self, other)) && selects(other.selector, self.labels)
}

assert {
  condition     = anytrue([for policy in link.policies : policy.ingress])
  error_message = \"${self.address} takes traffic from everywhere\"
}
```

The service account of a workload: `link \"account\" { to = \"ServiceAccount\" ... }` with
`where = other.metadata.name == self.service_account && same_namespace(self, other)`. What is bound to that account: a link
to `kubernetes.rbac_subject` with `where = other.kind == \"ServiceAccount\" && other.name == self.service_account &&
same_namespace(other, self)`.

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
