//! Kubernetes through the program: the same rules over manifests, over Terraform's resources for them, and over
//! plans; kinds of others; objects that belong together.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a failure is a panic")]

use std::{collections::HashSet, sync::LazyLock};

use trustlint::{
    check::{self, Options},
    lower::{self, plan},
    model::Project,
    report::{Report, Verdict},
    rule::{Catalog, catalog::Part},
    source::MemoryTree,
    value::Value,
};

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

fn tree(files: &[(&str, &str)]) -> MemoryTree {
    MemoryTree::new("test", files.iter().map(|(path, text)| (*path, text.as_bytes().to_vec())))
}

fn project(files: &[(&str, &str)]) -> Project {
    lower::project(&tree(files), &lower::Options::default())
}

/// What a rule says of each thing: `fails kubernetes_pod.web at main.tf:3`.
fn judged(rule: &str, project: Project, catalog: &Catalog) -> Vec<String> {
    let options = Options { only: Some(HashSet::from([rule.to_string()])), ..Options::default() };
    let (project, report) = check::check(project, catalog, &options);
    said(&project, &report)
}

fn said(project: &Project, report: &Report) -> Vec<String> {
    let messages: Vec<&str> = report.diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert!(messages.is_empty(), "{messages:?}");
    let mut out = Vec::new();
    for finding in &report.findings {
        let word = match finding.verdict {
            Verdict::Fail => "fails",
            Verdict::Undecided => "cannot tell",
            _ => continue,
        };
        let span = finding.labels.primary.span;
        let line = project.files.line_column(span.file, span.start).line;
        out.push(format!("{word} {} at {}:{line}", finding.address, project.files.path(span.file)));
    }
    out.sort();
    out
}

fn says(rule: &str, files: &[(&str, &str)]) -> Vec<String> {
    judged(rule, project(files), &CATALOG)
}

fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap() + 1
}

const WORKLOADS_YAML: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: true
      hostPID: false
      securityContext: {runAsUser: 1000}
      initContainers:
      - {name: prepare, image: "example/prepare:1"}
      containers:
      - name: web
        image: example/web
        env:
        - {name: LOG_LEVEL, value: info}
        - {name: DATABASE_PASSWORD, value: hunter2-but-longer}
        - name: API_TOKEN
          valueFrom: {secretKeyRef: {name: api, key: token}}
        securityContext:
          privileged: true
          allowPrivilegeEscalation: true
          capabilities: {add: [NET_BIND_SERVICE, SYS_ADMIN]}
      volumes:
      - {name: scratch, emptyDir: {}}
      - {name: docker, hostPath: {path: /var/run/docker.sock}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec:
  schedule: "0 0 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - name: run
            image: example/run:latest
            securityContext: {runAsNonRoot: false}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  template:
    spec:
      hostIPC: true
      containers:
      - name: db
        image: example/db:1
        securityContext: {runAsUser: 0, allowPrivilegeEscalation: false}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  template:
    spec:
      containers:
      - name: agent
        image: example/agent:1
        securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false}
---
apiVersion: v1
kind: Pod
metadata: {name: shell, namespace: shop}
spec:
  containers:
  - {name: shell, image: "example/shell:1"}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: open, namespace: shop}
spec:
  rules:
  - host: app.example.com
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: closed
  namespace: shop
  annotations:
    alb.ingress.kubernetes.io/certificate-arn: arn:aws:acm:eu-west-1:111122223333:certificate/a
    alb.ingress.kubernetes.io/ssl-policy: ELBSecurityPolicy-2016-08
