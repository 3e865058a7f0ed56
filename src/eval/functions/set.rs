//! Functions of sets.

use super::{Call, Function, Unknowns::Handled, collection, convert, equality, spread};
use crate::{
    eval::{EvalError, Mode, traverse::through},
    value::{List, ListKind, Truth, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::ranged("setintersection", 1, None, Handled, |c| spread::each(c, intersection)),
    Function::ranged("setproduct", 2, None, Handled, |c| spread::each(c, product)),
    Function::fixed("setsubtract", 2, Handled, |c| spread::each(c, subtract)),
    Function::ranged("setunion", 1, None, Handled, |c| spread::each(c, union)),
];

/// The arguments as sets of one type; what is unknown is a set of which nothing is known.
fn sets(call: &Call<'_>) -> Result<Vec<List>> {
    let mut sets = Vec::with_capacity(call.args.len());
    for (index, argument) in call.args.iter().enumerate() {
        call.present(index)?;
        if argument.is_unknown() {
            sets.push(List { open: Some(spread::why_of(argument)), ..List::of(ListKind::Set, Vec::new()) });
            continue;
        }
        let list = call.list(index)?;
        sets.push(List {
            kind: ListKind::Set,
            items: list.items.iter().map(|v| through(argument, v)).collect(),
            maybe: list.maybe.iter().map(|v| through(argument, v)).collect(),
            open: list.open.clone(),
        });
    }
    let counts: Vec<usize> = sets.iter().map(|s| s.items.len()).collect();
    let all: Vec<Value> = sets.iter().flat_map(|s| s.items.iter().cloned()).collect();
    match collection::unified(&all, call.mode) {
        Some(mut all) => {
            for (set, count) in sets.iter_mut().zip(counts) {
                let rest = all.split_off(count);
                set.items = convert::set_of(std::mem::replace(&mut all, rest));
            }
        }
        None if call.mode == Mode::Rule => {}
        None => return Err(EvalError::new(format!("the sets of `{}` must have one type in common", call.name))),
    }
    Ok(sets)
}

fn union(call: &Call<'_>) -> Result {
    let mut whole = List::of(ListKind::Set, Vec::new());
    for set in sets(call)? {
        whole.items.extend(set.items);
        whole.maybe.extend(set.maybe);
        whole.open = whole.open.or(set.open);
    }
    whole.items = convert::set_of(whole.items);
    Ok(Value::list(whole))
}

/// The elements of the first set of which `keep` holds; those of which it may hold are doubtful.
fn filtered(mut first: List, mode: Mode, others: &[List], keep: fn(Truth) -> Truth) -> Value {
    let mut kept = List { open: first.open.take(), ..List::of(ListKind::Set, Vec::new()) };
    let truth_of = |item: &Value| Truth::all(others.iter().map(|o| keep(equality::member(item, o, mode))));
    for item in first.items {
        match truth_of(&item) {
            Truth::True(_) => kept.items.push(item),
            Truth::False(_) => {}
            Truth::Unknown(..) => kept.maybe.push(item),
        }
    }
    kept.maybe.extend(first.maybe.into_iter().filter(|item| !matches!(truth_of(item), Truth::False(_))));
    Value::list(kept)
}

fn intersection(call: &Call<'_>) -> Result {
    let mut sets = sets(call)?;
    let first = sets.remove(0);
    Ok(filtered(first, call.mode, &sets, |truth| truth))
}

fn subtract(call: &Call<'_>) -> Result {
    let mut sets = sets(call)?;
    let first = sets.remove(0);
    Ok(filtered(first, call.mode, &sets, Truth::not))
}

fn product(call: &Call<'_>) -> Result {
    /// More combinations than any configuration can mean.
    const MOST: usize = 65_536;
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    let mut doubt: Option<Why> = None;
    let mut any_set = false;
    let mut open = None;
    for (index, argument) in call.args.iter().enumerate() {
        call.present(index)?;
        if argument.is_unknown() {
            return Ok(super::non_null(spread::why_of(argument)));
        }
        let list = call.list(index)?;
        any_set |= list.kind == ListKind::Set;
        doubt = doubt.or_else(|| list.doubt());
        open = open.or_else(|| list.open.clone());
        let items: Vec<Value> = list.items.iter().chain(&list.maybe).map(|v| through(argument, v)).collect();
        let items = collection::unified(&items, call.mode).unwrap_or(items);
        if rows.len().saturating_mul(items.len()) > MOST {
            return Ok(super::non_null(Why::new(WhyKind::Budget, format!("more than {MOST} combinations"))));
        }
        rows = rows
            .iter()
            .flat_map(|row| items.iter().map(move |item| row.iter().chain([item]).cloned().collect()))
            .collect();
    }
    let rows: Vec<Value> = rows.into_iter().map(Value::tuple).collect();
    let kind = if any_set { ListKind::Set } else { ListKind::List };
    Ok(Value::list(match doubt {
        Some(_) => List { kind, items: Vec::new(), maybe: rows, open },
        None if any_set => List::of(kind, convert::set_of(rows)),
        None => List::of(kind, rows),
    }))
}
