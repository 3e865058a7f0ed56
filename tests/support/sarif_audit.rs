//! What GitHub code scanning refuses, cuts or shows wrongly, beyond what validators look for.
//!
//! Lines and columns are counted here anew, from the text, so that a mistake in the program does not
//! excuse itself.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use trustlint::report::sarif::line_hash::line_hashes;

/// Everything that is wrong with a SARIF log; empty if nothing is.
///
/// `text_of` gives the text of a file by its path from the root, a byte-order mark included.
pub fn audit(log: &str, text_of: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut audit = Audit { problems: Vec::new(), text_of };
    match serde_json::from_str(log) {
        Ok(value) => audit.log(&value),
        Err(error) => audit.say("the log", format!("is not JSON: {error}")),
    }
    audit.check(!log.contains('\n'), "the log", "is not minified");
    audit.problems
}

/// The text that a location covers: lines without their endings, joined by `\n`.
pub fn region_text(location: &Value, text_of: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let physical = &location["physicalLocation"];
    let path = path_of(&physical["artifactLocation"])?;
    let text = text_of(&path).ok_or_else(|| format!("there is no file {path}"))?;
    slice(&text, &physical["region"])
}

/// The path that an artifact location means.
fn path_of(artifact: &Value) -> Result<String, String> {
    let uri = artifact["uri"].as_str().ok_or("there is no URI")?;
    let path = percent_decode_str(uri).decode_utf8().map_err(|e| format!("{uri}: {e}"))?;
    let valid = |c: char| c.is_ascii_alphanumeric() || "-._~/%@=,".contains(c);
    if uri.is_empty() || uri.starts_with('/') || !uri.chars().all(valid) {
        return Err(format!("{uri}: not a relative, escaped URI"));
    }
    if path.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(format!("{uri}: an empty, `.` or `..` segment"));
    }
    Ok(path.into_owned())
}

fn slice(text: &str, region: &Value) -> Result<String, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.split('\n').map(|l| l.strip_suffix('\r').unwrap_or(l)).collect();
    let number = |name: &str| region[name].as_u64().map(|n| n as usize);
    let start = number("startLine").filter(|n| (1..=lines.len()).contains(n)).ok_or("startLine is not a line")?;
    let (Some(from), Some(end), Some(to)) = (number("startColumn"), number("endLine"), number("endColumn")) else {
        let only = region.as_object().is_some_and(|r| r.len() == 1) && lines[start - 1].is_empty();
        return if only { Ok(String::new()) } else { Err("columns are missing on a line that is not empty".into()) };
    };
    if end < start || end > lines.len() {
        return Err(format!("endLine {end} is not a line after {start}"));
    }
    let covered: Result<Vec<String>, String> = (start..=end)
        .map(|line| {
            let units: Vec<u16> = lines[line - 1].encode_utf16().collect();
            let first = if line == start { from } else { 1 };
            let last = if line == end { to } else { units.len() + 1 };
            let range = first.checked_sub(1).zip(last.checked_sub(1)).ok_or("columns are counted from 1")?;
            let units =
                units.get(range.0..range.1).ok_or(format!("columns {first} to {last} are not within line {line}"))?;
            String::from_utf16(units).map_err(|_| format!("a column of line {line} splits a character"))
        })
        .collect();
    let covered = covered?.join("\n");
    if covered.is_empty() { Err("the region is empty".into()) } else { Ok(covered) }
}

struct Audit<'a> {
    problems: Vec<String>,
    text_of: &'a dyn Fn(&str) -> Option<String>,
}

