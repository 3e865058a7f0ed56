//! Questions about address blocks.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::texts::{any, of_text};
use crate::{
    eval::{EvalError, functions::Call},
    value::{Part, Text, Truth, Value},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// A public block with a prefix this short is as good as everyone.
const WIDE_V4: u8 = 8;
const WIDE_V6: u8 = 16;

/// Words that stand for every address: Azure's tags, other firewalls' words.
const EVERYONE: [&str; 5] = ["*", "any", "internet", "all", "<nw>/0"];

/// Blocks that the internet does not route: RFC 1918, 6598, 3927, 1122, 4193, 4291.
fn private() -> ([Ipv4Net; 6], [Ipv6Net; 3]) {
    let v4 = |a: u8, b: u8, prefix| Ipv4Net::new_assert(Ipv4Addr::new(a, b, 0, 0), prefix);
    let v6 = |first: u16, last: u16, prefix| Ipv6Net::new_assert([first, 0, 0, 0, 0, 0, 0, last].into(), prefix);
    (
        [v4(10, 0, 8), v4(172, 16, 12), v4(192, 168, 16), v4(100, 64, 10), v4(169, 254, 16), v4(127, 0, 8)],
        [v6(0xfc00, 0, 7), v6(0xfe80, 0, 10), v6(0, 1, 128)],
    )
}

fn parse(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn is_private(block: &IpNet) -> bool {
    let (v4, v6) = private();
    match block {
        IpNet::V4(block) => v4.iter().any(|p| p.contains(block)),
        IpNet::V6(block) => v6.iter().any(|p| p.contains(block)),
    }
}

fn is_everyone(text: &str) -> bool {
    if EVERYONE.iter().any(|word| text.trim().eq_ignore_ascii_case(word)) {
        return true;
    }
    parse(text).is_some_and(|block| {
        let wide = match block {
            IpNet::V4(_) => WIDE_V4,
            IpNet::V6(_) => WIDE_V6,
        };
        block.prefix_len() <= wide && !is_private(&block)
    })
}

pub(super) fn cidr_is_everyone(call: &Call<'_>) -> Result {
    let question = |value: &Value| of_text(call, 0, value, |text| Some(is_everyone(text)), everyone_but_for_holes);
    any(&call.args[0], &question).map(Truth::into_value)
}

pub(super) fn cidr_is_private(call: &Call<'_>) -> Result {
    let private = |text: &str| Some(parse(text).is_some_and(|block| is_private(&block)));
    let holed = |text: &Text| begins_private(text).then_some(true).filter(|_| prefix_length(text).is_some_and(|p| p >= 16));
    of_text(call, 0, &call.args[0], private, holed).map(Truth::into_value)
}

/// `"${var.ip}/32"` is one address whatever the address is; `"10.${var.n}.0.0/16"` is private.
fn everyone_but_for_holes(text: &Text) -> Option<bool> {
    let narrow = prefix_length(text).is_some_and(|prefix| prefix > WIDE_V6);
    (narrow || begins_private(text)).then_some(false)
}

/// The length of the prefix, if the text certainly ends in one.
fn prefix_length(text: &Text) -> Option<u8> {
    let (_, prefix) = text.known_suffix().rsplit_once('/')?;
    prefix.parse().ok()
}

/// Whether a text with holes begins with the octets of a private block.
fn begins_private(text: &Text) -> bool {
    let Text::Holed(parts) = text else { return false };
    let Some(Part::Known(known)) = parts.first() else { return false };
    let octets: Vec<u8> = known.split_inclusive('.').filter_map(|o| o.strip_suffix('.')?.parse().ok()).collect();
    matches!(octets[..], [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] | [169, 254, ..] | [100, 64..=127, ..])
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, ask, at, holed, place, s, strings, unknown};
    use super::*;

    fn everyone(text: &str) -> &'static str {
        answer("cidr_is_everyone", &[s(text)])
    }

    #[test]
    fn everyone_is_the_internet_or_a_large_part_of_it() {
        for text in ["0.0.0.0/0", "::/0", "*", "Internet", "any", "0.0.0.0/1", "128.0.0.0/1", "11.0.0.0/8", "2000::/3", "8.0.0.0/6"] {
            assert_eq!(everyone(text), "yes", "{text}");
        }
        for text in ["10.0.0.0/8", "203.0.113.0/24", "9.0.0.0/9", "fc00::/7", "2001:db8::/32", "1.2.3.4", "VirtualNetwork", ""] {
            assert_eq!(everyone(text), "no", "{text}");
        }
    }

    #[test]
    fn what_is_not_known_of_a_block_does_not_always_matter() {
        assert_eq!(answer("cidr_is_everyone", &[unknown("x")]), "unknown");
        assert_eq!(answer("cidr_is_everyone", &[Value::null()]), "no");
        assert_eq!(answer("cidr_is_everyone", &[holed(&["?ip", "/32"])]), "no");
        assert_eq!(answer("cidr_is_everyone", &[holed(&["?ip", "/0"])]), "unknown");
        assert_eq!(answer("cidr_is_everyone", &[holed(&["10.", "?n", ".0.0/16"])]), "no");
        assert_eq!(answer("cidr_is_everyone", &[holed(&["1", "?n", ".0.0.0/8"])]), "unknown");
    }

    #[test]
    fn of_a_list_the_open_block_is_blamed() {
        let list = Value::tuple(vec![at(s("10.0.0.0/8"), 1), at(s("0.0.0.0/0"), 2)]);
        let value = ask("cidr_is_everyone", &[list]).unwrap();
        assert_eq!((value.as_bool(), value.origins), (Some(true), place(2)));
        assert_eq!(answer("cidr_is_everyone", &[strings(&[])]), "no");
    }

    #[test]
    fn private_blocks_are_those_that_are_not_routed() {
        for text in ["10.1.0.0/16", "172.31.0.0/16", "192.168.1.1", "100.64.0.0/10", "fd00::/64", "127.0.0.1/32", "::1"] {
            assert_eq!(answer("cidr_is_private", &[s(text)]), "yes", "{text}");
        }
        for text in ["172.32.0.0/16", "0.0.0.0/0", "10.0.0.0/7", "2001:db8::/32", "Internet"] {
            assert_eq!(answer("cidr_is_private", &[s(text)]), "no", "{text}");
        }
        assert_eq!(answer("cidr_is_private", &[Value::null()]), "no");
        assert_eq!(answer("cidr_is_private", &[unknown("x")]), "unknown");
        assert_eq!(answer("cidr_is_private", &[holed(&["10.", "?n", ".0.0/16"])]), "yes");
    }
}
