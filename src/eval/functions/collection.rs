//! Functions that make collections of collections: `concat`, `merge`, `flatten`, `zipmap`.
//!
//! Elements keep their places and their doubts. A list in which an unknown precedes something known
//! holds that unknown among `maybe`, so that nobody takes the positions for certain.

use std::sync::Arc;

use ecow::EcoString;

use super::{
    Call, Function,
    Unknowns::{Handled, Spread},
    args::doubtful,
    convert, equality, non_null, spread,
};
use crate::{
    eval::{EvalError, Mode, iterate::alternatives_as_list, traverse::through, unnamed},
    source::FileId,
    value::{
        ByName, List, ListKind, Number, Object, ObjectKind, Origin, OriginStep, Refinement, Repr, Truth, Type, Value,
        Why,
    },
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::fixed("chunklist", 2, Handled, |c| spread::each(c, chunklist)),
    Function::fixed("compact", 1, Handled, |c| spread::each(c, compact)),
    Function::ranged("concat", 1, None, Handled, concat),
    Function::fixed("distinct", 1, Handled, |c| spread::each(c, distinct)),
    Function::fixed("flatten", 1, Handled, flatten),
    Function::fixed("keys", 1, Handled, |c| spread::each(c, keys)),
    Function::fixed("matchkeys", 3, Handled, |c| spread::each(c, matchkeys)),
    Function::ranged("merge", 0, None, Handled, |c| spread::each(c, merge)),
    Function::ranged("range", 1, Some(3), Spread, range),
    Function::fixed("reverse", 1, Handled, |c| spread::each(c, reverse)),
    Function::fixed("slice", 3, Handled, |c| spread::each(c, slice)),
    Function::fixed("sort", 1, Handled, |c| spread::each(c, sort)),
    Function::fixed("transpose", 1, Spread, transpose),
    Function::fixed("values", 1, Handled, |c| spread::each(c, values)),
    Function::fixed("zipmap", 2, Handled, |c| spread::each(c, zipmap)),
];

/// A list under construction, to whose end things of unknown number may have been added.
#[derive(Default)]
struct Builder {
    items: Vec<Value>,
    maybe: Vec<Value>,
    open: Option<Why>,
    /// Set if the order is not known.
    order: Option<Why>,
}

impl Builder {
    /// Elements of which there are none or more.
    fn perhaps<'a>(&mut self, whole: &Value, elements: impl Iterator<Item = &'a Value>) {
        for element in elements {
            match unnamed::order(element) {
                Some(why) => _ = self.order.get_or_insert_with(|| why.clone()),
                None => self.maybe.push(through(whole, element)),
            }
        }
    }

    fn push(&mut self, item: Value) {
        self.settle();
        self.items.push(item);
    }

    /// Elements of which nothing is known, at this place.
    fn gap(&mut self, why: Why) {
        self.open.get_or_insert(why);
    }

    fn extend(&mut self, whole: &Value, list: &List) {
        for item in &list.items {
            self.push(through(whole, item));
        }
        self.perhaps(whole, list.maybe.iter());
        if let Some(why) = &list.open {
            self.gap(why.clone());
        }
    }

    /// What comes behind a gap has no certain position.
    fn settle(&mut self) {
        if let Some(why) = self.open.take() {
            self.maybe.push(Value::unknown(why));
        }
    }

    fn build(self, kind: ListKind) -> List {
        match self.order {
            Some(why) => unnamed::list_without_order(self.items, self.maybe, self.open, why, kind),
            None => List { kind, items: self.items, maybe: self.maybe, open: self.open },
        }
    }
}

/// The elements with a type in common, if they have one.
pub(super) fn unified(items: &[Value], mode: Mode) -> Option<Vec<Value>> {
    let common = convert::unify(items, mode)?;
    items.iter().map(|v| convert::convert_to(v, &common).ok()).collect()
}

