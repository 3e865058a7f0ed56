//! Questions about ports.

use super::texts::{any, decided, flattened, not_known};
use crate::{
    eval::{
        EvalError,
        functions::{Call, convert},
    },
    value::{Number, Object, Text, Truth, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// Names and numbers of protocols that have no ports.
const WITHOUT_PORTS: [&str; 12] =
    ["icmp", "icmpv6", "ipv6-icmp", "1", "58", "esp", "50", "ah", "51", "gre", "47", "ipip"];
const EVERY_PROTOCOL: [&str; 5] = ["-1", "all", "any", "*", "-1.0"];

pub(super) fn ports_include(call: &Call<'_>) -> Result {
    let rule = &call.args[0];
    let object = match rule.as_object() {
        Some(object) => object,
        None if rule.is_null() => return Ok(decided(Some(false), rule).into_value()),
        None if rule.is_unknown() => return Ok(not_known(rule).into_value()),
        None => return Err(call.wrong(0, "an object with protocol, from_port and to_port")),
    };
    let protocol = field(object, rule, "protocol");
    let every = protocol_is(&protocol, &EVERY_PROTOCOL);
    let (from, to) = (field(object, rule, "from_port"), field(object, rule, "to_port"));
    let (from, to) = match (from.is_null(), to.is_null()) {
        (true, false) => (to.clone(), to),
        (false, true) => (from.clone(), from),
        _ => (from, to),
    };
    let (ports, doubt) = flattened(&call.args[1..]);
    let mut within = Truth::of(false);
    for port in ports {
        within = within.or(if from.is_null() {
            // No range at all is every port.
            decided(Some(true), &protocol)
        } else {
            compare(call, &from, port, |from, port| from <= port)?.and(compare(call, &to, port, |to, port| to >= port)?)
        });
    }
    if let (Truth::False(_), Some(why)) = (&within, doubt) {
        within = Truth::Unknown(vec![why], rule.origins.clone());
    }
    let has_ports = protocol_is(&protocol, &WITHOUT_PORTS).not();
    let has_ports = if let Truth::True(_) = has_ports { Truth::of(true) } else { has_ports };
    let every = if let Truth::False(_) = every { Truth::of(false) } else { every };
    Ok(every.or(has_ports.and(within)).into_value())
}

/// A field, or what its absence is: null where the rule is, unknown if the object may have it.
fn field(object: &Object, rule: &Value, name: &str) -> Value {
    match (object.get(name), &object.open) {
        (Some(value), _) => value.clone(),
        (None, Some(why)) => Value::unknown(why.clone()).with_origins(rule.origins.clone()),
        (None, None) => {
            let header = object.header.clone().into_iter().collect();
            Value::null().with_origins(if object.header.is_some() { header } else { rule.origins.clone() })
        }
    }
}

fn protocol_is(protocol: &Value, names: &[&str]) -> Truth {
    match convert::text_of(protocol) {
        Some(Text::Whole(text)) => decided(Some(names.iter().any(|n| text.eq_ignore_ascii_case(n))), protocol),
        Some(text) => decided((!names.iter().any(|n| text.may_equal(n))).then_some(false), protocol),
        None if protocol.is_unknown() => not_known(protocol),
        None => decided(Some(false), protocol),
    }
}

fn compare(call: &Call<'_>, bound: &Value, port: &Value, holds: fn(Number, Number) -> bool) -> Result<Truth> {
    if bound.is_null() {
        return Ok(decided(Some(false), bound));
    }
    for value in [bound, port] {
        if value.first_unknown().is_some() {
            return Ok(not_known(value));
        }
    }
    match (convert::number_of(bound), convert::number_of(port)) {
        (Some(bound_number), Some(port)) => Ok(decided(Some(holds(bound_number, port)), bound)),
        (None, _) => Err(call.wrong(0, "a rule whose ports are numbers")),
        _ => Err(call.fault(1, "a port is a number")),
    }
}

pub(super) fn port_range_includes(call: &Call<'_>) -> Result {
    let (ports, doubt) = flattened(&call.args[1..]);
    let mut wanted = Vec::with_capacity(ports.len());
    for port in ports {
        match convert::number_of(port).and_then(|n| n.as_i64()) {
            Some(number) => wanted.push(number),
            None if port.first_unknown().is_some() => return Ok(not_known(port).into_value()),
            None => return Err(call.fault(1, "a port is a number")),
        }
    }
    let truth = any(&call.args[0], &|ranges| match convert::text_of(ranges) {
        Some(Text::Whole(text)) => Ok(covers(&text, &wanted, ranges)),
        Some(Text::Holed(_)) => Ok(not_known(ranges)),
        None if ranges.is_unknown() => Ok(not_known(ranges)),
        None if ranges.is_null() => Ok(decided(Some(false), ranges)),
        None => Err(call.wrong(0, "port ranges")),
    })?;
    Ok(match (truth, doubt) {
        (Truth::False(places), Some(why)) => Truth::Unknown(vec![why], places),
        (truth, _) => truth,
    }
    .into_value())
}

fn covers(text: &str, wanted: &[i64], ranges: &Value) -> Truth {
    let mut odd = None;
    for range in text.split(',').map(str::trim).filter(|r| !r.is_empty()) {
        if matches!(range.to_ascii_lowercase().as_str(), "*" | "any" | "all") {
            return decided(Some(true), ranges);
        }
        let (low, high) = range.split_once(['-', ':']).unwrap_or((range, range));
        match (low.trim().parse::<i64>(), high.trim().parse::<i64>()) {
            (Ok(low), Ok(high)) if wanted.iter().any(|port| (low..=high).contains(port)) => {
                return decided(Some(true), ranges);
            }
            (Ok(_), Ok(_)) => {}
            _ => odd = Some(range),
        }
    }
    match odd {
        Some(odd) => {
            let why = Why::new(WhyKind::NotEvaluated, format!("the port range \"{odd}\""));
            Truth::Unknown(vec![why], ranges.origins.clone())
        }
        None => decided(Some(false), ranges),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, ask, at, holed, place, s, strings, unknown};
    use super::*;

    fn rule(from: Value, to: Value, protocol: Value) -> Value {
        Value::object([("from_port".into(), from), ("to_port".into(), to), ("protocol".into(), protocol)])
    }

    fn includes(rule: Value, ports: &[i64]) -> &'static str {
        let mut args = vec![rule];
        args.extend(ports.iter().map(|p| Value::number(*p)));
        answer("ports_include", &args)
    }

    fn n(number: i64) -> Value {
        Value::number(number)
    }

    #[test]
    fn a_range_covers_the_ports_in_it() {
        assert_eq!(includes(rule(n(20), n(30), s("tcp")), &[22]), "yes");
        assert_eq!(includes(rule(s("20"), s("30"), s("6")), &[22]), "yes");
        assert_eq!(includes(rule(n(20), n(30), s("tcp")), &[80, 443]), "no");
        assert_eq!(includes(rule(n(20), n(30), s("tcp")), &[80, 25]), "yes");
        assert_eq!(includes(rule(n(0), n(0), s("tcp")), &[22]), "no");
        assert_eq!(includes(rule(n(22), Value::null(), s("tcp")), &[22]), "yes");
        assert_eq!(includes(rule(Value::null(), Value::null(), s("tcp")), &[22]), "yes");
        assert_eq!(includes(Value::null(), &[22]), "no");
    }

    #[test]
    fn every_protocol_is_every_port_and_some_have_none() {
        assert_eq!(includes(rule(n(0), n(0), s("-1")), &[22]), "yes");
        assert_eq!(includes(rule(n(0), n(0), n(-1)), &[22]), "yes");
        assert_eq!(includes(rule(Value::null(), Value::null(), s("All")), &[22]), "yes");
        assert_eq!(includes(rule(n(-1), n(-1), s("icmp")), &[22]), "no");
        assert_eq!(includes(rule(unknown("x"), n(1), s("icmp")), &[22]), "no");
    }

    #[test]
    fn one_bound_that_is_known_may_decide() {
        assert_eq!(includes(rule(unknown("x"), n(10), s("tcp")), &[22]), "no");
        assert_eq!(includes(rule(unknown("x"), n(30), s("tcp")), &[22]), "unknown");
        assert_eq!(includes(rule(n(20), n(30), unknown("x")), &[22]), "unknown");
        assert_eq!(includes(rule(n(80), n(80), unknown("x")), &[22]), "unknown");
        assert_eq!(includes(unknown("x"), &[22]), "unknown");
        assert!(ask("ports_include", &[rule(s("ssh"), s("ssh"), s("tcp")), n(22)]).unwrap_err().shape);
    }

    #[test]
    fn the_bounds_or_the_protocol_are_blamed() {
        let of = |r: Value| ask("ports_include", &[r, n(22)]).unwrap().origins;
        assert_eq!(of(rule(at(n(0), 1), at(n(65535), 2), at(s("tcp"), 3))), place(1).and(&place(2)));
        assert_eq!(of(rule(at(n(0), 1), at(n(0), 2), at(s("-1"), 3))), place(3));
        assert_eq!(of(rule(at(n(0), 1), at(n(8), 2), at(s("tcp"), 3))), place(2));
    }

    #[test]
    fn ranges_are_written_in_many_ways() {
        let of = |r: Value, p: i64| answer("port_range_includes", &[r, n(p)]);
        assert_eq!(of(s("20-30,443"), 22), "yes");
        assert_eq!(of(s("20-30, 443"), 443), "yes");
        assert_eq!(of(s("20-30,443"), 80), "no");
        assert_eq!(of(s("*"), 80), "yes");
        assert_eq!(of(n(80), 80), "yes");
        assert_eq!(of(strings(&["8000-9000", "22"]), 22), "yes");
        assert_eq!(of(strings(&[]), 22), "no");
        assert_eq!(of(Value::null(), 22), "no");
        assert_eq!(of(unknown("x"), 22), "unknown");
        assert_eq!(of(holed(&["20-", "?x"]), 22), "unknown");
        assert_eq!(of(Value::tuple(vec![unknown("x"), s("22")]), 22), "yes");
        assert_eq!(of(s("ssh"), 22), "unknown");
    }
}