spec:
  tls: [{hosts: [app.example.com]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: operator}
rules:
- {apiGroups: [""], resources: ["*"], verbs: [get]}
- {apiGroups: [""], resources: [pods], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: sum}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {sum: "true"}}]}
rules:
- {apiGroups: [""], resources: ["*"], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ci, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {kind: ServiceAccount, name: ci, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: database, namespace: shop}
stringData: {password: hunter2-but-longer}
data: {token: aHVudGVyMi1idXQtbG9uZ2Vy}
"#;

const WORKLOADS_TF: &str = r#"
resource "kubernetes_namespace" "shop" {
  metadata {
    name = "shop"
  }
}

resource "kubernetes_deployment" "web" {
  metadata {
    name      = "web"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  spec {
    selector {
      match_labels = { app = "web" }
    }
    template {
      metadata {
        labels = { app = "web" }
      }
      spec {
        host_network = true
        host_pid     = false
        security_context {
          run_as_user = "1000"
        }
        init_container {
          name  = "prepare"
          image = "example/prepare:1"
        }
        container {
          name  = "web"
          image = "example/web"
          env {
            name  = "LOG_LEVEL"
            value = "info"
          }
          env {
            name  = "DATABASE_PASSWORD"
            value = "hunter2-but-longer"
          }
          env {
            name = "API_TOKEN"
            value_from {
              secret_key_ref {
                name = "api"
                key  = "token"
              }
            }
          }
          security_context {
            privileged                 = true
            allow_privilege_escalation = true
            capabilities {
              add = ["NET_BIND_SERVICE", "SYS_ADMIN"]
            }
          }
        }
        volume {
          name = "scratch"
          empty_dir {}
        }
        volume {
          name = "docker"
          host_path {
            path = "/var/run/docker.sock"
          }
        }
      }
    }
  }
}

resource "kubernetes_cron_job_v1" "nightly" {
  metadata {
    name      = "nightly"
    namespace = "shop"
  }
  spec {
    schedule = "0 0 * * *"
    job_template {
      metadata {}
      spec {
        template {
          metadata {}
          spec {
            container {
              name  = "run"
              image = "example/run:latest"
              security_context {
                run_as_non_root = false
              }
            }
          }
        }
      }
    }
  }
}

resource "kubernetes_stateful_set_v1" "db" {
  metadata {
    name      = "db"
    namespace = "shop"
  }
  spec {
    service_name = "db"
    template {
      metadata {}
      spec {
        host_ipc = "true"
        container {
          name  = "db"
          image = "example/db:1"
          security_context {
            run_as_user                = "0"
            allow_privilege_escalation = false
          }
        }
      }
    }
  }
}

resource "kubernetes_daemonset" "agent" {
  metadata {
    name      = "agent"
    namespace = "shop"
  }
  spec {
    template {
      metadata {}
      spec {
        container {
          name  = "agent"
          image = "example/agent:1"
          security_context {
            run_as_non_root            = true
            allow_privilege_escalation = false
          }
        }
      }
    }
  }
}

resource "kubernetes_pod" "shell" {
  metadata {
    name      = "shell"
    namespace = "shop"
  }
  spec {
    container {
      name  = "shell"
      image = "example/shell:1"
    }
  }
}

resource "kubernetes_ingress_v1" "open" {
  metadata {
    name      = "open"
    namespace = "shop"
  }
  spec {
    rule {
      host = "app.example.com"
    }
  }
}

resource "kubernetes_ingress_v1" "closed" {
  metadata {
    name      = "closed"
    namespace = "shop"
    annotations = {
      "alb.ingress.kubernetes.io/certificate-arn" = "arn:aws:acm:eu-west-1:111122223333:certificate/a"
      "alb.ingress.kubernetes.io/ssl-policy"      = "ELBSecurityPolicy-2016-08"
    }
  }
  spec {
    tls {
      hosts = ["app.example.com"]
    }
  }
}

resource "kubernetes_cluster_role" "operator" {
  metadata {
    name = "operator"
  }
  rule {
    api_groups = [""]
    resources  = ["*"]
    verbs      = ["get"]
  }
  rule {
    api_groups = [""]
    resources  = ["pods"]
    verbs      = ["*"]
  }
}

resource "kubernetes_cluster_role" "sum" {
  metadata {
    name = "sum"
  }
  aggregation_rule {
    cluster_role_selectors {
      match_labels = { sum = "true" }
    }
  }
  rule {
    api_groups = [""]
    resources  = ["*"]
    verbs      = ["*"]
  }
}

resource "kubernetes_role_binding" "ci" {
  metadata {
    name      = "ci"
    namespace = "shop"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "cluster-admin"
  }
  subject {
    kind      = "ServiceAccount"
    name      = "ci"
    namespace = "shop"
  }
}

resource "kubernetes_secret" "database" {
  metadata {
    name      = "database"
    namespace = "shop"
  }
  data = {
    password = "hunter2-but-longer"
  }
  binary_data = {
    token = "aHVudGVyMi1idXQtbG9uZ2Vy"
  }
}
"#;

/// Rule and message of each finding of the rules about Kubernetes, things called by their name.
fn messages(files: &[(&str, &str)]) -> Vec<String> {
    // The manifests name their namespace and do not declare it.
    let ids = CATALOG.rules.iter().map(|r| r.id.to_string()).filter(|id| id.starts_with("kubernetes-"));
    let ids = ids.filter(|id| !id.starts_with("kubernetes-namespace-"));
    let options = Options { only: Some(ids.collect()), ..Options::default() };
    let (project, report) = check::check(project(files), &CATALOG, &options);
    assert_eq!(said(&project, &report).len(), report.findings.len());
    let plain = |finding: &trustlint::report::Finding| {
        let name = finding.address.rsplit(['/', '.']).next().unwrap().to_string();
        let name = name.split('[').next().unwrap().to_string();
        let entity = finding.address.split('[').next().unwrap();
        format!("{} {}", report.rules[finding.rule].id, finding.message.replace(entity, &name))
    };
    let mut all: Vec<String> = report.findings.iter().map(plain).collect();
    all.sort();
    all
}

#[test]
fn what_is_wrong_in_a_manifest_is_wrong_in_terraform() {
    let (manifest, terraform) = (messages(&[("k8s/a.yaml", WORKLOADS_YAML)]), messages(&[("main.tf", WORKLOADS_TF)]));
    assert_eq!(manifest, terraform);
    let expected = "kubernetes-no-privileged-containers container web of web is privileged";
    assert!(manifest.iter().any(|m| m == expected), "{manifest:#?}");
    assert!(manifest.len() > 15, "{manifest:#?}");
}

#[test]
fn findings_in_terraform_point_into_terraform() {
    let tf = WORKLOADS_TF;
    for (rule, thing, part) in [
        ("kubernetes-no-host-namespaces", "kubernetes_deployment.web", "host_network = true"),
        ("kubernetes-no-privileged-containers", "kubernetes_deployment.web[0]", "privileged                 = true"),
        ("kubernetes-no-dangerous-capabilities", "kubernetes_deployment.web[0]", "\"SYS_ADMIN\""),
        ("kubernetes-no-runtime-socket", "kubernetes_deployment.web", "/var/run/docker.sock"),
        ("kubernetes-no-secret-in-env", "kubernetes_deployment.web[0]", "hunter2-but-longer"),
        ("kubernetes-image-pinned", "kubernetes_cron_job_v1.nightly[0]", "example/run:latest"),
        ("kubernetes-rbac-no-namespace-admin", "kubernetes_role_binding.ci", "cluster-admin"),
        ("kubernetes-ingress-min-tls", "kubernetes_ingress_v1.closed", "ELBSecurityPolicy-2016-08"),
        ("kubernetes-secret-not-in-manifest", "kubernetes_secret.database", "token = \"aHVud"),
    ] {
        let expected = format!("fails {thing} at main.tf:{}", line_of(tf, part));
        let found = says(rule, &[("main.tf", tf)]);
        assert!(found.contains(&expected), "{rule}: {expected} is not in {found:#?}");
    }
}

#[test]
fn what_is_not_set_in_terraform_is_missing_in_its_block() {
    let tf = "resource \"kubernetes_pod\" \"a\" {\n  metadata {}\n  spec {\n    container {\n      image = \"a:1\"\n    }\n  }\n}\n";
    assert_eq!(says("kubernetes-run-as-non-root", &[("main.tf", tf)]), ["fails kubernetes_pod.a[0] at main.tf:4"]);
    let tf = "resource \"kubernetes_ingress_v1\" \"a\" {\n  metadata {}\n  spec {\n    rule {}\n  }\n}\n";
    assert_eq!(says("kubernetes-ingress-tls", &[("main.tf", tf)]), ["fails kubernetes_ingress_v1.a at main.tf:3"]);
}

#[test]
fn what_terraform_does_not_know_is_undecided() {
    let tf = r#"
variable "privileged" { type = bool }
variable "paths" { type = list(string) }
variable "hardened" { type = bool }

resource "kubernetes_pod_v1" "a" {
  metadata {}
  spec {
    container {
      name  = "a"
      image = "a:1"
      security_context {
        privileged = var.privileged
      }
    }
    container {
      name  = "b"
      image = "b:1"
      dynamic "security_context" {
        for_each = var.hardened ? [1] : []
        content {
          privileged                 = false
          allow_privilege_escalation = false
        }
      }
    }
    dynamic "volume" {
      for_each = var.paths
      content {
        name = "v"
        host_path {
          path = volume.value
        }
      }
    }
  }
}
"#;
    let files = [("main.tf", tf)];
    let privileged = says("kubernetes-no-privileged-containers", &files);
    assert_eq!(
        privileged,
        [format!("cannot tell kubernetes_pod_v1.a[0] at main.tf:{}", line_of(tf, "= var.privileged"))]
    );
    let escalation = says("kubernetes-no-privilege-escalation", &files);
    let (a, b) = ("fails kubernetes_pod_v1.a[0] at main.tf:12", "cannot tell kubernetes_pod_v1.a[1] at main.tf:");
    assert!(escalation.contains(&a.to_string()), "{escalation:?}");
    assert!(escalation.iter().any(|s| s.starts_with(b)), "{escalation:?}");
    let paths = says("kubernetes-no-host-path", &files);
    assert!(matches!(&paths[..], [one] if one.starts_with("cannot tell kubernetes_pod_v1.a at")), "{paths:?}");
}

#[test]
fn instances_and_modules_keep_the_addresses_of_terraform() {
    let module = r#"
variable "image" {}
resource "kubernetes_pod" "web" {
  for_each = toset(["a", "b"])
  metadata {
    name = each.key
  }
  spec {
    container {
      image = var.image
    }
  }
}
"#;
    let main = "module \"app\" {\n  source = \"./app\"\n  image = \"example/web\"\n}\n";
    let files = [("main.tf", main), ("app/main.tf", module)];
    let addresses: Vec<String> =
        project(&files).entities.iter().filter(|e| e.kind == "Pod").map(|e| e.address.to_string()).collect();
    assert_eq!(addresses, ["module.app.kubernetes_pod.web[\"a\"]", "module.app.kubernetes_pod.web[\"b\"]"]);
    let found = says("kubernetes-image-pinned", &files);
    assert!(
        matches!(&found[..], [one] if one.ends_with("at main.tf:3") || one.ends_with("at app/main.tf:10")),
        "{found:?}"
    );
}

#[test]
fn manifests_in_terraform_are_objects() {
    let tf = r#"
resource "kubernetes_manifest" "pod" {
  manifest = {
    apiVersion = "v1"
    kind       = "Pod"
    metadata   = { name = "pod" }
    spec = {
      hostPID    = true
      containers = [{ name = "a", image = "a:1" }]
    }
  }
}

resource "kubectl_manifest" "text" {
  yaml_body = <<-YAML
    apiVersion: v1
    kind: Pod
    metadata:
      name: text
    spec:
      hostPID: yes
      containers: []
  YAML
}

resource "kubectl_manifest" "encoded" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Pod"
    spec = {
      hostPID = (true)
    }
  })
}