/// The same list with elements of one type; in configuration it is an error if there is none.
fn of_one_type(call: &Call<'_>, index: usize, list: &List) -> Result<Vec<Value>> {
    match unified(&list.items, call.mode) {
        Some(items) => Ok(items),
        None if call.mode == Mode::Rule => Ok(list.items.clone()),
        None => Err(call.fault(index, "its elements have no type in common")),
    }
}

fn concat(call: &Call<'_>) -> Result {
    let mut builder = Builder::default();
    let mut all_lists = true;
    for (index, argument) in call.args.iter().enumerate() {
        let as_list = alternatives_as_list(argument);
        let argument = as_list.as_ref().unwrap_or(argument);
        if argument.is_unknown() {
            all_lists = false;
            builder.gap(spread::why_of(argument));
            continue;
        }
        let list = call.sequence(index).or_else(|e| argument.as_list().filter(|_| as_list.is_some()).ok_or(e))?;
        all_lists &= list.kind == ListKind::List;
        builder.extend(argument, list);
    }
    let mut list = builder.build(ListKind::Tuple);
    if list.items.is_empty()
        && let (true, Some(why)) = (list.maybe.is_empty(), &list.open)
    {
        return Ok(non_null(why.clone()));
    }
    if all_lists && let Some(items) = unified(&list.items, call.mode) {
        list = List { kind: ListKind::List, items, ..list };
    }
    Ok(Value::list(list))
}

fn flatten(call: &Call<'_>) -> Result {
    let as_list = alternatives_as_list(&call.args[0]);
    let argument = as_list.as_ref().unwrap_or(&call.args[0]);
    if argument.is_unknown() {
        return Ok(non_null(spread::why_of(argument)));
    }
    let values;
    let list = match &argument.repr {
        Repr::List(list) => list,
        // As long as something in it is not known, Terraform goes through the values of an object too.
        Repr::Object(object) if call.mode == Mode::Configuration && !argument.is_wholly_known() => {
            let plain = Value::from_object((**object).clone());
            let listed = listed(&plain, object, &|_, v| v);
            values = Arc::new(listed);
            &values
        }
        _ => return Err(call.wrong(0, "a list")),
    };
    let mut builder = Builder::default();
    flatten_into(argument, list, &mut builder);
    Ok(Value::list(builder.build(ListKind::Tuple)))
}

fn flatten_into(whole: &Value, list: &List, out: &mut Builder) {
    for item in &list.items {
        flatten_item(&through(whole, item), out);
    }
    let mut uncertain = Builder::default();
    for item in &list.maybe {
        match unnamed::order(item) {
            Some(why) => _ = out.order.get_or_insert_with(|| why.clone()),
            None => flatten_item(&through(whole, item), &mut uncertain),
        }
    }
    if let Some(why) = uncertain.order {
        out.order.get_or_insert(why);
    }
    out.maybe.append(&mut uncertain.items);
    out.maybe.append(&mut uncertain.maybe);
    if let Some(why) = list.open.clone().or(uncertain.open) {
        out.gap(why);
    }
}

fn flatten_item(item: &Value, out: &mut Builder) {
    match &item.repr {
        Repr::List(inner) => flatten_into(item, inner, out),
        Repr::Unknown(unknown) => match &unknown.refinement {
            Refinement::Prefix(_) => out.push(item.clone()),
            _ if item.ty.as_deref().is_some_and(Type::is_no_list) => out.push(item.clone()),
            Refinement::OneOf(values) if values.iter().all(is_no_list) => out.push(item.clone()),
            _ => match alternatives_as_list(item) {
                Some(list) => {
                    if let Some(inner) = list.as_list() {
                        flatten_into(&list, inner, out);
                    }
                }
                // It may be a list itself, of any length.
                None => out.maybe.push(item.clone()),
            },
        },
        _ => out.push(item.clone()),
    }
}

fn is_no_list(value: &Value) -> bool {
    !matches!(value.repr, Repr::List(_) | Repr::Unknown(_))
}

