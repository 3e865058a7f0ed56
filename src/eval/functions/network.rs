//! Arithmetic on address blocks.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Call, Function, Unknowns};
use crate::{
    eval::EvalError,
    value::{List, ListKind, Value},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::fixed("cidrhost", 2, Unknowns::Spread, cidrhost),
    Function::fixed("cidrnetmask", 1, Unknowns::Spread, cidrnetmask),
    Function::fixed("cidrsubnet", 3, Unknowns::Spread, cidrsubnet),
    Function::ranged("cidrsubnets", 1, None, Unknowns::Spread, cidrsubnets),
];

/// An address block: the address as a number, and the length of its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    address: u128,
    prefix: u32,
    /// 32 or 128.
    bits: u32,
}

impl Block {
    /// Reads `10.0.0.0/8` or `fd00::/64`; host bits are cleared, leading zeros are decimal.
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        if prefix.is_empty() || !prefix.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let prefix: u32 = prefix.parse().ok()?;
        let (address, bits) = if address.contains(':') {
            (u128::from(address.parse::<Ipv6Addr>().ok()?), 128)
        } else {
            (u128::from(ipv4(address)?), 32)
        };
        let block = Self { address, prefix, bits };
        (prefix <= bits).then(|| Self { address: address & !block.host_mask(), ..block })
    }

    /// The bits behind the prefix.
    fn host_mask(self) -> u128 {
        low_bits(self.bits - self.prefix)
    }

    fn host(self, address: u128) -> String {
        #[allow(clippy::cast_possible_truncation)] // the address has no more bits than its kind
        if self.bits == 32 { Ipv4Addr::from(address as u32).to_string() } else { Ipv6Addr::from(address).to_string() }
    }
}

impl std::fmt::Display for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.host(self.address), self.prefix)
    }
}

fn low_bits(count: u32) -> u128 {
    1_u128.checked_shl(count).map_or(u128::MAX, |bit| bit - 1)
}

fn ipv4(text: &str) -> Option<u32> {
    let mut address = 0;
    let mut count = 0;
    for octet in text.split('.') {
        if octet.is_empty() || octet.len() > 3 || !octet.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        address = address << 8 | u32::from(octet.parse::<u8>().ok()?);
        count += 1;
        if count > 4 {
            return None;
        }
    }
    (count == 4).then_some(address)
}

fn block(call: &Call<'_>) -> Result<Block> {
    let text = call.string(0)?;
    Block::parse(&text)
        .ok_or_else(|| call.fault(0, format_args!("\"{text}\" is not an address block such as 10.0.0.0/8")))
}

/// The number of a host or subnet among those that `bits` bits can count; counted from the end if negative.
fn cidrhost(call: &Call<'_>) -> Result {
    let block = block(call)?;
    let number = call.integer(1)?;
    let most = block.host_mask();
    let outside = || call.fault(1, format_args!("{block} has no host number {number}"));
    let offset = match u128::try_from(number) {
        Ok(offset) if offset <= most => offset,
        Ok(_) => return Err(outside()),
        Err(_) => {
            let from_end = u128::from(number.unsigned_abs()) - 1;
            most.checked_sub(from_end).ok_or_else(outside)?
        }
    };
    Ok(Value::string(block.host(block.address | offset)))
}

fn cidrnetmask(call: &Call<'_>) -> Result {
    let block = block(call)?;
    if block.bits != 32 {
        return Err(call.fault(0, "IPv6 blocks have no netmask"));
    }
    Ok(Value::string(block.host(!block.host_mask() & low_bits(32))))
}

fn cidrsubnet(call: &Call<'_>) -> Result {
    let block = block(call)?;
    let (added, number) = (call.integer(1)?, call.integer(2)?);
    let prefix =
        u32::try_from(added).ok().and_then(|added| block.prefix.checked_add(added)).filter(|p| *p <= block.bits);
    let Some(prefix) = prefix else {
        return Err(call.fault(1, format_args!("a prefix of {} cannot be extended by {added} bits", block.prefix)));
    };
    if u128::try_from(number).is_ok_and(|n| n > low_bits(prefix - block.prefix)) {
        return Err(call.fault(2, format_args!("{added} bits cannot count to {number}")));
    }
    let shift = block.bits - prefix;
    // Terraform puts a negative number into the address bit by bit and takes the size of the result.
    let offset = i128::from(number).unsigned_abs().checked_shl(shift).unwrap_or(0);
    let address =
        if number < 0 { (block.address | offset.wrapping_neg()).wrapping_neg() } else { block.address | offset };
    Ok(Value::string(Block { address, prefix, ..block }.to_string()))
}

fn cidrsubnets(call: &Call<'_>) -> Result {
    let block = block(call)?;
    let end = block.address.checked_add(block.host_mask());
    let mut next = Some(block.address);
    let mut items = Vec::with_capacity(call.args.len() - 1);
    for i in 1..call.args.len() {
        let added = call.integer(i)?;
        if added < 1 {
            return Err(call.fault(i, "the prefix must become longer by one bit at least"));
        }
        let prefix = u32::try_from(added).ok().and_then(|a| block.prefix.checked_add(a)).filter(|p| *p <= block.bits);
        let Some(prefix) = prefix else {
            return Err(call.fault(i, format_args!("a prefix of {} cannot be extended by {added} bits", block.prefix)));
        };
        let size = low_bits(block.bits - prefix);
        let start = next.and_then(|n| n.checked_add(size)).map(|n| n & !size);
        let last = start.and_then(|s| s.checked_add(size));
        let (Some(start), Some(last), true) = (start, last, last <= end) else {
            return Err(call.fault(i, format_args!("{block} has no room left for a block with a prefix of {prefix}")));
        };
        items.push(Value::string(Block { address: start, prefix, ..block }.to_string()));
        next = last.checked_add(1);
    }
    Ok(Value::list(List::of(ListKind::List, items)))
}