resource "kubernetes_manifest" "read" {
  manifest = yamldecode(file("${path.module}/pod.txt"))
}

resource "kubernetes_manifest" "scanned" {
  manifest = yamldecode(file("${path.module}/pod.yaml"))
}

resource "kubectl_manifest" "scanned" {
  yaml_body = file("${path.module}/pod.yaml")
}

resource "kubernetes_manifest" "unknown" {
  manifest = var.manifest
}

variable "manifest" {}
"#;
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: file}\nspec:\n  hostPID: true\n";
    let found = says("kubernetes-no-host-namespaces", &[("main.tf", tf), ("pod.txt", pod), ("pod.yaml", pod)]);
    let line = |part: &str| line_of(tf, part);
    assert_eq!(
        found,
        [
            "fails Pod/file at pod.yaml:5".to_string(),
            format!("fails kubectl_manifest.encoded at main.tf:{}", line("(true)")),
            format!("fails kubectl_manifest.text at main.tf:{}", line("hostPID: yes")),
            format!("fails kubernetes_manifest.pod at main.tf:{}", line("hostPID    = true")),
            format!("fails kubernetes_manifest.read at main.tf:{}", line("pod.txt")),
        ]
    );
}

#[test]
fn the_json_of_terraform_says_the_same() {
    let tf = r#"{"resource": {"kubernetes_pod": {"a": {
      "metadata": {"name": "a", "labels": {"my_label": "x"}},
      "spec": {"host_pid": true, "container": [{"name": "c", "image": "c:1", "security_context": {"privileged": true}}]}
    }}}}"#;
    let files = [("main.tf.json", tf)];
    assert_eq!(says("kubernetes-no-privileged-containers", &files).len(), 1);
    assert_eq!(says("kubernetes-no-host-namespaces", &files), ["fails kubernetes_pod.a at main.tf.json:3"]);
    let project = project(&files);
    let pod = project.entities.iter().find(|e| e.kind == "Pod").unwrap();
    assert_eq!(at(&pod.body, "metadata.labels.my_label").as_str(), Some("x"));
}