fn compact(call: &Call<'_>) -> Result {
    let whole = call.present(0)?;
    if let Some(unknown) = call.unknown_argument() {
        return Ok(unknown);
    }
    let list = call.list(0)?;
    let mut builder = Builder::default();
    for (position, item) in list.items.iter().enumerate() {
        let item = through(whole, item);
        match &item.repr {
            Repr::Null => {}
            Repr::Unknown(unknown) if matches!(&unknown.refinement, Refinement::Prefix(p) if !p.is_empty()) => {
                builder.push(item);
            }
            Repr::Unknown(_) => builder.maybe.push(item),
            _ => {
                let text = convert::to_string(&item)
                    .map_err(|_| call.fault(0, format_args!("element {position} must be a string")))?;
                match &text.repr {
                    Repr::String(t) if t.as_str() == Some("") => {}
                    Repr::String(t) if t.as_str().is_none() && all_holes(t) => builder.maybe.push(text),
                    _ => builder.push(text),
                }
            }
        }
    }
    builder.maybe.extend(list.maybe.iter().map(|v| through(whole, v)));
    builder.open.clone_from(&list.open);
    Ok(Value::list(builder.build(ListKind::List)))
}

/// Whether a text may be empty.
pub(super) fn all_holes(text: &crate::value::Text) -> bool {
    text.parts().iter().all(|p| matches!(p, crate::value::Part::Hole(_)))
}

fn distinct(call: &Call<'_>) -> Result {
    /// Elements that are not known are compared with all others; not if those are too many.
    const MOST_COMPARED: usize = 256;
    let whole = call.present(0)?;
    if let Some(unknown) = call.unknown_argument() {
        return Ok(unknown);
    }
    let list = call.list(0)?;
    let items: Vec<Value> = of_one_type(call, 0, list)?.iter().map(|v| through(whole, v)).collect();
    if call.mode == Mode::Configuration && list.kind == ListKind::Set && !whole.is_wholly_known() {
        return Ok(non_null(spread::why_of(whole)));
    }
    if items.iter().all(Value::is_wholly_known) {
        let kept = List { kind: ListKind::List, items: convert::distinct(items), ..list.clone() };
        return Ok(Value::list(kept));
    }
    let known: Vec<Value> = convert::distinct(items.iter().filter(|v| v.is_wholly_known()).cloned().collect());
    let mut kept = List { kind: ListKind::List, items: Vec::new(), maybe: Vec::new(), open: list.open.clone() };
    let mut unknown: Vec<Value> = Vec::new();
    let mut next_known = known.iter().peekable();
    for item in &items {
        if item.is_wholly_known() {
            if next_known.peek().is_some_and(|n| convert::same(n, item)) {
                kept.items.extend(next_known.next().cloned());
            }
            continue;
        }
        let others = || known.iter().chain(&unknown);
        let truths = || others().map(|other| convert::equal(item, other, Mode::Configuration));
        if items.len() > MOST_COMPARED || truths().any(|t| matches!(t, Truth::Unknown(..))) {
            kept.maybe.push(item.clone());
        } else if !truths().any(|t| matches!(t, Truth::True(_))) {
            kept.items.push(item.clone());
        }
        unknown.push(item.clone());
    }
    kept.maybe.extend(list.maybe.iter().map(|v| through(whole, v)));
    Ok(Value::list(kept))
}

fn reverse(call: &Call<'_>) -> Result {
    let whole = call.present(0)?;
    if let Some(unknown) = call.unknown_argument() {
        return Ok(unknown);
    }
    let list = call.list(0)?;
    let kind = if list.kind == ListKind::Set { ListKind::List } else { list.kind };
    let mut builder = Builder::default();
    if let Some(why) = &list.open {
        builder.gap(why.clone());
    }
    for item in list.items.iter().rev() {
        builder.push(through(whole, item));
    }
    builder.maybe.extend(list.maybe.iter().map(|v| through(whole, v)));
    Ok(Value::list(builder.build(kind)))
}

