//! Like rules have like severities: the groups of `docs/severity.md`.

use trustlint::rule::Catalog;

/// What is asked of several clouds or systems, with the rules that ask it.
const GROUPS: [(&str, &str, &[&str]); 16] = [
    (
        "TLS 1.2 at least, and nothing in the clear",
        "high",
        &[
            "aws-api-gateway-min-tls",
            "aws-cloudfront-min-tls",
            "aws-cloudfront-viewer-https",
            "aws-lb-listener-https",
            "aws-lb-listener-min-tls",
            "azure-app-https-only",
            "azure-app-min-tls",
            "azure-servicebus-min-tls",
            "azure-sql-min-tls",
            "azure-storage-https-only",
            "azure-storage-min-tls",
            "google-compute-ssl-policy-min-tls",
            "kubernetes-gateway-tls",
            "kubernetes-ingress-min-tls",
            "kubernetes-ingress-tls",
        ],
    ),
    ("databases require TLS", "high", &["aws-rds-require-tls", "azure-database-require-tls", "google-sql-require-tls"]),
    (
        "administration closed to the internet",
        "critical",
        &[
            "aws-security-group-no-public-admin-ports",
            "azure-nsg-no-public-admin-ports",
            "google-compute-firewall-no-public-admin-ports",
        ],
    ),
    (
        "not every port open to the internet",
        "critical",
        &["aws-security-group-no-public-all-ports", "google-compute-firewall-no-public-all-ports"],
    ),
    (
        "databases closed to the internet",
        "critical",
        &["aws-security-group-no-public-database-ports", "azure-sql-firewall-not-open", "google-sql-not-open"],
    ),
    (
        "storage that everybody reads",
        "critical",
        &["aws-s3-bucket-not-public", "azure-storage-container-private", "google-storage-bucket-not-public"],
    ),
    (
        "storage that cannot be opened by mistake",
        "high",
        &[
            "aws-s3-public-access-blocked",
            "aws-s3-public-access-block-complete",
            "azure-storage-no-public-blobs",
            "google-storage-public-access-prevention",
        ],
    ),
    (
        "the control plane of a cluster",
        "high",
        &["aws-eks-endpoint-restricted", "azure-aks-api-server-restricted", "google-gke-control-plane-restricted"],
    ),
    (
        "who may take on a role from a pipeline",
        "critical",
        &["aws-iam-oidc-github-subject", "azure-federated-credential-narrow", "google-workload-identity-condition"],
    ),
    (
        "rights over everything",
        "high",
        &["aws-iam-policy-no-administrator", "azure-role-assignment-not-owner", "google-iam-no-basic-role"],
    ),
    (
        "keys that never end",
        "high",
        &["aws-iam-no-access-keys", "github-no-static-cloud-keys", "google-no-service-account-key"],
    ),
    (
        "logs for 90 days",
        "high",
        &[
            "aws-cloudwatch-log-retention-90-days",
            "azure-log-analytics-retention",
            "azure-sql-auditing-retention",
            "google-logging-bucket-retention",
            "logging-retention-90-days",
        ],
    ),
    ("logs for a year", "medium", &["aws-cloudwatch-log-retention-one-year", "logging-retention-one-year"]),
    (
        "keys are rotated",
        "medium",
        &["aws-kms-key-rotation", "azure-key-vault-key-rotation", "google-kms-key-rotation"],
    ),
    ("networks write down their traffic", "medium", &["aws-vpc-flow-logs", "google-compute-subnet-flow-logs"]),
    (
        "a change is reviewed before it is merged",
        "high",
        &["github-branch-required-reviews", "github-branch-protected", "gitlab-project-approval-required"],
    ),
];

#[test]
fn rules_that_ask_the_same_have_the_same_severity() {
    let catalog = Catalog::builtin_whole();
    let mut faults = Vec::new();
    for (group, severity, rules) in GROUPS {
        for id in rules {
            match catalog.rules.iter().find(|r| r.id == *id) {
                None => faults.push(format!("{group}: there is no rule {id}")),
                Some(rule) if rule.severity.to_string() != severity => {
                    faults.push(format!("{group}: {id} is {}, the others are {severity}", rule.severity));
                }
                Some(_) => {}
            }
        }
    }
    assert!(faults.is_empty(), "docs/severity.md says otherwise:\n  {}", faults.join("\n  "));
}