#[test]
fn a_plan_says_the_same() {
    let values = serde_json::json!({
        "metadata": [{"name": "a", "namespace": "default", "labels": {"app_name": "a"}, "annotations": null}],
        "spec": [{
            "host_pid": true,
            "security_context": [],
            "volume": [{"name": "v", "host_path": [{"path": "/", "type": null}], "empty_dir": []}],
            "container": [{
                "name": "c", "image": "c:1", "env": [],
                "security_context": [{"privileged": true, "run_as_user": "0", "capabilities": []}],
            }],
        }],
    });
    let plan = serde_json::json!({
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": [{
            "address": "kubernetes_pod.a", "mode": "managed", "type": "kubernetes_pod", "name": "a", "values": values,
        }]}},
        "resource_changes": [{
            "address": "kubernetes_pod.a", "mode": "managed", "type": "kubernetes_pod", "name": "a",
            "change": {"actions": ["create"], "before": null, "after": values, "after_unknown": {}},
        }],
        "configuration": {"root_module": {}},
    });
    let read = plan::Plan {
        path: "plan.json".into(),
        text: serde_json::to_string_pretty(&plan).unwrap().into(),
        source: None,
        source_is_named: false,
    };
    let project = || plan::project(&tree(&[]), &read, &lower::Options::default());
    for (rule, address) in [
        ("kubernetes-no-privileged-containers", "kubernetes_pod.a[0]"),
        ("kubernetes-no-host-namespaces", "kubernetes_pod.a"),
        ("kubernetes-no-sensitive-host-path", "kubernetes_pod.a"),
        ("kubernetes-run-as-non-root", "kubernetes_pod.a[0]"),
    ] {
        let found = judged(rule, project(), &CATALOG);
        assert!(found.iter().any(|f| f.starts_with(&format!("fails {address} at plan.json:"))), "{rule}: {found:?}");
    }
    let project = project();
    let pod = project.entities.iter().find(|e| e.kind == "Pod").unwrap();
    assert_eq!(at(&pod.body, "metadata.labels.app_name").as_str(), Some("a"));
    assert!(pod.body.as_object().unwrap().get("spec").unwrap().as_object().unwrap().get("securityContext").is_none());
}