fn slice(call: &Call<'_>) -> Result {
    let whole = call.present(0)?;
    if let Some(unknown) = call.unknown_argument() {
        return Ok(unknown);
    }
    let list = call.sequence(0)?;
    let (start, end) = (call.integer(1)?, call.integer(2)?);
    let bounds = (usize::try_from(start).ok(), usize::try_from(end).ok());
    let (Some(start), Some(end)) = bounds else { return Err(call.fault(1, "a bound must not be less than zero")) };
    if start > end {
        return Err(call.fault(1, "the start must not be behind the end"));
    }
    let certain = list.maybe.is_empty();
    match list.items.get(start..end) {
        Some(items) if certain => {
            let kind = if list.kind == ListKind::List { ListKind::List } else { ListKind::Tuple };
            Ok(Value::list(List::of(kind, items.iter().map(|v| through(whole, v)).collect())))
        }
        None if list.is_whole() => {
            Err(call.fault(2, format_args!("the end is {end}, but the list has {} elements", list.items.len())))
        }
        _ => Ok(doubtful(list)),
    }
}

fn chunklist(call: &Call<'_>) -> Result {
    let whole = call.present(0)?;
    if let Some(unknown) = call.unknown_argument() {
        return Ok(unknown);
    }
    let list = call.list(0)?;
    let size = usize::try_from(call.integer(1)?).map_err(|_| call.fault(1, "the size must not be less than zero"))?;
    if !list.is_whole() {
        return Ok(doubtful(list));
    }
    let items: Vec<Value> = of_one_type(call, 0, list)?.iter().map(|v| through(whole, v)).collect();
    let size = if size == 0 { items.len().max(1) } else { size };
    let chunks = items.chunks(size).map(|c| Value::list(List::of(ListKind::List, c.to_vec()))).collect();
    Ok(Value::list(List::of(ListKind::List, chunks)))
}

fn sort(call: &Call<'_>) -> Result {
    let whole = call.present(0)?;
    if let Some(unknown) = call.unknown_argument() {
        return Ok(unknown);
    }
    let list = call.list(0)?;
    let mut texts = Vec::with_capacity(list.items.len());
    for (position, item) in list.items.iter().enumerate() {
        if item.is_null() {
            return Err(call.fault(0, format_args!("element {position} is null")));
        }
        let text = convert::to_string(&through(whole, item))
            .map_err(|_| call.fault(0, format_args!("element {position} must be a string")))?;
        texts.push(text);
    }
    if let Some(unknown) = texts.iter().find(|t| !t.is_wholly_known()) {
        // How many there are is known, but not which is where.
        let why = spread::why_of(unknown);
        let item = non_null(why).with_origins(unknown.origins.clone());
        texts = vec![item; texts.len()];
    }
    texts.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    let sorted = List { kind: ListKind::List, items: texts, ..list.clone() };
    if !sorted.is_whole() {
        // An element that may be there moves the others.
        let mut builder = Builder::default();
        builder.gap(sorted.doubt().unwrap_or_else(|| Why::new(crate::value::WhyKind::Repeated, "")));
        sorted.items.into_iter().for_each(|v| builder.push(v));
        return Ok(Value::list(builder.build(ListKind::List)));
    }
    Ok(Value::list(sorted))
}

fn matchkeys(call: &Call<'_>) -> Result {
    for index in 0..3 {
        call.present(index)?;
    }
    if let Some(unknown) = call.unknown_argument() {
        return Ok(unknown);
    }
    let (list, keys, wanted) = (call.list(0)?, call.list(1)?, call.list(2)?);
    if let Some(doubt) = [list, keys].into_iter().find(|l| !l.is_whole()) {
        return Ok(doubtful(doubt));
    }
    if list.items.len() != keys.items.len() {
        return Err(call.fault(1, "there must be as many keys as values"));
    }
    let both: Vec<Value> = keys.items.iter().chain(&wanted.items).cloned().collect();
    let (keys, wanted) = match unified(&both, call.mode) {
        Some(mut both) => {
            let rest = both.split_off(keys.items.len());
            (both, List { items: rest, ..wanted.clone() })
        }
        None => (keys.items.clone(), wanted.clone()),
    };
    let mut kept = List::of(ListKind::List, Vec::new());
    for (value, key) in of_one_type(call, 0, list)?.iter().zip(&keys) {
        let value = through(&call.args[0], value);
        match equality::member(key, &wanted, call.mode) {
            Truth::True(_) => kept.items.push(value),
            Truth::False(_) => {}
            Truth::Unknown(..) => kept.maybe.push(value),
        }
    }
    Ok(Value::list(kept))
}

