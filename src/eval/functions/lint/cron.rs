//! `cron_longest_gap_days`: how long a schedule lets one wait.

use jiff::civil::{Date, date};

use crate::{
    eval::{EvalError, functions::Call},
    value::{Number, Value},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// Days are tried over eight years, so that there is a 29th of February between any two.
const FIRST: Date = date(2024, 1, 1);
const DAYS: i64 = 366 * 8;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// `cron_longest_gap_days(text)`
pub(super) fn cron_longest_gap_days(call: &Call<'_>) -> Result {
    let [schedule] = call.args else { return Ok(Value::null()) };
    if schedule.is_unknown() {
        return Ok(schedule.clone());
    }
    let gap = schedule.as_str().and_then(longest_gap);
    Ok(gap.map_or_else(Value::null, |days| Value::number(Number::from(days))).with_origins(schedule.origins.clone()))
}

/// The most days from one run to the next; none if the text is no schedule. One that never runs has the gap of
/// all days that are tried.
fn longest_gap(text: &str) -> Option<i64> {
    let text = match text.trim() {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        plain => plain,
    };
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields[..] else { return None };
    set(minute, 0, 59, &[])?;
    set(hour, 0, 23, &[])?;
    let (days, months) = (set(day, 1, 31, &[])?, set(month, 1, 12, &MONTHS)?);
    // Both 0 and 7 are Sunday.
    let weekdays = set(weekday, 0, 7, &WEEKDAYS)?;
    let weekdays = weekdays | weekdays >> 7 & 1;
    // If both are restricted, either is enough.
    let either = !day.starts_with('*') && !weekday.starts_with('*') && day != "?" && weekday != "?";
    let has = |set: u64, n: i8| set >> n & 1 == 1;
    let (mut last, mut longest, mut first) = (None, 0, None);
    let mut at = FIRST;
    for number in 0..DAYS {
        let on_day = has(days, at.day());
        let on_weekday = has(weekdays, at.weekday().to_sunday_zero_offset());
        let runs = has(months, at.month()) && if either { on_day || on_weekday } else { on_day && on_weekday };
        if runs {
            first.get_or_insert(number);
            longest = longest.max(number - last.unwrap_or(number));
            last = Some(number);
        }
        at = at.tomorrow().ok()?;
    }
    let (Some(first), Some(last)) = (first, last) else { return Some(DAYS) };
    Some(longest.max(if first == last { DAYS } else { 1 }))
}

/// The numbers of a field, as bits.
fn set(field: &str, least: u32, most: u32, names: &[&str]) -> Option<u64> {
    let number = |text: &str| -> Option<u32> {
        let base = u32::from(names.len() == MONTHS.len());
        let named = names.iter().position(|name| text.eq_ignore_ascii_case(name)).map(|at| at as u32 + base);
        named.or_else(|| text.parse().ok()).filter(|n| (least..=most).contains(n))
    };
    let mut bits = 0_u64;
    for part in field.split(',') {
        // Jenkins picks a number by the name of the job; which one does not matter.
        let part = if part == "H" { least.to_string() } else { part.replace("H/", "*/") };
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|s| *s > 0)?),
            None => (part.as_str(), 1),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None if matches!(range, "*" | "?") => (least, most),
            None if part.contains('/') => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        if from > to {
            return None;
        }
        (from..=to).step_by(step as usize).for_each(|n| bits |= 1 << n);
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ask, s, unknown};
    use super::*;

    #[test]
    fn the_longest_gap_of_a_schedule() {
        for (schedule, days) in [
            ("* * * * *", Some(1)),
            ("0 5 * * 1", Some(7)),
            ("0 5 * * MON-FRI", Some(3)),
            ("0 5 * * 7", Some(7)),
            ("H 4 * * 1", Some(7)),
            ("H H H/7 * *", Some(7)),
            ("0 5 1 * *", Some(31)),
            ("0 5 1,15 * *", Some(17)),
            ("0 5 1 */3 *", Some(92)),
            ("0 5 1 jan,jul *", Some(184)),
            ("0 5 1 1 *", Some(366)),
            ("0 5 1 * 1", Some(7)),
            ("0 5 */10 * *", Some(10)),
            ("0 5 31 * *", Some(61)),
            ("0 5 29 2 *", Some(1461)),
            ("0 5 30 2 *", Some(DAYS)),
            ("@monthly", Some(31)),
            ("0 0 ? * 2", Some(7)),
            ("0 5 1 *", None),
            ("0 25 * * *", None),
            ("0 5 * * 5-1", None),
            ("0 5 */0 * *", None),
            ("every weekend", None),
            ("before 5am on monday now", None),
        ] {
            assert_eq!(longest_gap(schedule), days, "{schedule}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_null_and_what_is_unknown_stays_so() {
        assert!(ask("cron_longest_gap_days", &[Value::null()]).unwrap().is_null());
        assert!(ask("cron_longest_gap_days", &[s("sometimes")]).unwrap().is_null());
        assert!(ask("cron_longest_gap_days", &[unknown("x")]).unwrap().is_unknown());
    }
}