/// The value under a path of names and positions.
fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(value, |value, step| match (value.as_object(), value.as_list()) {
        (Some(object), _) => object.get(step).unwrap_or_else(|| panic!("no {step} in {:?}", object.fields.keys())),
        (_, Some(list)) => &list.items[step.parse::<usize>().unwrap()],
        _ => panic!("{step} of {value:?}"),
    })
}

#[test]
fn resources_of_terraform_have_the_shape_of_the_api() {
    let tf = r#"
resource "kubernetes_persistent_volume" "a" {
  metadata {
    name = "a"
  }
  spec {
    capacity = { storage = "1Gi" }
    persistent_volume_source {
      csi {
        driver            = "ebs.csi.aws.com"
        volume_handle     = "vol-1"
        volume_attributes = { some_key = "x" }
      }
    }
    node_affinity {
      required {
        node_selector_term {
          match_expressions {
            key      = "zone"
            operator = "In"
            values   = ["a"]
          }
        }
      }
    }
  }
}

resource "kubernetes_network_policy" "a" {
  metadata {
    name = "a"
  }
  spec {
    pod_selector {}
    ingress {
      from {
        ip_block {
          cidr = "10.0.0.0/8"
        }
      }
      ports {
        port = "443"
      }
    }
    policy_types = ["Ingress"]
  }
}

resource "kubernetes_service" "a" {
  metadata {
    name = "a"
  }
  spec {
    selector   = { app_name = "a" }
    cluster_ip = "None"
    port {
      port        = 80
      target_port = 8080
    }
  }
}

resource "kubernetes_ingress_v1" "a" {
  metadata {
    name = "a"
  }
  spec {
    rule {
      http {
        path {
          path = "/"
          backend {
            service {
              name = "a"
              port {
                number = 80
              }
            }
          }
        }
      }
    }
  }
}

resource "kubernetes_storage_class" "a" {
  metadata {
    name = "a"
  }
  storage_provisioner = "ebs.csi.aws.com"
  parameters          = { encrypted = "true" }
}

resource "kubernetes_service_account" "a" {
  metadata {
    name = "a"
  }
  secret {
    name = "s"
  }
  automount_service_account_token = false
}

resource "kubernetes_pod" "a" {
  metadata {
    generate_name = "a-"
  }
  spec {
    service_account_name = kubernetes_service_account.a.metadata[0].name
    container {
      name = "a"
      port {
        container_port = 80
        host_ip        = "0.0.0.0"
      }
      liveness_probe {
        http_get {
          path = "/"
          http_header {
            name  = "X"
            value = "y"
          }
        }
      }
      resources {
        limits = { "nvidia.com/gpu_type" = "1" }
      }
    }
    affinity {
      pod_anti_affinity {
        required_during_scheduling_ignored_during_execution {
          topology_key = "zone"
        }
      }
      node_affinity {
        required_during_scheduling_ignored_during_execution {
          node_selector_term {}
        }
      }
    }
    volume {
      name = "s"
      secret {
        secret_name = "s"
        items {
          key = "k"
        }
      }
    }
    volume {
      name = "e"
      ephemeral {
        volume_claim_template {
          spec {}
        }
      }
    }
  }
}
"#;
    let project = project(&[("main.tf", tf)]);
    let text = |kind: &str, path: &str| {
        let entity = project.entities.iter().find(|e| e.kind == kind).unwrap_or_else(|| panic!("no {kind}"));
        let value = at(&entity.body, path);
        match (value.as_str(), value.as_number(), value.as_bool()) {
            (Some(text), ..) => text.to_string(),
            (_, Some(number), _) => number.to_string(),
            (.., Some(truth)) => truth.to_string(),
            _ => value.kind_name().to_string(),
        }
    };
    for (kind, path, expected) in [
        ("PersistentVolume", "apiVersion", "v1"),
        ("PersistentVolume", "kind", "PersistentVolume"),
        ("PersistentVolume", "spec.csi.volumeHandle", "vol-1"),
        ("PersistentVolume", "spec.csi.volumeAttributes.some_key", "x"),
        ("PersistentVolume", "spec.nodeAffinity.required.nodeSelectorTerms.0.matchExpressions.0.operator", "In"),
        ("NetworkPolicy", "apiVersion", "networking.k8s.io/v1"),
        ("NetworkPolicy", "metadata.namespace", "default"),
        ("NetworkPolicy", "spec.podSelector", "block"),
        ("NetworkPolicy", "spec.ingress.0.from.0.ipBlock.cidr", "10.0.0.0/8"),
        ("NetworkPolicy", "spec.ingress.0.ports.0.port", "443"),
        ("NetworkPolicy", "spec.policyTypes.0", "Ingress"),
        ("Service", "spec.selector.app_name", "a"),
        ("Service", "spec.clusterIP", "None"),
        ("Service", "spec.ports.0.targetPort", "8080"),
        ("Ingress", "spec.rules.0.http.paths.0.backend.service.port.number", "80"),
        ("Ingress", "spec.rules.0.http.paths.0.path", "/"),
        ("StorageClass", "provisioner", "ebs.csi.aws.com"),
        ("StorageClass", "parameters.encrypted", "true"),
        ("ServiceAccount", "secrets.0.name", "s"),
        ("ServiceAccount", "automountServiceAccountToken", "false"),
        ("Pod", "metadata.generateName", "a-"),
        ("Pod", "spec.serviceAccountName", "a"),
        ("Pod", "spec.automountServiceAccountToken", "true"),
        ("Pod", "spec.containers.0.ports.0.hostIP", "0.0.0.0"),
        ("Pod", "spec.containers.0.livenessProbe.httpGet.httpHeaders.0.value", "y"),
        ("Pod", "spec.containers.0.resources.limits.nvidia.com/gpu_type", "1"),
        ("Pod", "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.0.topologyKey", "zone"),
        (
            "Pod",
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.0",
            "block",
        ),
        ("Pod", "spec.volumes.0.secret.items.0.key", "k"),
        ("Pod", "spec.volumes.1.ephemeral.volumeClaimTemplate.spec", "block"),
    ] {
        if path.contains("nvidia.com") {
            let pod = project.entities.iter().find(|e| e.kind == kind).unwrap();
            let limits = at(&pod.body, "spec.containers.0.resources.limits").as_object().unwrap();
            assert_eq!(limits.get("nvidia.com/gpu_type").and_then(Value::as_str), Some(expected));
            continue;
        }
        assert_eq!(text(kind, path), expected, "{kind} {path}");
    }
    let kinds: Vec<&str> = project.entities.iter().map(|e| e.kind.as_str()).collect();
    assert!(kinds.contains(&"kubernetes_pod"), "the resource is an entity too: {kinds:?}");
}