fn range(call: &Call<'_>) -> Result {
    const MOST: usize = 1024;
    let zero = Number::from(0);
    let (start, end) = match call.args.len() {
        1 => (zero.clone(), call.number(0)?),
        _ => (call.number(0)?, call.number(1)?),
    };
    let falling = end < start;
    let step = match call.args.len() {
        3 => call.number(2)?,
        _ if falling => Number::from(-1),
        _ => Number::from(1),
    };
    if step == zero {
        return Err(call.fault(2, "the step must not be zero"));
    }
    if start != end && falling != (step < zero) {
        return Err(call.fault(2, "the step leads away from the end"));
    }
    let mut items = Vec::new();
    let mut next = start;
    while if falling { next > end } else { next < end } {
        if items.len() >= MOST {
            return Err(EvalError::new(format!("`range` would make more than {MOST} elements")));
        }
        items.push(Value::number(next.clone()));
        next = next.add(step.clone()).ok_or_else(|| call.fault(0, "it leads to no number"))?;
    }
    Ok(Value::list(List::of(ListKind::List, items)))
}

/// The fields in the order of their names, as Terraform goes through them.
fn sorted(object: &Object) -> Vec<(&EcoString, &Value)> {
    let mut fields: Vec<_> = object.fields.iter().collect();
    fields.sort_by(|a, b| a.0.cmp(b.0));
    fields
}

fn of_fields(call: &Call<'_>, element: fn(Value, Value) -> Value) -> Result {
    let whole = call.present(0)?;
    if let Some(unknown) = call.unknown_argument() {
        return Ok(unknown);
    }
    let object = call.object(0)?;
    let mut list = listed(whole, object, &element);
    if object.kind == ObjectKind::Map {
        list.kind = ListKind::List;
    }
    Ok(Value::list(list))
}

/// What is made of each field, in the order of their names as far as that is known.
fn listed(whole: &Value, object: &Object, element: &dyn Fn(Value, Value) -> Value) -> List {
    let named = sorted(object).into_iter().map(|(name, value)| (Value::string(name.clone()), value));
    let mut items: Vec<Value> = named.map(|(name, value)| element(name, through(whole, value))).collect();
    let (Some(why), Some(beyond)) = (&object.open, object.beyond()) else { return List::of(ListKind::Tuple, items) };
    if let Some(open) = &beyond.open
        && beyond.entries().next().is_none()
    {
        let mut builder = Builder::default();
        builder.gap(open.clone());
        for item in items {
            builder.push(item);
        }
        return builder.build(ListKind::Tuple);
    }
    let of = |(name, value): &(Value, Value)| element(name.clone(), through(whole, value));
    items.extend(beyond.certain.iter().map(of));
    let maybe = beyond.maybe.iter().map(of).collect();
    unnamed::list_without_order(items, maybe, beyond.open.clone(), why.clone(), ListKind::Tuple)
}

fn keys(call: &Call<'_>) -> Result {
    // The type of an object tells its keys.
    if call.mode == Mode::Configuration
        && call.args[0].is_unknown()
        && let Type::Object(fields) = Type::of(&call.args[0])
    {
        let mut names: Vec<&EcoString> = fields.keys().collect();
        names.sort();
        return Ok(Value::tuple(names.into_iter().map(|name| Value::string(name.clone())).collect()));
    }
    of_fields(call, |name, value| name.with_origins(value.origins))
}

fn values(call: &Call<'_>) -> Result {
    of_fields(call, |_, value| value)
}

