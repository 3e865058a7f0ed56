//! Which environment things belong to, and what is held against what: whole small repositories.

use trustlint::{check, config::Config, lower, model::Project, rule::Catalog, source::MemoryTree};

fn project(files: &[(&str, &str)]) -> Project {
    let tree = MemoryTree::new("test", files.iter().copied());
    lower::project(&tree, &Config::of(&tree).lowering())
}

/// Of each entity of a kind: its scope and address, its environment and the sign.
fn environments(project: &Project, kind: &str) -> Vec<String> {
    let ids = project.of_kind(kind).iter().map(|id| project.entity(*id));
    let said = ids.map(|e| {
        let environment = e.environment.as_ref().map_or("-".to_string(), |e| format!("{} by {}", e.name, e.sign));
        let scenario = e.scenario.as_ref().map_or_else(String::new, |s| format!(" ({s})"));
        format!("{}{scenario} {}: {environment}", e.scope, e.address)
    });
    said.collect()
}

#[test]
fn the_state_of_a_root_tells_its_environment() {
    let backend = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key = \"live/prod/app.tfstate\"\n  }\n}\n";
    let found = project(&[("app/main.tf", &format!("{backend}resource \"x_y\" \"z\" {{}}\n"))]);
    assert_eq!(environments(&found, "x_y"), ["app x_y.z: production by key \"live/prod/app.tfstate\" of the state"]);
    assert_eq!(environments(&found, "terraform.backend"), ["app backend.s3: -"]);
    let cloud = "terraform {\n  cloud {\n    organization = \"acme\"\n    workspaces {\n      name = \"app-staging\"\n    }\n  }\n}\n";
    let found = project(&[("app/main.tf", cloud)]);
    assert_eq!(environments(&found, "terraform.root"), ["app app: staging by workspace \"app-staging\" of the state"]);
}

#[test]
fn two_signs_that_disagree_tell_nothing_and_are_kept() {
    let text = "terraform {\n  backend \"s3\" {\n    key = \"prod/app.tfstate\"\n  }\n}\nresource \"x_y\" \"z\" {\n  tags = { env = \"prod\" }\n}\n";
    let found = project(&[("envs/staging/main.tf", text)]);
    assert_eq!(environments(&found, "x_y"), ["envs/staging x_y.z: -"]);
    let root = project(&[("envs/staging/main.tf", text)]);
    let root = root.entity(root.of_kind("terraform.root")[0]).body.as_object().unwrap().clone();
    assert_eq!(root.get("disputed").unwrap().as_bool(), Some(true));
    assert_eq!(root.get("signs").unwrap().as_list().unwrap().items.len(), 2);
    // What is compared does not tell on which side it is.
    assert_eq!(
        environments(&found, "terraform.backend"),
        ["envs/staging backend.s3: staging by directory \"envs/staging\""]
    );
}

#[test]
fn shared_gives_way_to_an_environment() {
    let text = "terraform {\n  backend \"s3\" {\n    key = \"prod/dns.tfstate\"\n  }\n}\n";
    let found = project(&[("shared/main.tf", text)]);
    assert_eq!(
        environments(&found, "terraform.root"),
        ["shared shared: production by key \"prod/dns.tfstate\" of the state"]
    );
}

#[test]
fn what_is_shared_stays_so_though_it_is_tagged_and_applied_as_production() {
    let text = "provider \"aws\" {\n  default_tags {\n    tags = { Environment = \"production\" }\n  }\n}\n";
    let workflow = "on: push\njobs:\n  a:\n    environment: production\n    runs-on: x\n    steps:\n      - run: cd shared/dns && terraform apply\n";
    let found = project(&[("shared/dns/main.tf", text), (".github/workflows/apply.yml", workflow)]);
    assert_eq!(environments(&found, "terraform.root"), ["shared/dns shared/dns: shared by directory \"shared\""]);
}

#[test]
fn tags_tell_where_nothing_else_does_and_a_resource_does_not_override_its_root() {
    let two = "resource \"aws_vpc\" \"a\" {\n  tags = { Environment = \"prod\" }\n}\nresource \"aws_vpc\" \"b\" {\n  tags = { Environment = \"dev\" }\n}\nresource \"aws_vpc\" \"c\" {}\n";
    assert_eq!(
        environments(&project(&[("net/main.tf", two)]), "aws_vpc"),
        [
            "net aws_vpc.a: production by tag Environment = \"prod\"",
            "net aws_vpc.b: dev by tag Environment = \"dev\"",
            "net aws_vpc.c: -",
        ]
    );
    let found = project(&[("envs/prod/main.tf", two)]);
    assert!(environments(&found, "aws_vpc").iter().all(|e| e.ends_with("production by directory \"envs/prod\"")));
    let given = "provider \"aws\" {\n  default_tags {\n    tags = { environment = \"uat\" }\n  }\n}\n";
    assert_eq!(
        environments(&project(&[("net/main.tf", &format!("{given}{two}"))]), "aws_vpc")[2],
        "net aws_vpc.c: uat by default tag environment = \"uat\""
    );
}

