//! What the compiler says of mistakes: all at once, on the rule's own text.

use crate::{
    report::Severity,
    rule::{Catalog, Part, compile::Status},
};

const SOC2: &str = "criterion \"CC6.1\" {\n  title = \"A\"\n  description = \"It asks for much.\"\n}\n";

fn load(text: &str) -> Catalog {
    let mut catalog = Catalog::default();
    catalog.load(&[("rules/soc2.hcl", SOC2), ("rules/x/y.hcl", text)], Part::Whole);
    catalog
}

/// `text: message` of each mistake, in order.
fn mistakes(text: &str) -> Vec<String> {
    let catalog = load(text);
    let at = |d: &crate::source::Diagnostic| {
        let place = d.notes.first().map_or("", |n| catalog.sources.text(n.span));
        place.lines().next().unwrap_or("").to_string()
    };
    catalog.diagnostics.iter().map(|d| format!("{}: {}", at(d), d.message)).collect()
}

fn helps(text: &str) -> Vec<String> {
    load(text).diagnostics.into_iter().map(|d| d.help.unwrap_or_default()).collect()
}

/// A good rule with one part replaced.
fn with(old: &str, new: &str) -> String {
    let good = r#"rule "x-y" {
  title    = "Things are good"
  severity = "high"
  soc2     = { "CC6.1" = "They must be good." }

  match "x_thing" "z_thing" {}

  assert {
    condition     = self.good == true
    error_message = "${self.address} is bad"
  }
}
"#;
    assert!(good.contains(old), "{old}");
    good.replace(old, new)
}

#[test]
fn a_rule_has_what_was_written() {
    let catalog = load(
        r#"rule "x-y" {
  title       = "Things are good"
  severity    = "critical"
  since       = "0.1.0"
  status      = "preview"
  aliases     = ["CKV_X_1"]
  soc2        = { "CC6.1" = "They must be good." }
  rationale   = <<-EOT
    Bad things
    happen.
  EOT
  remediation = "Make it good."
  references  = ["https://example.com/"]

  input "days" {
    description = "How long."
    default     = [30, 90]
  }

  match "x_thing" {
    where    = self.days > input.days[0]
    defaults = { good = false }
  }

  link "friend" {
    to      = "x.friend"
    where   = self.name == other.name
    at_most = 1
  }

  assert {
    for_each      = self.parts
    condition     = each.value.good && link.friend != null
    at            = each.value
    error_message = "${each.key} is bad"
  }

  distinct {
    key           = [self.key]
    across        = self.environment.name
    error_message = "${a.address} and ${b.address} share"
  }

  fix {
    set    = { good = true, deep = { er = [1, 2] } }
    safety = "safe"
  }

  fix "x_thing" {
    insert_after = self
    code         = <<-TF
      resource "x_friend" "${self.name}" {
      }
    TF
    safety       = "manual"
    reason       = "Friends must be chosen."
  }
}
"#,
    );
    assert_eq!(catalog.diagnostics, []);
    let rule = &catalog.rules[0];
    assert_eq!((rule.severity, rule.status), (Severity::Critical, Status::Preview));
    assert_eq!(rule.rationale, "Bad things happen.");
    assert_eq!(rule.links[0].at_most, Some(1));
    let fixes: Vec<&str> = rule.fixes.iter().map(|f| f.summary.as_str()).collect();
    assert_eq!(fixes, ["set `good = true` and set `deep.er = [1, 2]`", "add a resource `x_friend` behind it"]);
    assert_eq!(rule.fix_for("x_thing").map(|f| f.safety.as_str()), Some("manual"));
    assert_eq!(rule.fix_for("other").map(|f| f.safety.as_str()), Some("safe"));
}

#[test]
fn everything_that_is_missing_is_reported_at_once() {
    assert_eq!(
        mistakes("rule \"x-y\" {\n}\n"),
        [
            "rule \"x-y\": rule \"x-y\" has no `title`",
            "rule \"x-y\": rule \"x-y\" has no `severity`",
            "rule \"x-y\": rule \"x-y\" has no `soc2`",
            "rule \"x-y\": rule \"x-y\" has no `match`",
            "rule \"x-y\": rule \"x-y\" requires nothing",
        ]
    );
}

