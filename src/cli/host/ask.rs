//! Questions to an API over HTTP, and what became of them.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::{
    Agent,
    config::RedirectAuthHeaders,
    http::Response,
    tls::{RootCerts, TlsConfig},
};

use crate::cli::exit::Failure;

/// No answer in this time is none.
const PATIENCE: Duration = Duration::from_secs(30);

/// No control has more pages than this.
const MOST_PAGES: usize = 50;

/// A longer answer is none of those that are asked for.
const LONGEST: u64 = 20 * 1024 * 1024;

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// The host told.
    Answered,
    /// The token may not read it.
    NotPermitted,
    /// There is no such thing.
    NotFound,
    /// The plan of the owner has no such control for this repository.
    NotAvailableOnPlan,
    /// The host could not be reached, or its answer could not be read.
    Failed,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::NotPermitted => "not_permitted",
            Self::NotFound => "not_found",
            Self::NotAvailableOnPlan => "not_available_on_plan",
            Self::Failed => "failed",
        }
    }
}

/// A question, and what became of it.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// What was asked: `GET /repos/acme/app`.
    pub(super) endpoint: String,
    pub(super) status: Status,
    /// The number of the answer; none if there was no answer.
    pub(super) http_status: Option<u16>,
    /// The host's words if it did not tell.
    pub(super) message: Option<String>,
    /// What it told.
    pub(super) facts: Value,
}

impl Answer {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "endpoint": self.endpoint,
            "status": self.status.as_str(),
            "http_status": self.http_status,
            "message": self.message,
            "facts": self.facts,
        })
    }
}

/// Asks one API.
pub(super) struct Client {
    agent: Agent,
    base: String,
    token: Option<String>,
}

impl Client {
    /// For the API at this address. A token is not sent where others could read it.
    pub(super) fn new(base: &str, token: Option<&str>) -> Result<Self, Failure> {
        let base = base.trim_end_matches('/').to_string();
        if !base.starts_with("https://") && !is_local(&base) {
            return Err(Failure::usage(format!("`{base}` is not an address that begins with https://"))
                .help("A token must not be sent over a connection that others can read."));
        }
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .max_redirects(3)
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            .user_agent(concat!("trustlint/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build()
            .into();
        Ok(Self { agent, base, token: token.map(|t| t.trim().to_string()) })
    }

    /// Asks for one thing.
    pub(super) fn get(&self, path: &str) -> Answer {
        self.page(&format!("{}{path}", self.base), path).0
    }

    /// Asks for a list of things, all pages of it. `of_page` takes the things from a page.
    pub(super) fn all(&self, path: &str, of_page: impl Fn(Value) -> Option<Vec<Value>>) -> Answer {
        let unreadable = "the answer has another shape than the API's documentation says";
        let mut things = Vec::new();
        let mut url = format!("{}{path}", self.base);
        for _ in 0..MOST_PAGES {
            let (mut answer, next) = self.page(&url, path);
            if answer.status != Status::Answered {
                return answer;
            }
            let Some(more) = of_page(answer.facts.take()) else {
                return Answer { status: Status::Failed, message: Some(unreadable.into()), ..answer };
            };
            things.extend(more);
            let Some(next) = next else { return Answer { facts: Value::Array(things), ..answer } };
            url = next;
        }
        let message = Some(format!("there are more than {MOST_PAGES} pages"));
        Answer { endpoint: endpoint(path), status: Status::Failed, http_status: None, message, facts: Value::Null }
    }

    /// One page, and the address of the next.
    fn page(&self, url: &str, path: &str) -> (Answer, Option<String>) {
        let mut request = self.agent.get(url).header("accept", "application/vnd.github+json");
        request = request.header("x-github-api-version", "2022-11-28");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let failed = |http_status, message: String| Answer {
            endpoint: endpoint(path),
            status: Status::Failed,
            http_status,
            message: Some(message),
            facts: Value::Null,
        };
        let mut response = match request.call() {
            Ok(response) => response,
            Err(why) => return (failed(None, why.to_string()), None),
        };
        let number = response.status().as_u16();
        let next = next_page(&response).filter(|next| next.starts_with(&format!("{}/", self.base)));
        let text = match response.body_mut().with_config().limit(LONGEST).read_to_string() {
            Ok(text) => text,
            Err(why) => return (failed(Some(number), why.to_string()), None),
        };
        let read: Option<Value> = serde_json::from_str(&text).ok();
        if number == 200 {
            let Some(facts) = read else { return (failed(Some(number), "the answer is not JSON".into()), None) };
            let answer = Answer {
                endpoint: endpoint(path),
                status: Status::Answered,
                http_status: Some(number),
                message: None,
                facts,
            };
            return (answer, next);
        }
        let message = read.as_ref().and_then(|r| r.get("message")).and_then(Value::as_str).map(str::to_string);
        let status = refusal(number, message.as_deref().unwrap_or_default());
        (Answer { status, message, ..failed(Some(number), String::new()) }, None)
    }
}

/// What a refusal means.
fn refusal(number: u16, message: &str) -> Status {
    match number {
        // "Upgrade to GitHub Pro or make this repository public to enable this feature."
        403 if message.contains("Upgrade to") => Status::NotAvailableOnPlan,
        403 | 429 if message.contains("rate limit") => Status::Failed,
        401 | 403 => Status::NotPermitted,
        404 => Status::NotFound,
        _ => Status::Failed,
    }
}

fn endpoint(path: &str) -> String {
    format!("GET {}", path.split('?').next().unwrap_or(path))
}

/// The address of the next page, from the header `Link: <...>; rel="next"`.
fn next_page<T>(response: &Response<T>) -> Option<String> {
    let links = response.headers().get("link")?.to_str().ok()?;
    let next = links.split(',').find(|link| link.contains("rel=\"next\""))?;
    Some(next.split_once('<')?.1.split_once('>')?.0.to_string())
}

/// The machine itself, for tests and proxies on it.
fn is_local(base: &str) -> bool {
    let Some(authority) = base.strip_prefix("http://").and_then(|rest| rest.split('/').next()) else { return false };
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_over_https_only() {
        for (base, allowed) in [
            ("https://api.github.com", true),
            ("http://127.0.0.1:8080", true),
            ("http://localhost/api", true),
            ("http://github.example", false),
            ("http://localhost@github.example", false),
            ("http://127.0.0.1.example", false),
            ("ftp://localhost", false),
            ("api.github.com", false),
        ] {
            assert_eq!(Client::new(base, None).is_ok(), allowed, "{base}");
        }
    }

    #[test]
    fn a_refusal_is_told_by_number_and_words() {
        let plan = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
        assert_eq!(refusal(403, plan), Status::NotAvailableOnPlan);
        assert_eq!(refusal(403, "Resource not accessible by integration"), Status::NotPermitted);
        assert_eq!(refusal(403, "API rate limit exceeded for 1.2.3.4"), Status::Failed);
        assert_eq!(refusal(401, "Bad credentials"), Status::NotPermitted);
        assert_eq!(refusal(404, "Not Found"), Status::NotFound);
        assert_eq!(refusal(500, ""), Status::Failed);
    }
}