#[test]
fn the_configuration_outweighs_all_signs() {
    let file = "environment \"production\" {\n  paths      = [\"staging\"]\n  accounts   = [\"111122223333\"]\n  workspaces = [\"blue\"]\n  ci         = [\"eu\"]\n  namespaces = [\"shop\"]\n}\n";
    let tagged = "provider \"aws\" {\n  allowed_account_ids = [\"111122223333\"]\n}\n";
    let workspaces = "locals {\n  n = { blue = 1, green = 2 }[terraform.workspace]\n}\n";
    let workflow = "on: push\njobs:\n  ship:\n    environment: EU\n    runs-on: x\n    steps:\n      - run: make\n";
    let manifest = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: shop\n";
    let found = project(&[
        ("trustlint.hcl", file),
        ("staging/main.tf", "resource \"x_y\" \"z\" {}\n"),
        ("a/main.tf", tagged),
        ("w/main.tf", workspaces),
        (".github/workflows/ship.yml", workflow),
        ("k8s/web.yaml", manifest),
    ]);
    assert_eq!(environments(&found, "x_y"), ["staging x_y.z: production by trustlint.hcl, path \"staging\""]);
    assert_eq!(
        environments(&found, "terraform.root"),
        [
            "a a: production by trustlint.hcl, account \"111122223333\"",
            "staging staging: production by trustlint.hcl, path \"staging\"",
            "w (blue) w: production by trustlint.hcl, workspace \"blue\"",
            "w (green) w: -",
        ]
    );
    assert_eq!(environments(&found, "terraform.provider"), ["a provider.aws: -"]);
    assert_eq!(environments(&found, "Service").len(), 1);
    assert!(environments(&found, "Service")[0].ends_with("production by trustlint.hcl, namespace \"shop\""));
    for kind in ["ci.job", "github.job", "github.step"] {
        let said = environments(&found, kind);
        assert!(said[0].ends_with("production by trustlint.hcl, ci \"EU\""), "{said:?}");
    }
}

#[test]
fn a_pipeline_tells_for_what_it_applies_a_root() {
    let root = "variable \"size\" {}\nresource \"x_y\" \"z\" {\n  size = var.size\n}\n";
    let workflow = "on: push\njobs:\n  a:\n    environment: production\n    runs-on: x\n    steps:\n      - run: terraform -chdir=net apply -auto-approve -var-file=vars/acme.tfvars\n      - run: cd dns && terraform apply\n  b:\n    environment: staging\n    runs-on: x\n    steps:\n      - run: terraform plan -var-file vars/lab.tfvars\n";
    let found = project(&[
        ("net/main.tf", root),
        ("net/vars/acme.tfvars", "size = 1\n"),
        ("net/vars/lab.tfvars", "size = 2\n"),
        ("dns/main.tf", "resource \"x_y\" \"z\" {}\n"),
        (".github/workflows/apply.yml", workflow),
    ]);
    assert_eq!(
        environments(&found, "x_y"),
        [
            "dns x_y.z: production by job \"a\" for environment \"production\"",
            "net (acme) x_y.z: production by job \"a\" for environment \"production\"",
            "net (lab) x_y.z: -",
        ]
    );
}

/// What a rule says of a repository: verdict, file and line.
fn findings(rule: &str, files: &[(&str, &str)]) -> Vec<String> {
    let options = check::Options { only: Some([rule.to_string()].into()), ..check::Options::default() };
    let (project, report) = check::check(project(files), &Catalog::builtin(), &options);
    let said = report.findings.iter().map(|f| {
        let at = f.labels.primary.span;
        let line = project.files.line_column(at.file, at.start).line;
        format!("{:?} {}:{line} {}", f.verdict, project.files.path(at.file), f.message)
    });
    said.collect()
}

#[test]
fn what_one_root_gives_to_two_environments_is_shared_whatever_it_is_called() {
    let root = "resource \"aws_kms_key\" \"all\" {}\nresource \"aws_db_instance\" \"a\" {\n  kms_key_id = aws_kms_key.all.arn\n  tags = { env = \"prod\" }\n}\nresource \"aws_db_instance\" \"b\" {\n  kms_key_id = aws_kms_key.all.arn\n  tags = { env = \"dev\" }\n}\n";
    assert_eq!(
        findings("environment-key-not-shared", &[("main.tf", root)]),
        ["Fail main.tf:3 dev and production use the same key: aws_db_instance.b and aws_db_instance.a"]
    );
}
