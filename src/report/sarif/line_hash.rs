//! The hash by which GitHub recognises a result when lines move: `primaryLocationLineHash`.
//!
//! It is a rolling hash over a line and what follows it, a hundred UTF-16 code units without spaces
//! and tabs. GitHub's action computes it itself for files it can read and warns when ours differs,
//! so it must be the same to the bit; uploads through the interface have none but ours.

use std::collections::HashMap;

/// How many code units the hash of a line covers.
const WINDOW: usize = 100;
const FACTOR: u64 = 37;
/// What the oldest unit in the window weighs when it leaves: `FACTOR` to the power of `WINDOW`.
const OLDEST: u64 = power(FACTOR, WINDOW);
/// Stands for the end of the text. It begins a line of its own after a line ending.
const END: u16 = 0xFFFF;
const BYTE_ORDER_MARK: u16 = 0xFEFF;

const fn power(base: u64, exponent: usize) -> u64 {
    let (mut out, mut i) = (1u64, 0);
    while i < exponent {
        out = out.wrapping_mul(base);
        i += 1;
    }
    out
}

/// The hash of each line, `hash:count`, where the count tells equal hashes of one file apart.
///
/// A byte-order mark is a part of the first line.
pub fn line_hashes(text: &str, bom: bool) -> Vec<String> {
    let mut roller = Roller::default();
    let mut after_return = false;
    for unit in bom.then_some(BYTE_ORDER_MARK).into_iter().chain(text.encode_utf16()) {
        // A blank between `\r` and `\n` makes them two line endings: so does the original.
        let skipped = matches!(unit, 0x20 | 0x09) || (after_return && unit == 0x0A);
        after_return = !skipped && unit == 0x0D;
        if !skipped {
            roller.push(if unit == 0x0D { 0x0A } else { unit });
        }
    }
    roller.push(END);
    roller.finish()
}

struct Roller {
    units: [u16; WINDOW],
    /// Whether the unit at this place is the first of a line whose hash is not known yet.
    begins_line: [bool; WINDOW],
    next: usize,
    hash: u64,
    at_line_start: bool,
    counts: HashMap<u64, u32>,
    hashes: Vec<String>,
}

impl Default for Roller {
    fn default() -> Self {
        Self {
            units: [0; WINDOW],
            begins_line: [false; WINDOW],
            next: 0,
            hash: 0,
            at_line_start: true,
            counts: HashMap::new(),
            hashes: Vec::new(),
        }
    }
}

impl Roller {
    fn push(&mut self, unit: u16) {
        self.emit();
        self.begins_line[self.next] = self.at_line_start;
        self.at_line_start = unit == 0x0A;
        self.roll(unit);
    }

    /// The window is full from the unit that is about to leave it: if that begins a line, this is
    /// the line's hash.
    fn emit(&mut self) {
        if std::mem::take(&mut self.begins_line[self.next]) {
            let count = self.counts.entry(self.hash).or_default();
            *count += 1;
            self.hashes.push(format!("{:x}:{count}", self.hash));
        }
    }

    fn roll(&mut self, unit: u16) {
        let oldest = std::mem::replace(&mut self.units[self.next], unit);
        self.hash = self
            .hash
            .wrapping_mul(FACTOR)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(OLDEST.wrapping_mul(u64::from(oldest)));
        self.next = (self.next + 1) % WINDOW;
    }

    fn finish(mut self) -> Vec<String> {
        for _ in 0..WINDOW {
            self.emit();
            self.roll(0);
        }
        self.hashes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_of_github_to_the_bit() {
        let lorem = "Lorem ipsum dolor sit amet.\n".repeat(10);
        let vectors: [(&str, &[&str]); 5] = [
            ("", &["c129715d7a2bc9a3:1"]),
            (
                " a\nb\n  \t\tc\n d",
                &["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
            ),
            (
                " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n",
                &[
                    "e9496ae3ebfced30:1",
                    "fb7c023a8b9ccb3f:1",
                    "ce8ba1a563dcdaca:1",
                    "e20e36e16fcb0cc8:1",
                    "b3edc88f2938467e:1",
                    "c8e28b0b4002a3a0:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
            (
                &lorem,
                &[
                    "a7f2ff13bc495cf2:1",
                    "a7f2ff13bc495cf2:2",
                    "a7f2ff13bc495cf2:3",
                    "a7f2ff13bc495cf2:4",
                    "a7f2ff13bc495cf2:5",
                    "a7f2ff13bc495cf2:6",
                    "a7f2ff1481e87703:1",
                    "a9cf91f7bbf1862b:1",
                    "55ec222b86bcae53:1",
                    "cc97dc7b1d7d8f7b:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
            (
                "x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n",
                &[
                    "e54938cc54b302f1:1",
                    "bb609acbe9138d60:1",
                    "1131fd5871777f34:1",
                    "5c482a0f8b35ea28:1",
                    "54517377da7028d2:1",
                    "2c644846cb18d53e:1",
                    "f1b89f20de0d133:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
        ];
        for (text, expected) in vectors {
            assert_eq!(line_hashes(text, false), expected, "{text:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_changes_the_first_line_and_carriage_returns_change_nothing() {
        let text = "variable \"x\" {\n  default = \"ä😀\"\n}\n";
        let rest = ["c89ebf1ddcaf986f:1", "32dce9ccfdbc9d3e:1", "c129715d7a2bc9a3:1"];
        let plain = line_hashes(text, false);
        assert_eq!(plain[0], "6855bbdd361e39b6:1");
        assert_eq!(plain[1..], rest);
        assert_eq!(line_hashes(&text.replace('\n', "\r\n"), false), plain);
        let marked = line_hashes(text, true);
        assert_eq!(marked[0], "2786fca743809ea1:1");
        assert_eq!(marked[1..], rest);
    }

    #[test]
    fn a_blank_between_return_and_newline_makes_two_line_endings() {
        assert_eq!(line_hashes("\r \nx", false), ["aa6568db034358f3:1", "a88801a1799b48b5:1", "638816509450efbf:1"]);
        assert_eq!(
            line_hashes("a \r\n \nb", false),
            ["67c066a59e652f5e:1", "cc4c43d77869440f:1", "8ee5a81e681643c1:1"]
        );
    }
}