fn zipmap(call: &Call<'_>) -> Result {
    for index in 0..2 {
        call.present(index)?;
    }
    if let Some(unknown) = call.unknown_argument() {
        return Ok(unknown);
    }
    let (keys, list) = (call.list(0)?, call.list(1)?);
    if let Some(doubt) = [keys, list].into_iter().find(|l| !l.is_whole()) {
        return Ok(doubtful(doubt));
    }
    if keys.items.len() != list.items.len() {
        let (a, b) = (keys.items.len(), list.items.len());
        return Err(call.fault(1, format_args!("there are {a} keys, but {b} values")));
    }
    let mut object = Object { header: written_here(call), ..Object::default() };
    if list.kind != ListKind::Tuple {
        object.kind = ObjectKind::Map;
    }
    for (position, (key, value)) in keys.items.iter().zip(&list.items).enumerate() {
        if key.is_null() {
            return Err(call.fault(0, format_args!("key {position} is null")));
        }
        let text = convert::to_string(key).map_err(|why| call.fault(0, why))?;
        unnamed::put(&mut object, text, through(&call.args[1], value));
    }
    Ok(Value::from_object(object))
}

/// The place of the call, for what is missing in the object that it makes.
fn written_here(call: &Call<'_>) -> Option<Origin> {
    let here = call.mode == Mode::Configuration && call.span.file != FileId::NONE;
    here.then(|| Origin::new(call.span, call.span, OriginStep::Here))
}

fn merge(call: &Call<'_>) -> Result {
    // Beside a bare null Terraform does not ask for maps, and takes an empty list.
    let bare = call.args.iter().any(|a| a.is_null() && !Type::of(a).is_told());
    let mut merged = Object { header: written_here(call), ..Object::default() };
    let mut types: Vec<Type> = Vec::new();
    for (index, argument) in call.args.iter().enumerate() {
        let added = match &argument.repr {
            Repr::Null => {
                types.push(Type::Any);
                continue;
            }
            Repr::List(list) if bare && list.items.is_empty() && list.is_whole() => continue,
            Repr::Unknown(unknown) => {
                unnamed::hide(&mut merged, &unknown.why);
                types.push(Type::Any);
                continue;
            }
            _ => call.object(index)?,
        };
        if let Some(why) = added.beyond().and_then(|b| b.open.clone()) {
            unnamed::hide(&mut merged, &why);
        }
        if call.mode == Mode::Rule && merged.header.is_none() {
            merged.header.clone_from(&added.header);
        }
        unnamed::lay_over(&mut merged, argument, added);
        types.push(if added.kind == ObjectKind::Map { Type::of(argument) } else { Type::Bool });
    }
    let maps = !types.is_empty() && types.iter().all(|t| matches!(t, Type::Map(_)));
    let settled: Vec<&Type> = types.iter().filter(|t| !t.has_unclear()).collect();
    if maps && settled.windows(2).all(|pair| pair[0] == pair[1]) {
        merged.kind = ObjectKind::Map;
    }
    Ok(Value::from_object(merged))
}

fn transpose(call: &Call<'_>) -> Result {
    let object = call.object(0)?;
    let mut turned: ByName<Vec<Value>> = ByName::default();
    for (name, list) in sorted(object) {
        let fault = || call.fault(0, format_args!("\"{name}\" must be a list of strings"));
        for item in &list.as_list().ok_or_else(fault)?.items {
            let item = convert::to_string(item).map_err(|_| fault())?;
            let text = item.as_str().ok_or_else(fault)?;
            let place = Value::string(name.clone()).with_origins(item.origins.clone());
            turned.entry(text.into()).or_default().push(place);
        }
    }
    turned.sort_unstable_keys();
    let fields = turned.into_iter().map(|(k, v)| (k, Value::list(List::of(ListKind::List, v)))).collect();
    Ok(Value::from_object(Object { kind: ObjectKind::Map, fields, header: written_here(call), ..Object::default() }))
}