#[test]
fn kinds_of_others_are_not_taken_for_those_of_kubernetes() {
    let manifest = |version: &str, kind: &str| {
        format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n  rules: []\n")
    };
    let ingress = |version: &str| says("kubernetes-ingress-tls", &[("a.yaml", &manifest(version, "Ingress"))]);
    assert_eq!(ingress("networking.k8s.io/v1"), ["fails Ingress/a at a.yaml:4"]);
    assert_eq!(ingress("extensions/v1beta1"), ["fails Ingress/a at a.yaml:4"]);
    assert!(ingress("config.openshift.io/v1").is_empty());
    let secret =
        "apiVersion: example.com/v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: hunter2-but-longer}\n";
    assert!(says("kubernetes-secret-not-in-manifest", &[("a.yaml", secret)]).is_empty());
}

#[test]
fn pods_of_other_workloads_are_pods() {
    for (version, kind, qualified) in [
        ("argoproj.io/v1alpha1", "Rollout", "Rollout.argoproj.io"),
        ("apps.openshift.io/v1", "DeploymentConfig", "DeploymentConfig.apps.openshift.io"),
        ("v1", "DeploymentConfig", "DeploymentConfig"),
        ("serving.knative.dev/v1", "Service", "Service.serving.knative.dev"),
        ("apps/v1", "ReplicaSet", "ReplicaSet"),
        ("v1", "ReplicationController", "ReplicationController"),
    ] {
        let text = format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n  template:\n    spec:\n      containers: [{{name: c, image: c}}]\n"
        );
        let found = says("kubernetes-image-pinned", &[("a.yaml", &text)]);
        assert_eq!(found, [format!("fails {qualified}/a[0] at a.yaml:7")]);
    }
    let template = "apiVersion: v1\nkind: PodTemplate\nmetadata: {name: a}\ntemplate:\n  spec:\n    containers: [{name: c, image: c}]\n";
    assert_eq!(says("kubernetes-image-pinned", &[("a.yaml", template)]), ["fails PodTemplate/a[0] at a.yaml:6"]);
    let borrowed = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a}\nspec:\n  workloadRef: {kind: Deployment, name: web}\n";
    assert!(says("kubernetes-image-pinned", &[("a.yaml", borrowed)]).is_empty());
}

