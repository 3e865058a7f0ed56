//! What a Jenkinsfile says besides its stages: what starts it, what it runs on, its variables and libraries.

use ecow::EcoString;

use super::{
    Source,
    condition::Switches,
    groovy::{Arg, Call, Expr, Statement},
    unset,
};
use crate::{
    lower::ci::{Condition, Event, Pattern, Test},
    source::Span,
    value::{Origin, OriginStep, Origins, Value, Why, WhyKind},
};

/// The first line that says something.
pub fn first_line(source: &Source<'_>) -> Origin {
    let mut start = 0;
    let whole = Span::new(source.id, 0, source.text.len());
    for line in source.text.split_inclusive('\n') {
        let said = line.trim();
        if !said.is_empty()
            && !said.starts_with("//")
            && !said.starts_with('#')
            && !said.starts_with('*')
            && !said.starts_with("/*")
        {
            let indent = line.len() - line.trim_start().len();
            let anchor = Span::new(source.id, start + indent, start + indent + said.len());
            return Origin::new(anchor, whole, OriginStep::Here);
        }
        start += line.len();
    }
    Origin::new(Span::new(source.id, 0, 0), whole, OriginStep::Here)
}

/// What a pipeline or stage runs on: `any`, `none`, `label x`, or what the block says.
pub fn agent(call: Option<&Call>, header: &Origin, source: &Source<'_>) -> Value {
    let Some(call) = call else { return unset(header, "agent") };
    let at = Origins::one(source.origin(&call.extent));
    if let Some(word) = call.first().and_then(Expr::as_word) {
        return Value::string(word).with_origins(at);
    }
    let fields = call.body().iter().filter_map(Statement::as_call).map(|inner| {
        let value = if let Some(value) = inner.first() {
            source.value(value)
        } else {
            let parts = inner.body().iter().filter_map(Statement::as_call);
            let parts = parts.filter_map(|c| Some((c.name.clone(), source.value(c.first()?))));
            Value::object(parts).with_origins(Origins::one(source.origin(&inner.extent)))
        };
        (inner.name.clone(), value)
    });
    Value::object(fields.collect::<Vec<_>>()).with_origins(at)
}

/// The variables of an `environment` block as an object.
pub fn variables(call: Option<&Call>, header: &Origin, source: &Source<'_>) -> Value {
    let Some(call) = call else { return unset(header, "environment") };
    let fields = call.body().iter().filter_map(|statement| match statement {
        Statement::Assignment { name, value, .. } => Some((name.clone(), source.value(value))),
        _ => None,
    });
    Value::object(fields.collect::<Vec<_>>()).with_origins(Origins::one(source.origin(&call.extent)))
}

/// The parameters that are switches, each with whether it is on by default.
pub fn switches(pipeline: &Call) -> Switches {
    let parameters = pipeline.child("parameters").map(Call::body).unwrap_or_default();
    let switches = parameters.iter().filter_map(Statement::as_call).filter(|c| c.name == "booleanParam");
    let text = |e: &Expr| e.as_str().or_else(|| e.as_word()).map(EcoString::from);
    switches
        .filter_map(|c| {
            let name = text(c.named("name").or_else(|| c.first())?)?;
            let on = c.named("defaultValue").and_then(text).is_some_and(|v| v == "true");
            Some((name, on))
        })
        .collect()
}

pub type Starts = (Condition, Value, Value, Vec<EcoString>);

/// What starts a pipeline. Which branches it builds, and whether pull requests, is set where it is configured.
pub fn starts(pipeline: Option<&Call>, header: &Origin, source: &Source<'_>) -> Starts {
    let event = |event: Event| Condition::new(Test::Event(vec![event]));
    let host = |what: &str| Condition::at(Test::Unknown(what.into()), Origins::one(header.clone()));
    let branch = Condition::all([event(Event::Push), Condition::new(Test::Branch(Pattern::any()))]);
    let tag = Condition::all([
        event(Event::Push),
        Condition::new(Test::Tag(Pattern::any())),
        host("whether the job builds tags"),
    ]);
    let pulls = Condition::all([event(Event::PullRequest), host("whether the job builds pull requests")]);
    let mut any = vec![branch, tag, pulls, Condition::new(Test::Event(vec![Event::Manual, Event::Api]))];
    let here = |text: &str, at: Origin| Value::string(text).with_origins(Origins::one(at));
    let mut names = vec![here("push", header.clone())];
    let (mut schedules, mut upstream) = (Vec::new(), Vec::new());
    let triggers = pipeline.and_then(|p| p.child("triggers")).map(Call::body).unwrap_or_default();
    for call in triggers.iter().filter_map(Statement::as_call) {
        let at = source.origin(&call.extent);
        let place = Origins::one(at.clone());
        match call.name.as_str() {
            "cron" | "parameterizedCron" => {
                any.push(Condition::at(Test::Event(vec![Event::Schedule]), place));
                names.push(here("schedule", at));
                schedules.extend(call.first().map(|text| source.value(text)));
            }
            "upstream" => {
                any.push(Condition::at(Test::Event(vec![Event::Pipeline]), place));
                names.push(here("pipeline", at));
                let list = call.named("upstreamProjects").or_else(|| call.first()).and_then(Expr::as_str);
                upstream.extend(list.into_iter().flat_map(|l| l.split(',')).map(|name| EcoString::from(name.trim())));
            }
            "pollSCM" | "githubPush" | "bitbucketPush" | "gitlab" => {}
            _ => {
                any.push(Condition::at(Test::Event(vec![Event::Other]), place));
                names.push(here(&call.name, at));
            }
        }
    }
    names.push(here("manual", header.clone()));
    (Condition::any(any), Value::tuple(names), Value::tuple(schedules), upstream)
}

/// The shared libraries that a file loads: as written, by name, and the version.
pub fn libraries(statements: &[Statement], source: &Source<'_>) -> Vec<(Value, EcoString, Value)> {
    let mut found = Vec::new();
    let mut add = |expr: &Expr| {
        let written = source.value(expr);
        let Some(text) = expr.as_str() else {
            found.push((
                written.clone(),
                "library".into(),
                Value::unknown(Why::new(WhyKind::PipelineExpression, "the library")).with_origins(written.origins),
            ));
            return;
        };
        let (name, version) = text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
        let version = version.map_or_else(Value::null, Value::string).with_origins(written.origins.clone());
        found.push((written, name.into(), version));
    };
    for call in statements.iter().filter_map(Statement::as_call) {
        let is_one = matches!(call.name.as_str(), "@Library" | "library");
        let inner = |arg: &Arg| match &arg.value {
            Expr::List(items, _) => items.iter().map(|i| i.value.clone()).collect::<Vec<_>>(),
            value => vec![value.clone()],
        };
        if is_one {
            let named = call.named("identifier").cloned();
            let all = named.map_or_else(|| call.args.first().map(inner).unwrap_or_default(), |one| vec![one]);
            all.iter().for_each(&mut add);
        }
        let block = call.child("libraries").map(Call::body).unwrap_or_default();
        let libs = block.iter().filter_map(Statement::as_call).filter(|c| c.name == "lib");
        libs.filter_map(Call::first).for_each(&mut add);
    }
    found
}