#[cfg(test)]
mod tests {
    use super::super::encoding::tests::{call, text};
    use super::*;
    use crate::value::{Why, WhyKind};

    fn run(name: &str, block: &str, numbers: &[i64]) -> Result {
        let mut args = vec![Value::string(block)];
        args.extend(numbers.iter().map(|n| Value::number(*n)));
        call(name, &args)
    }

    fn of(name: &str, block: &str, numbers: &[i64]) -> String {
        text(&run(name, block, numbers).unwrap())
    }

    #[test]
    fn hosts_are_counted_from_either_end() {
        assert_eq!(of("cidrhost", "10.12.112.0/20", &[16]), "10.12.112.16");
        assert_eq!(of("cidrhost", "10.12.112.0/20", &[-1]), "10.12.127.255");
        assert_eq!(of("cidrhost", "10.0.0.5/24", &[1]), "10.0.0.1");
        assert_eq!(of("cidrhost", "010.0.0.0/8", &[1]), "10.0.0.1");
        assert_eq!(of("cidrhost", "fd00:fd12:3456:7890::/72", &[34]), "fd00:fd12:3456:7890::22");
        assert!(run("cidrhost", "10.0.0.0/24", &[256]).is_err());
        assert!(run("cidrhost", "10.0.0.0/24", &[-257]).is_err());
    }

    #[test]
    fn what_is_no_block_is_an_error() {
        for bad in
            ["10.0.0.0", "10.0.0/8", "10.0.0.0/33", "10.0.0.256/8", "x/8", "10.0.0.0/", "10.0.0.0.0/8", "fd00::/129"]
        {
            assert!(run("cidrhost", bad, &[1]).is_err(), "{bad}");
        }
    }

    #[test]
    fn netmasks_are_for_ipv4() {
        assert_eq!(of("cidrnetmask", "172.16.0.0/12", &[]), "255.240.0.0");
        assert_eq!(of("cidrnetmask", "10.0.0.0/0", &[]), "0.0.0.0");
        assert!(run("cidrnetmask", "fd00::/64", &[]).is_err());
    }

    #[test]
    fn subnets_are_numbered_in_the_bits_added_to_the_prefix() {
        assert_eq!(of("cidrsubnet", "172.16.0.0/12", &[4, 2]), "172.18.0.0/16");
        assert_eq!(of("cidrsubnet", "10.1.2.0/24", &[4, 15]), "10.1.2.240/28");
        assert_eq!(of("cidrsubnet", "10.0.1.7/16", &[8, 3]), "10.0.3.0/24");
        assert_eq!(of("cidrsubnet", "10.0.0.0/16", &[0, 0]), "10.0.0.0/16");
        assert_eq!(of("cidrsubnet", "10.0.0.0/16", &[8, -1]), "0.0.1.0/24");
        assert_eq!(of("cidrsubnet", "fd00:fd12:3456:7890::/56", &[16, 162]), "fd00:fd12:3456:7800:a200::/72");
        assert_eq!(of("cidrsubnet", "::/0", &[128, 1]), "::1/128");
        assert!(run("cidrsubnet", "10.0.0.0/16", &[8, 256]).is_err());
        assert!(run("cidrsubnet", "10.0.0.0/30", &[4, 0]).is_err());
        assert!(run("cidrsubnet", "10.0.0.0/30", &[i64::MAX, 0]).is_err());
    }

    #[test]
    fn several_subnets_lie_one_behind_the_other() {
        let list = |block: &str, numbers: &[i64]| -> Vec<String> {
            run("cidrsubnets", block, numbers).unwrap().as_list().unwrap().items.iter().map(text).collect()
        };
        assert_eq!(list("10.1.0.0/16", &[4, 4, 8, 4]), ["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24", "10.1.48.0/20"]);
        assert_eq!(
            list("fd00:fd12:3456:7890::/56", &[16, 16, 16, 32]),
            [
                "fd00:fd12:3456:7800::/72",
                "fd00:fd12:3456:7800:100::/72",
                "fd00:fd12:3456:7800:200::/72",
                "fd00:fd12:3456:7800:300::/88"
            ]
        );
        assert_eq!(list("10.0.0.0/16", &[]), Vec::<String>::new());
        assert_eq!(list("255.255.255.0/24", &[1, 1]), ["255.255.255.0/25", "255.255.255.128/25"]);
        assert!(run("cidrsubnets", "10.0.0.0/30", &[4]).is_err());
        assert!(run("cidrsubnets", "10.0.0.0/16", &[0]).is_err());
        assert!(run("cidrsubnets", "10.0.0.0/16", &[1, 1, 1]).is_err());
    }

    #[test]
    fn an_unknown_number_makes_the_block_unknown() {
        let args = [Value::string("10.0.0.0/8"), Value::number(8), Value::unknown(Why::new(WhyKind::NoDefault, "n"))];
        assert_eq!(call("cidrsubnet", &args).unwrap().first_unknown().unwrap().subject, "n");
    }
}