#[test]
fn a_rule_with_a_mistake_is_not_run() {
    assert_eq!(load(&with("\"high\"", "\"hihg\"")).rules.len(), 0);
}

#[test]
fn a_word_that_is_not_known_comes_with_what_may_be_meant() {
    assert_eq!(mistakes(&with("\"high\"", "\"hihg\"")), ["\"hihg\": `hihg` is not a severity"]);
    assert!(helps(&with("\"high\"", "\"hihg\""))[0].starts_with("Did you mean `high`?"));
    assert_eq!(mistakes(&with("CC6.1", "CC6.l")), ["\"CC6.l\": there is no criterion `CC6.l`"]);
    assert!(helps(&with("CC6.1", "CC6.l"))[0].starts_with("Did you mean `CC6.1`?"));
    let text = with("severity = \"high\"", "severity = \"high\"\n  status = \"stabel\"");
    assert!(helps(&text)[0].starts_with("Did you mean `stable`?"));
}

#[test]
fn the_reason_for_a_criterion_is_a_sentence() {
    assert_eq!(
        mistakes(&with("They must be good.", "they must be good")),
        ["\"they must be good\": the reason for CC6.1 must begin with a capital letter"]
    );
    assert_eq!(
        mistakes(&with("They must be good.", "They must be good")),
        ["\"They must be good\": the reason for CC6.1 must end in a full stop"]
    );
}

#[test]
fn the_id_is_that_of_the_path() {
    assert_eq!(mistakes(&with("rule \"x-y\"", "rule \"x-z\"")), ["\"x-z\": the id does not match the file's path"]);
    let found = mistakes(&with("rule \"x-y\"", "rule \"X_y\""));
    assert_eq!(found, ["\"X_y\": \"X_y\" is not an id", "\"X_y\": the id does not match the file's path"]);
}

#[test]
fn names_are_known_where_they_mean_something_only() {
    let condition = |text: &str| mistakes(&with("self.good == true", text));
    assert_eq!(condition("slef.good"), ["slef: `slef` is not a name that is known in an assert"]);
    assert_eq!(condition("each.value"), ["each: `each` is not a name that is known in an assert"]);
    assert_eq!(condition("other.x"), ["other: `other` is not a name that is known in an assert"]);
    assert_eq!(condition("a.x == b.x").len(), 2);
    assert_eq!(condition("var.x"), ["var: `var` is not a name that is known in an assert"]);
    assert_eq!(condition("link.x"), ["link: `link` is not a name that is known in an assert"]);
    assert_eq!(condition("[for x in self.xs : x.y == y][0]"), ["y: `y` is not a name that is known in an assert"]);
    assert!(helps(&with("self.good == true", "slef.good"))[0].starts_with("Did you mean `self`?"));
    assert_eq!(
        helps(&with("self.good == true", "each.value")),
        ["`each` is there in an `assert` or `from` with `for_each`."]
    );
}

#[test]
fn each_has_a_key_and_a_value() {
    let text = with("condition     = self.good == true", "for_each      = self.xs\n    condition     = each.vlaue");
    assert_eq!(mistakes(&text), ["vlaue: `each` has a `key` and a `value`, nothing else"]);
}

#[test]
fn a_link_is_declared_and_used() {
    let link = "link \"friend\" {\n    to    = \"x_friend\"\n    where = other.of == self.id\n  }\n\n  assert {";
    assert_eq!(mistakes(&with("assert {", link)), ["\"friend\": link \"friend\" is declared and not used"]);
    let text = with("assert {", link).replace("self.good == true", "link.freind != null");
    assert_eq!(
        mistakes(&text),
        ["freind: this rule declares no link \"freind\"", "\"friend\": link \"friend\" is declared and not used"]
    );
    assert_eq!(
        mistakes(&with("assert {", &link.replace("other", "others")))[0],
        "others: `others` is not a name that is known in `where` of a link"
    );
}

