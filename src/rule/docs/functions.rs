//! `docs/functions.md`.

use std::fmt::Write as _;

use super::cell;
use crate::eval::functions::{self, Available, Function};

/// The functions that rules may call: ours with what they do, Terraform's by name.
pub fn functions() -> String {
    let mut out = String::from(
        "# Functions in rules\n\n\
        ## Ours\n\n\
        They take `null` without an error and answer *unknown* where they cannot know, so that the rule is undecided\n\
        instead of wrong. Configuration does not have them.\n\n\
        | function | what it gives |\n|---|---|\n",
    );
    let (ours, theirs): (Vec<&Function>, Vec<&Function>) = functions::all()
        .iter()
        .filter(|f| f.available != Available::Configuration)
        .partition(|f| f.available == Available::Rules);
    for function in ours {
        let (signature, does) = signature(function);
        let _ = writeln!(out, "| `{signature}` | {} |", cell(does));
    }
    out.push_str(
        "\n## Terraform's\n\nThey do what Terraform's documentation says, with two differences: an unknown argument makes the answer\n\
        unknown, for the reason of the argument, and functions that read files or the clock are not there, so that a\n\
        rule says the same everywhere.\n\n",
    );
    let mut names: Vec<&str> = theirs.iter().map(|f| f.name).chain(["can", "try"]).collect();
    names.sort_unstable();
    names.dedup();
    let names: Vec<String> = names.into_iter().map(|n| format!("`{n}`")).collect();
    out.push_str(&names.join(", "));
    out.push_str(".\n");
    out
}

/// The documentation of one of ours begins with its signature: `` `runs(script, command...)`: whether ... ``.
fn signature(function: &Function) -> (&str, &str) {
    function.doc.strip_prefix('`').and_then(|d| d.split_once("`: ")).unwrap_or((function.name, function.doc))
}
