//! Which commands deploy. Data first: add a line when a tool is missing.

use std::sync::LazyLock;

use super::words::{Begins, Index, begins, flag};

/// What a command must have besides its first words to count.
enum With {
    /// Nothing.
    Nothing,
    /// This flag.
    Flag(&'static str),
    /// A last word that begins so.
    Target(&'static str),
    /// A word that holds this.
    Part(&'static str),
}

use With::{Flag, Nothing, Part, Target};

/// The first words of commands that change what runs somewhere; `a|b` is either.
const DEPLOYS: &[(&str, With)] = &[
    ("terraform|tofu|terragrunt apply|destroy", Nothing),
    ("terragrunt run-all|run apply|destroy", Nothing),
    ("pulumi up|update|destroy", Nothing),
    ("cdk|cdktf deploy|destroy", Nothing),
    ("sam deploy", Nothing),
    ("serverless|sls deploy|remove", Nothing),
    ("kubectl|oc apply|create|replace", Nothing),
    ("kubectl|oc set image", Nothing),
    ("kubectl|oc rollout restart|undo", Nothing),
    ("helm upgrade|install|rollback", Nothing),
    ("helmfile apply|sync|destroy", Nothing),
    ("argocd app sync", Nothing),
    ("flux reconcile", Nothing),
    ("kapp deploy", Nothing),
    ("skaffold run|deploy", Nothing),
    ("werf converge", Nothing),
    ("nomad job run", Nothing),
    ("nomad run", Nothing),
    ("docker stack deploy", Nothing),
    ("kamal deploy|redeploy", Nothing),
    ("aws cloudformation deploy|create-stack|update-stack|delete-stack|execute-change-set", Nothing),
    ("aws ecs update-service", Nothing),
    ("aws lambda update-function-code", Nothing),
    ("aws deploy create-deployment", Nothing),
    ("aws elasticbeanstalk update-environment", Nothing),
    ("aws apprunner start-deployment|update-service", Nothing),
    ("aws amplify start-deployment|start-job", Nothing),
    ("aws s3 sync", Target("s3://")),
    ("copilot deploy", Nothing),
    ("copilot svc|job|env|pipeline deploy", Nothing),
    ("eb deploy", Nothing),
    ("az webapp|functionapp|containerapp deploy|up|update", Nothing),
    ("az webapp|functionapp deployment source", Nothing),
    ("az deployment group|sub|mg|tenant create", Nothing),
    ("az stack group|sub|mg create", Nothing),
    ("azd up|deploy|provision", Nothing),
    ("func azure functionapp publish", Nothing),
    ("gcloud run|app|functions deploy", Nothing),
    ("gcloud alpha|beta run|app|functions deploy", Nothing),
    ("gcloud run services|jobs update|replace", Nothing),
    ("gcloud deploy releases create|promote", Nothing),
    ("gcloud infra-manager deployments apply", Nothing),
    ("firebase deploy", Nothing),
    ("fly|flyctl deploy", Nothing),
    ("heroku container:release", Nothing),
    ("vercel", Flag("--prod")),
    ("netlify deploy", Flag("--prod")),
    ("wrangler deploy|publish", Nothing),
    ("railway up", Nothing),
    ("ansible-playbook", Part("prod")),
];

/// Flags with which a command only says what it would do.
const DRY_RUN: [&str; 12] = [
    "--dry-run",
    "--dryrun",
    "--check",
    "--syntax-check",
    "--preview",
    "--what-if",
    "--validate-only",
    "--noDeploy",
    "--no-execute-changeset",
    "--no-deploy",
    "--help",
    "--list-hosts",
];

static INDEX: LazyLock<Index> = LazyLock::new(|| Index::new(DEPLOYS.iter().map(|(pattern, _)| *pattern)));

/// Whether a command deploys.
pub(super) fn deploys(words: &[String]) -> Begins {
    let mut answer = Begins::No;
    for (pattern, with) in INDEX.of(words).map(|at| &DEPLOYS[at]) {
        let begins = begins(words, pattern);
        if begins == Begins::No || !has(words, with) {
            continue;
        }
        if DRY_RUN.iter().any(|f| flag(words, f) == Begins::Yes) {
            return Begins::No;
        }
        if begins == Begins::Yes {
            return Begins::Yes;
        }
        answer = Begins::Perhaps;
    }
    answer
}

fn has(words: &[String], with: &With) -> bool {
    match with {
        Nothing => true,
        Flag(wanted) => flag(words, wanted) == Begins::Yes,
        Target(begin) => words.iter().rfind(|w| !w.starts_with('-')).is_some_and(|w| w.starts_with(begin)),
        Part(part) => words.iter().any(|w| w.contains(part)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(command: &str) -> Begins {
        deploys(&command.split(' ').map(String::from).collect::<Vec<_>>())
    }

    #[test]
    fn deploy_verbs_deploy() {
        for command in [
            "terraform -chdir=envs/prod apply plan.out",
            "terragrunt run --all apply",
            "kubectl -n prod set image deployment/a a=b",
            "helm upgrade --install app ./chart",
            "aws --region eu-west-1 ecs update-service --cluster c",
            "aws s3 sync ./dist s3://site --delete",
            "gcloud run deploy app",
            "vercel deploy --prod",
            "ansible-playbook -i inventories/prod site.yml",
            "kubectl apply --dry-run=none -f x",
        ] {
            assert_eq!(of(command), Begins::Yes, "{command}");
        }
    }

    #[test]
    fn plans_and_dry_runs_do_not() {
        for command in [
            "terraform plan",
            "terraform fmt -check",
            "helm template app ./chart",
            "helm upgrade app ./chart --dry-run",
            "kubectl apply --dry-run=client -f x",
            "kubectl diff -f x",
            "aws s3 sync s3://site ./dist",
            "aws s3 sync a s3://b --dryrun",
            "ansible-playbook -i prod site.yml --check",
            "ansible-playbook -i staging site.yml",
            "vercel build",
            "echo terraform apply",
        ] {
            assert_eq!(of(command), Begins::No, "{command}");
        }
        assert_eq!(of("terraform $ACTION"), Begins::Perhaps);
    }
}