#[test]
fn a_text_that_the_server_refuses_decides_nothing() {
    let pod = |value: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - name: c\n    securityContext:\n      privileged: {value}\n"
        );
        says("kubernetes-no-privileged-containers", &[("a.yaml", &text)])
    };
    assert_eq!(pod("true"), ["fails Pod/a[0] at a.yaml:8"]);
    assert_eq!(pod("yes"), ["fails Pod/a[0] at a.yaml:8"]);
    assert_eq!(pod("on"), ["fails Pod/a[0] at a.yaml:8"]);
    assert!(pod("no").is_empty());
    assert_eq!(pod("\"true\""), ["cannot tell Pod/a[0] at a.yaml:8"]);
    assert_eq!(pod("'no'"), ["cannot tell Pod/a[0] at a.yaml:8"]);
    assert_eq!(pod("${PRIVILEGED}"), ["cannot tell Pod/a[0] at a.yaml:8"]);
}

#[test]
fn of_a_key_that_stands_twice_the_last_counts_and_a_warning_says_so() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostPID: true\n  hostPID: false\n";
    let options =
        Options { only: Some(HashSet::from(["kubernetes-no-host-namespaces".to_string()])), ..Options::default() };
    let (_, report) = check::check(project(&[("a.yaml", text)]), &CATALOG, &options);
    assert!(report.findings.is_empty());
    assert!(report.diagnostics.iter().any(|d| d.message.contains("hostPID")), "{:?}", report.diagnostics);
}

const POLICY_RULE: &str = r#"
rule "policies-pod-has-network-policy" {
  title    = "Pods have a network policy"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC6.6" = "A pod without a policy takes traffic from everything in the cluster."
  }

  rationale   = "Without a policy that selects a pod, all traffic to it is allowed."
  remediation = "Write a NetworkPolicy that selects the pod."
  references  = ["https://kubernetes.io/docs/concepts/services-networking/network-policies/"]

  match "kubernetes.workload" {}

  link "policies" {
    to    = "kubernetes.network_policy"
    where = (other.cluster || same_namespace(self, other)) && selects(other.selector, self.labels)
  }

  assert {
    condition     = anytrue([for policy in link.policies : policy.ingress])
    error_message = "${self.address} takes traffic from everywhere"
  }
}
"#;

