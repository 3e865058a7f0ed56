//! Which commands look for vulnerabilities, and in what. Data first: add a line when a tool is missing.

use std::sync::LazyLock;

use super::words::{Begins, Index, begins};

/// What scanners look at: `dependencies` of software, container `images`, the `configuration` of infrastructure,
/// program `code`, `secrets` in the repository, the running `web` application.
pub(super) const KINDS: [&str; 6] = ["dependencies", "images", "configuration", "code", "secrets", "web"];

/// The first words of commands that scan, and what they look at.
const SCANS: &[(&str, &str)] = &[
    ("trivy image|i", "images"),
    ("trivy fs|filesystem|repo|repository|rootfs|sbom", "dependencies"),
    ("trivy config|conf", "configuration"),
    ("trivy k8s|kubernetes", "images configuration"),
    ("grype", "images dependencies"),
    ("docker scout cves|quickview|compare", "images"),
    ("docker scan", "images"),
    ("clair-scanner|clairctl", "images"),
    ("anchorectl image", "images"),
    ("snyk test|monitor", "dependencies"),
    ("snyk container test|monitor", "images"),
    ("snyk iac test", "configuration"),
    ("snyk code test", "code"),
    ("osv-scanner", "dependencies"),
    ("npm|pnpm audit", "dependencies"),
    ("yarn audit", "dependencies"),
    ("yarn npm audit", "dependencies"),
    ("bun audit", "dependencies"),
    ("audit-ci|better-npm-audit", "dependencies"),
    ("pip-audit|safety|jake", "dependencies"),
    ("uv audit", "dependencies"),
    ("cargo audit|deny", "dependencies"),
    ("cargo-audit|cargo-deny", "dependencies"),
    ("govulncheck", "dependencies"),
    ("nancy sleuth", "dependencies"),
    ("bundle-audit|bundler-audit", "dependencies"),
    ("bundle audit", "dependencies"),
    ("composer audit", "dependencies"),
    ("dotnet list package", "dependencies"),
    ("mix deps.audit|hex.audit", "dependencies"),
    ("dependency-check|dependency-check.sh", "dependencies"),
    ("trustlint check", "configuration"),
    ("checkov", "configuration"),
    ("kics scan", "configuration"),
    ("tfsec|terrascan|regula", "configuration"),
    ("kubescape scan", "configuration"),
    ("kube-linter lint", "configuration"),
    ("kube-score score", "configuration"),
    ("kubesec scan", "configuration"),
    ("polaris audit", "configuration"),
    ("conftest test|verify", "configuration"),
    ("kyverno apply|test", "configuration"),
    ("tflint", "configuration"),
    ("cfn-lint|cfn_nag_scan|cfn-nag", "configuration"),
    ("hadolint", "configuration"),
    ("zizmor|poutine", "configuration"),
    ("semgrep|opengrep", "code"),
    ("codeql database analyze", "code"),
    ("bandit|gosec|brakeman|njsscan|spotbugs", "code"),
    ("sonar-scanner|sonar", "code"),
    ("gitleaks|ggshield|trufflehog|detect-secrets|detect-secrets-hook|whispers|noseyparker", "secrets"),
    ("trivy secret", "secrets"),
    ("nuclei|zap.sh|zap-baseline.py|zap-full-scan.py|zap-api-scan.py|nikto|wapiti|dastardly", "web"),
];

/// Flags with which a scanner only says what it is.
const IDLE: [&str; 4] = ["--version", "-V", "--help", "-h"];

static INDEX: LazyLock<Index> = LazyLock::new(|| Index::new(SCANS.iter().map(|(pattern, _)| *pattern)));

/// Whether a command scans one of these kinds of things; any if there are none.
pub(super) fn scans(words: &[String], kinds: &[&str]) -> Begins {
    let inner = in_container(words);
    let words = inner.as_deref().unwrap_or(words);
    let mut answer = Begins::No;
    for (pattern, of) in INDEX.of(words).map(|at| SCANS[at]) {
        if !kinds.is_empty() && !of.split(' ').any(|kind| kinds.contains(&kind)) {
            continue;
        }
        match begins(words, pattern) {
            Begins::No => {}
            _ if words.iter().any(|w| IDLE.contains(&w.as_str())) => return Begins::No,
            Begins::Yes => return Begins::Yes,
            Begins::Perhaps => answer = Begins::Perhaps,
        }
    }
    answer
}

/// The command that `docker run image arguments` runs, if the image is called like a program: `aquasec/trivy:0.60`.
fn in_container(words: &[String]) -> Option<Vec<String>> {
    let program = words.first()?.rsplit('/').next()?;
    if !matches!(program, "docker" | "podman" | "nerdctl") || words.get(1).map(String::as_str) != Some("run") {
        return None;
    }
    let image = words.iter().enumerate().skip(2).find(|(_, word)| {
        let name = image_name(word);
        !word.starts_with('-') && SCANS.iter().any(|(p, _)| first(p).any(|w| w == name))
    });
    let (at, word) = image?;
    let mut command = vec![image_name(word).to_string()];
    // The image may be told its own name again.
    let rest = &words[at + 1..];
    command.extend(rest.iter().skip(usize::from(rest.first() == command.first())).cloned());
    Some(command)
}

fn first(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split(' ').next().unwrap_or_default().split('|')
}

/// `trivy` of `docker.io/aquasec/trivy:0.60@sha256:...`.
fn image_name(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split([':', '@']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(command: &str, kinds: &[&str]) -> Begins {
        scans(&command.split(' ').map(String::from).collect::<Vec<_>>(), kinds)
    }

    #[test]
    fn scanners_scan_what_they_look_at() {
        for (command, kind) in [
            ("trivy image --exit-code 1 app:1", "images"),
            ("docker run --rm -v x:/x aquasec/trivy:0.60 image app", "images"),
            ("docker run --rm ghcr.io/aquasecurity/trivy trivy image app", "images"),
            ("npm audit --audit-level=high", "dependencies"),
            ("checkov -d .", "configuration"),
            ("trustlint check", "configuration"),
            ("gitleaks detect", "secrets"),
        ] {
            assert_eq!(of(command, &[kind]), Begins::Yes, "{command}");
            assert_eq!(of(command, &[]), Begins::Yes, "{command}");
            assert_eq!(of(command, &["web"]), Begins::No, "{command}");
        }
    }

    #[test]
    fn what_does_not_look_is_no_scan() {
        for command in ["trivy --version", "docker run --rm app:1", "npm install", "docker build .", "trivy"] {
            assert_eq!(of(command, &[]), Begins::No, "{command}");
        }
    }

    #[test]
    fn every_kind_is_one_that_rules_can_ask_for() {
        for (pattern, kinds) in SCANS {
            assert!(kinds.split(' ').all(|kind| KINDS.contains(&kind)), "{pattern}: {kinds}");
        }
    }
}