#[test]
fn a_view_links_with_names_that_it_knows() {
    let view = |link: &str, value: &str| {
        let from = format!("  from \"x_a\" {{\n    {link}\n    value = {value}\n  }}\n");
        format!("view \"x.a\" {{\n  description = \"A.\"\n{from}}}\n")
    };
    let link = "link \"b\" {\n      to = \"x_b\"\n      where = refers_to(other.a, self)\n      at_most = 1\n    }";
    let catalog = load(&view(link, "{ b = link.b }"));
    assert_eq!(catalog.diagnostics, []);
    let made = &catalog.views[0].sources[0].links[0];
    assert_eq!((made.name.as_str(), made.to.as_str(), made.only_one), ("b", "x_b", true));
    assert_eq!(mistakes(&view(link, "{ b = link.c }")), ["c: this rule declares no link \"c\""]);
    assert_eq!(
        mistakes(&view("link \"b\" {\n      to = \"x_b\"\n      where = link.b == self\n    }", "self")),
        ["link: `link` is not a name that is known in `where` of a link"]
    );
    let two = link.replace("at_most = 1", "at_most = 2");
    assert_eq!(mistakes(&view(&two, "self")).len(), 1);
    let circle = link.replace("x_b", "x.a");
    assert_eq!(mistakes(&view(&circle, "self")), ["view \"x.a\": view \"x.a\" stands on itself"]);
}

#[test]
fn at_most_is_a_number() {
    let link =
        "link \"f\" {\n    to = \"x_f\"\n    where = other.of == self.id\n    at_most = \"one\"\n  }\n\n  assert {";
    let text = with("assert {", link).replace("self.good == true", "link.f != null");
    assert_eq!(mistakes(&text), ["\"one\": `at_most` must be a whole number above zero"]);
}

#[test]
fn functions_exist_and_get_as_many_arguments_as_they_take() {
    let condition = |text: &str| with("self.good == true", text);
    assert_eq!(mistakes(&condition("flie(self.x)")), ["flie: there is no function `flie`"]);
    assert_eq!(mistakes(&condition("tobool(self.x, 1)")), ["tobool: `tobool` takes 1 argument, 2 are given"]);
}

#[test]
fn a_fix_changes_something_and_says_what_to_mind() {
    let fix = |body: &str| mistakes(&with("assert {", &format!("fix {{\n{body}\n  }}\n\n  assert {{")));
    assert_eq!(fix("safety = \"safe\""), ["fix: this fix changes nothing"]);
    assert_eq!(fix("set = { a = 1 }\nsafety = \"unsafe\""), ["fix: this fix has no `reason`"]);
    assert_eq!(fix("set = { a = 1 }\nsafety = \"unsave\"")[0], "\"unsave\": `unsave` is not a safety");
    let labelled = with("assert {", "fix \"x_thign\" {\n    remove = \"a\"\n    safety = \"safe\"\n  }\n\n  assert {");
    assert_eq!(mistakes(&labelled), ["\"x_thign\": the rule does not match `x_thign`"]);
}

#[test]
fn an_example_says_where_its_findings_are() {
    let example = |text: &str| mistakes(&with("is bad\"\n  }", &format!("is bad\"\n  }}\n\n{text}")));
    assert_eq!(example("  fails \"no\" {\n    code = \"x\"\n  }"), ["fails \"no\": this `fails` has no `#~ here`"]);
    assert_eq!(
        example("  passes \"yes\" {\n    code = \"x #~ here\"\n  }"),
        ["passes \"yes\": an example that passes has no `#~ here`"]
    );
    assert_eq!(
        example("  passes \"yes\" {\n    code = <<-TF\n      a = \"${b}\"\n    TF\n  }"),
        ["<<-TF: `code` holds a template"]
    );
}

#[test]
fn the_scaffold_is_valid_and_names_what_is_left() {
    for kind in ["aws_vpc", "Deployment", "github.job", "kubernetes.container"] {
        let text = crate::rule::scaffold("x-y", &[kind.to_string()]);
        let catalog = load(&text);
        assert_eq!(catalog.diagnostics, [], "{kind}");
        assert!(text.contains("TODO"));
    }
}
