//! Questions to a host over HTTP, and what became of them.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many pages of one answer are read.
const MAX_PAGES: usize = 20;

/// A host and who asks it.
pub(super) struct Host {
    agent: ureq::Agent,
    url: String,
    /// Where the token comes from, and the token.
    token: Option<(&'static str, String)>,
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer<T> {
    /// It was answered.
    Told(T),
    /// There is no such thing.
    NotFound,
    /// Whoever asks may not know; in the words of the host.
    NotPermitted(String),
    /// The plan of the repository has no such setting; in the words of the host.
    NotOnPlan(String),
    /// There was no answer that can be read; what was there instead.
    Failed(String),
}

/// A question and what became of it, as it is recorded.
#[derive(Debug, Serialize)]
pub(super) struct Control {
    pub(super) endpoint: String,
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) facts: Option<Value>,
}

impl<T> Answer<T> {
    /// The same with what was told made into something else.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Self::Told(told) => Answer::Told(change(told)),
            Self::NotFound => Answer::NotFound,
            Self::NotPermitted(why) => Answer::NotPermitted(why),
            Self::NotOnPlan(why) => Answer::NotOnPlan(why),
            Self::Failed(why) => Answer::Failed(why),
        }
    }
}

impl Answer<Value> {
    /// As it is recorded.
    pub(super) fn control(self, endpoint: &str) -> Control {
        let (status, message, facts) = match self {
            Self::Told(facts) => ("answered", None, Some(facts)),
            Self::NotFound => ("not_found", None, None),
            Self::NotPermitted(why) => ("not_permitted", Some(why), None),
            Self::NotOnPlan(why) => ("not_available_on_plan", Some(why), None),
            Self::Failed(why) => ("failed", Some(why), None),
        };
        Control { endpoint: format!("GET {endpoint}"), status, message, facts }
    }
}

impl Host {
    pub(super) fn new(url: &str, token: Option<(&'static str, String)>) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .user_agent(concat!("trustlint/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.into(), url: url.trim_end_matches('/').to_string(), token }
    }

    /// The name of the variable that the token comes from.
    pub(super) fn token_from(&self) -> Option<&'static str> {
        self.token.as_ref().map(|(name, _)| *name)
    }

    /// One answer.
    pub(super) fn get(&self, endpoint: &str) -> Answer<Value> {
        self.page(&format!("{}{endpoint}", self.url)).map(|(value, _)| value)
    }

    /// A list over all of its pages; `inside` names the field that holds it, if it is not the answer itself.
    pub(super) fn list(&self, endpoint: &str, inside: Option<&str>) -> Answer<Vec<Value>> {
        let mut items = Vec::new();
        let mut next = Some(format!("{}{endpoint}?per_page=100", self.url));
        let mut pages = 0;
        while let Some(url) = next {
            let (value, behind) = match self.page(&url) {
                Answer::Told(told) => told,
                other => return other.map(|_| Vec::new()),
            };
            let list = inside.map_or(Some(&value), |name| value.get(name)).and_then(Value::as_array);
            let Some(list) = list else { return Answer::Failed("the host's answer is not a list".into()) };
            items.extend(list.iter().cloned());
            pages += 1;
            // The token goes nowhere else.
            next = behind.filter(|url| pages < MAX_PAGES && url.starts_with(&self.url));
        }
        Answer::Told(items)
    }

    /// One page, and where the next one is.
    fn page(&self, url: &str) -> Answer<(Value, Option<String>)> {
        let mut request = self
            .agent
            .get(url)
            .header("Accept", "application/vnd.github+json")
            .header("X-GitHub-Api-Version", "2022-11-28");
        if let Some((_, token)) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut response = match request.call() {
            Ok(response) => response,
            Err(why) => return Answer::Failed(format!("the host was not reached: {why}")),
        };
        let next = response.headers().get("link").and_then(|link| next_page(link.to_str().ok()?));
        let status = response.status().as_u16();
        let body = response.body_mut().read_json::<Value>();
        let message = || {
            let told = body.as_ref().ok().and_then(|body| body.get("message")?.as_str().map(String::from));
            told.unwrap_or_else(|| format!("status {status}"))
        };
        match status {
            200..=299 => match body {
                Ok(value) => Answer::Told((value, next)),
                Err(why) => Answer::Failed(format!("the host's answer cannot be read: {why}")),
            },
            // "Upgrade to GitHub Pro or make this repository public to enable this feature."
            403 if message().starts_with("Upgrade to") => Answer::NotOnPlan(message()),
            // Of what exists and may not be seen GitHub says that it does not exist. Only this says that it really does not.
            404 if message() == "Branch not protected" => Answer::NotFound,
            404 => Answer::NotPermitted("not found, or not to be seen with this token".into()),
            401 | 403 => Answer::NotPermitted(message()),
            _ => Answer::Failed(format!("status {status}: {}", message())),
        }
    }
}

/// The address behind `rel="next"` of a `Link` header.
fn next_page(link: &str) -> Option<String> {
    let part = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    Some(part.trim().strip_prefix('<')?.split('>').next()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_named_by_the_link_header() {
        let link = "<https://x.example/a?page=1>; rel=\"prev\", <https://x.example/a?page=3>; rel=\"next\"";
        assert_eq!(next_page(link).as_deref(), Some("https://x.example/a?page=3"));
        assert_eq!(next_page("<https://x.example/a?page=1>; rel=\"prev\""), None);
    }
}