fn policies(files: &[(&str, &str)]) -> Vec<String> {
    let mut catalog = Catalog::builtin();
    catalog.load(&[("policies/pod-has-network-policy.hcl", POLICY_RULE)], Part::Check);
    assert!(catalog.diagnostics.is_empty(), "{:?}", catalog.diagnostics);
    let found = judged("policies-pod-has-network-policy", project(files), &catalog);
    found.into_iter().map(|line| line.split(" at ").next().unwrap().to_string()).collect()
}

#[test]
fn a_rule_links_a_policy_to_the_pods_that_it_selects() {
    let deployment = |namespace: &str, labels: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web{namespace}}}\nspec:\n  template:\n    metadata: {{labels: {{{labels}}}}}\n    spec: {{containers: []}}\n"
        )
    };
    let policy = |namespace: &str, spec: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p{namespace}}}\nspec: {spec}\n"
        )
    };
    let both = |a: &str, b: &str| policies(&[("k8s/web.yaml", a), ("k8s/policy.yaml", b)]);
    let shop = ", namespace: shop";
    let web = deployment(shop, "app: web");
    let open = ["fails shop/Deployment/web".to_string()];
    assert_eq!(both(&web, ""), open);
    assert!(both(&web, &policy(shop, "{podSelector: {}}")).is_empty());
    assert!(both(&web, &policy(shop, "{podSelector: {matchLabels: {app: web}}}")).is_empty());
    assert!(both(&web, &policy(shop, "{}")).is_empty());
    assert_eq!(both(&web, &policy(shop, "{podSelector: {matchLabels: {app: api}}}")), open);
    assert_eq!(both(&web, &policy(", namespace: other", "{podSelector: {}}")), open);
    assert_eq!(both(&web, &policy(shop, "{podSelector: {}, policyTypes: [Egress], egress: []}")), open);
    assert_eq!(both(&web, &policy("", "{podSelector: {}}")), ["cannot tell shop/Deployment/web"]);
    assert!(both(&deployment("", "app: web"), &policy("", "{podSelector: {}}")).is_empty());
    let cilium = "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: p}\nspec: {endpointSelector: {}, ingress: [{}]}\n";
    assert!(both(&web, cilium).is_empty());
    let several = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: shop}\nspecs:\n- {endpointSelector: {matchLabels: {app: api}}, ingress: []}\n- {endpointSelector: {matchLabels: {app: web}}, ingress: []}\n";
    assert!(both(&web, several).is_empty());
    let calico = |selector: &str| {
        format!(
            "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {{name: p}}\nspec: {{selector: \"{selector}\"}}\n"
        )
    };
    assert!(both(&web, &calico("all()")).is_empty());
    assert_eq!(both(&web, &calico("app == 'web'")), ["cannot tell shop/Deployment/web"]);
}

#[test]
fn policies_and_pods_of_terraform_are_linked_too() {
    let tf = r#"
resource "kubernetes_deployment" "web" {
  metadata {
    name = "web"
  }
  spec {
    template {
      metadata {
        labels = { app = "web" }
      }
      spec {
        container {
          name = "web"
        }
      }
    }
  }
}

resource "kubernetes_network_policy" "deny" {
  metadata {
    name = "deny"
    NAMESPACE
  }
  spec {
    pod_selector {
      match_labels = { app = "web" }
    }
    policy_types = ["Ingress"]
  }
}
"#;
    let with = |namespace: &str| {
        policies(&[("main.tf", &tf.replace("NAMESPACE", namespace)), ("variables.tf", "variable \"namespace\" {}\n")])
    };
    assert!(with("").is_empty());
    assert!(with("namespace = \"default\"").is_empty());
    assert_eq!(with("namespace = \"shop\""), ["fails kubernetes_deployment.web"]);
    assert_eq!(with("namespace = var.namespace"), ["cannot tell kubernetes_deployment.web"]);
}

#[test]
fn the_environment_of_an_object_is_told_by_its_place_its_labels_and_its_namespace() {
    let tf = r#"
resource "kubernetes_config_map" "a" {
  metadata {
    name      = "a"
    namespace = "shop-prod"
  }
}
"#;
    let told = |path: &str| {
        let project = project(&[(path, tf)]);
        let found = project.entities.iter().find(|e| e.kind == "ConfigMap").unwrap();
        found.environment.as_ref().map(|e| (e.name.to_string(), e.sign.to_string()))
    };
    assert_eq!(told("main.tf"), Some(("production".into(), "namespace \"shop-prod\"".into())));
    assert_eq!(told("envs/staging/main.tf").unwrap().0, "staging");
}
