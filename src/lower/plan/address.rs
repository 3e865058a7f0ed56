//! Addresses as a plan writes them: `module.net["eu"].aws_subnet.app[0].id` as steps.

use ecow::EcoString;

/// One step of an address or a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// `name`, without the dot.
    Name(&'a str),
    /// `["eu"]`, `[0]`, with the brackets.
    Key(&'a str),
}

/// The steps of an address. Dots and brackets in a quoted key are part of the key.
pub(super) fn steps(address: &str) -> Vec<Step<'_>> {
    let bytes = address.as_bytes();
    let (mut steps, mut start, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'.' => {
                if start < at {
                    steps.push(Step::Name(&address[start..at]));
                }
                at += 1;
                start = at;
            }
            b'[' => {
                if start < at {
                    steps.push(Step::Name(&address[start..at]));
                }
                let end = end_of_key(bytes, at);
                steps.push(Step::Key(&address[at..end]));
                at = end;
                start = end;
            }
            _ => at += 1,
        }
    }
    if start < at {
        steps.push(Step::Name(&address[start..at]));
    }
    steps
}

/// One past the bracket that closes the one at `at`.
fn end_of_key(bytes: &[u8], at: usize) -> usize {
    let (mut i, mut quoted) = (at + 1, false);
    while i < bytes.len() {
        match bytes[i] {
            b'\\' if quoted => i += 1,
            b'"' => quoted = !quoted,
            b']' if !quoted => return i + 1,
            _ => {}
        }
        i += 1;
    }
    bytes.len()
}

/// The address of the block: no keys.
pub(super) fn without_keys(address: &str) -> EcoString {
    let mut out = EcoString::new();
    for step in steps(address) {
        if let Step::Name(name) = step {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(name);
        }
    }
    out
}

/// The calls that an address of a module goes through: name and key (empty if it has none).
pub(super) fn calls(module: &str) -> Vec<(&str, &str)> {
    let mut calls: Vec<(&str, &str)> = Vec::new();
    let mut expects_name = false;
    for step in steps(module) {
        match step {
            Step::Name("module") if !expects_name => expects_name = true,
            Step::Name(name) => {
                calls.push((name, ""));
                expects_name = false;
            }
            Step::Key(key) => {
                if let Some(last) = calls.last_mut() {
                    last.1 = key;
                }
            }
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_hold_anything() {
        use Step::{Key, Name};
        let found = steps("module.a[\"x].\\\"y\"].aws_vpc.b[0].id");
        let expected =
            [Name("module"), Name("a"), Key("[\"x].\\\"y\"]"), Name("aws_vpc"), Name("b"), Key("[0]"), Name("id")];
        assert_eq!(found, expected);
        assert_eq!(without_keys("module.a[\"x].\"].aws_vpc.b[0]"), "module.a.aws_vpc.b");
        assert_eq!(calls("module.module[\"x\"].module.b"), [("module", "[\"x\"]"), ("b", "")]);
        assert_eq!(steps("a[\"cut").len(), 2);
    }
}