impl Audit<'_> {
    fn say(&mut self, place: &str, problem: impl Into<String>) {
        self.problems.push(format!("{place}: {}", problem.into()));
    }

    fn check(&mut self, good: bool, place: &str, problem: impl Into<String>) {
        if !good {
            self.say(place, problem);
        }
    }

    fn one_of(&mut self, value: &Value, words: &[&str], place: &str) {
        let good = value.as_str().is_some_and(|v| words.contains(&v));
        self.check(good, place, format!("{value} is none of {words:?}"));
    }

    fn log(&mut self, log: &Value) {
        self.strings(log, "the log");
        self.check(log["version"] == "2.1.0", "version", "is not the string 2.1.0");
        self.check(log["$schema"].as_str().is_some_and(|s| s.starts_with("https://")), "$schema", "is missing");
        self.check(items(&log["runs"]).len() == 1, "runs", "there is not exactly one");
        for run in items(&log["runs"]) {
            self.run(run);
        }
    }

    /// GitHub refuses empty strings; `null` stands for nothing that SARIF knows.
    fn strings(&mut self, value: &Value, place: &str) {
        match value {
            Value::Null => self.say(place, "is null"),
            Value::String(text) => self.check(!text.trim().is_empty(), place, "is an empty string"),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, v)| self.strings(v, &format!("{place}[{i}]")));
            }
            Value::Object(members) => members.iter().for_each(|(k, v)| self.strings(v, &format!("{place}.{k}"))),
            Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn run(&mut self, run: &Value) {
        let driver = &run["tool"]["driver"];
        self.check(driver["name"].is_string(), "tool.driver", "has no name");
        self.check(driver["semanticVersion"].is_string(), "tool.driver", "has no version");
        self.check(driver["rules"].is_array(), "tool.driver", "has no rules");
        let id = run["automationDetails"]["id"].as_str().unwrap_or("");
        self.check(id.ends_with('/'), "automationDetails.id", "does not end in a slash, so there is no category");
        self.check(run["columnKind"] == "utf16CodeUnits", "columnKind", "is not the unit that columns are in");
        self.check(run["originalUriBaseIds"]["%SRCROOT%"].is_object(), "originalUriBaseIds", "lacks %SRCROOT%");
        let mut ids = BTreeSet::new();
        for rule in items(&driver["rules"]) {
            let id = rule["id"].as_str().unwrap_or("?");
            self.check(ids.insert(id), id, "there are two rules of this id");
            self.rule(rule, run, &format!("rule {id}"));
        }
        self.check(run["results"].is_array(), "run", "has no results");
        let results = items(&run["results"]);
        self.check(results.len() <= 5000, "results", "there are more than GitHub keeps");
        let mut seen = BTreeSet::new();
        for (i, result) in results.iter().enumerate() {
            let place = format!("result {i} ({})", result["ruleId"].as_str().unwrap_or("?"));
            self.result(result, items(&driver["rules"]), &place);
            let physical = &result["locations"][0]["physicalLocation"];
            let identity =
                format!("{} {} {} {}", result["ruleId"], result["message"]["text"], physical, result["codeFlows"]);
            self.check(seen.insert(identity), &place, "says what another result says");
        }
        let notifications = items(&run["invocations"][0]["toolExecutionNotifications"]);
        self.check(run["invocations"][0]["executionSuccessful"].is_boolean(), "invocation", "does not say how it went");
        for notification in notifications {
            self.check(notification["message"]["text"].is_string(), "notification", "has no text");
            for location in items(&notification["locations"]) {
                if location["physicalLocation"]["region"].is_null() {
                    if let Err(problem) = path_of(&location["physicalLocation"]["artifactLocation"]) {
                        self.say("notification", problem);
                    }
                } else {
                    self.location(location, "notification");
                }
            }
        }
    }

    fn rule(&mut self, rule: &Value, run: &Value, place: &str) {
        for (member, most) in [("shortDescription", Some(1024)), ("fullDescription", Some(1024)), ("help", None)] {
            let length = rule[member]["text"].as_str().map_or(0, |t| t.encode_utf16().count());
            self.check(length > 0, place, format!("{member} has no text"));
            self.check(most.is_none_or(|most| length <= most), place, format!("{member} has {length} characters"));
        }
        self.check(rule["help"]["markdown"].is_string(), place, "help has no markdown");
        if let Some(name) = rule["name"].as_str() {
            self.check(name.chars().count() <= 255, place, "the name is too long");
        }
        if !rule["helpUri"].is_null() {
            let uri = rule["helpUri"].as_str().unwrap_or("");
            let good = uri.starts_with("https://") && !uri.contains(char::is_whitespace);
            self.check(good, place, format!("{uri}: not a link"));
        }
        self.one_of(&rule["defaultConfiguration"]["level"], &["note", "warning", "error"], place);
        let properties = &rule["properties"];
        self.one_of(&properties["precision"], &["very-high", "high", "medium", "low"], place);
        self.one_of(&properties["problem.severity"], &["error", "warning", "recommendation"], place);
        let score = properties["security-severity"].as_str().and_then(|s| s.parse::<f64>().ok());
        self.check(
            score.is_some_and(|s| s > 0.0 && s <= 10.0),
            place,
            "security-severity is not a string of 0.1 to 10",
        );
        let tags: Vec<&str> = items(&properties["tags"]).iter().filter_map(Value::as_str).collect();
        self.check(tags.len() < 10, place, format!("there are {} tags", tags.len()));
        self.check(tags.contains(&"security"), place, "the tag `security` is missing, so the score is not shown");
        self.check(tags.iter().collect::<BTreeSet<_>>().len() == tags.len(), place, "a tag occurs twice");
        for relationship in items(&rule["relationships"]) {
            let target = &relationship["target"];
            let taxonomy = &run["taxonomies"][target["toolComponent"]["index"].as_u64().unwrap_or(u64::MAX) as usize];
            let taxon = &taxonomy["taxa"][target["index"].as_u64().unwrap_or(u64::MAX) as usize];
            let good = taxon["id"] == target["id"] && taxonomy["name"] == target["toolComponent"]["name"];
            self.check(good && !taxon.is_null(), place, format!("{} is not in the taxonomy", target["id"]));
        }
    }

    fn result(&mut self, result: &Value, rules: &[Value], place: &str) {
        let index = result["ruleIndex"].as_u64().map(|i| i as usize);
        let rule = index.and_then(|i| rules.get(i));
        self.check(rule.is_some_and(|r| r["id"] == result["ruleId"]), place, "ruleIndex is not the rule of ruleId");
        if result["kind"] == "open" {
            self.one_of(&result["level"], &["none"], place);
        } else {
            self.one_of(&result["level"], &["note", "warning", "error"], place);
        }
        self.links(result, place);

        let locations = items(&result["locations"]);
        self.check(!locations.is_empty(), place, "has no location");
        let flows = items(&result["codeFlows"]).iter().flat_map(|f| items(&f["threadFlows"]));
        let steps = flows.flat_map(|f| items(&f["locations"])).map(|l| &l["location"]);
        for location in locations.iter().chain(items(&result["relatedLocations"])).chain(steps) {
            self.location(location, place);
        }

        let fingerprints = &result["partialFingerprints"];
        self.check(fingerprints["trustlint/v1"].is_string(), place, "has no fingerprint of our own");
        let expected = locations.first().and_then(|l| self.line_hash(l));
        let given = fingerprints["primaryLocationLineHash"].as_str();
        self.check(expected.is_some() && expected.as_deref() == given, place, format!("{given:?} is not {expected:?}"));
    }

    /// Each link leads to a related location, and each of those is linked: GitHub shows no others.
    fn links(&mut self, result: &Value, place: &str) {
        let text = result["message"]["text"].as_str().unwrap_or("");
        self.check(!text.is_empty(), place, "has no message");
        self.check(!text.contains('\n'), place, "the message has several lines");
        let linked: Vec<u64> = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')').and_then(|(id, _)| id.parse().ok()))
            .collect();
        let related: Vec<u64> = items(&result["relatedLocations"]).iter().filter_map(|l| l["id"].as_u64()).collect();
        self.check(linked == related, place, format!("links {linked:?}, related locations {related:?}"));
        self.check(text.matches("](").count() == linked.len(), place, "a link leads nowhere");
    }

    fn location(&mut self, location: &Value, place: &str) {
        let artifact = &location["physicalLocation"]["artifactLocation"];
        self.check(artifact["uriBaseId"] == "%SRCROOT%", place, "a path is relative to nothing");
        if let Err(problem) = region_text(location, self.text_of) {
            self.say(place, problem);
        }
    }

    fn line_hash(&self, location: &Value) -> Option<String> {
        let path = path_of(&location["physicalLocation"]["artifactLocation"]).ok()?;
        let raw = (self.text_of)(&path)?;
        let text = raw.strip_prefix('\u{feff}');
        let hashes = line_hashes(text.unwrap_or(&raw), text.is_some());
        let line = location["physicalLocation"]["region"]["startLine"].as_u64()? as usize;
        hashes.get(line.checked_sub(1)?).cloned()
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
