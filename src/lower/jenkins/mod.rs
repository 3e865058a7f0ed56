//! Jenkinsfiles, read as text.
//!
//! | Kind | Address | Content |
//! |---|---|---|
//! | `jenkins.pipeline` | its path | `is_declarative`, `libraries`, `options`, `triggers`, `environment` |
//! | `jenkins.stage` | `path#stage` or `path#stage/inner` | `id`, `pipeline`, `agent`, `environment`, `when`, `input` |
//! | `jenkins.library` | `path#library.name` | a shared library: `name`, `version` |
//!
//! A Jenkinsfile is a program in Groovy. [`groovy`] tells its blocks, and [`stages`] reads them as the declarative
//! syntax means them; nothing is run. Of a scripted pipeline the stages are read likewise, as far as they show,
//! and the report says so. What a shared library does is not known.

mod condition;
mod groovy;
mod lex;
mod pipeline;
mod settings;
mod stages;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ecow::EcoString;

use super::{ci, path::name_of};
use crate::{
    model::{Entity, Environment, Skipped},
    source::{FileId, SourceMap, Span},
    value::{Hole, Identity, Object, Origin, OriginStep, Origins, Part, Repr, Text, Unknown, Value, Why, WhyKind},
};
use groovy::{Expr, Piece, Str};

/// The Jenkinsfiles of a tree.
pub fn lower(sources: &SourceMap) -> ci::Parts {
    let mut out = ci::Parts::default();
    for (id, file) in sources.iter() {
        if !is_one(&file.path) || sources.is_foreign(id) {
            continue;
        }
        let statements = groovy::parse(&file.text);
        let source = Source { id, path: (*file.path).into(), text: &file.text };
        if let Some(why) = pipeline::lower(&statements, &source, &mut out) {
            out.lowered.skipped.push(Skipped { path: file.path.to_string(), why: why.into() });
        }
    }
    out
}

/// Whether a file is a Jenkinsfile by its name: `Jenkinsfile`, `Jenkinsfile.deploy`, `deploy.jenkinsfile`.
pub fn is_one(path: &str) -> bool {
    let name = name_of(path).to_ascii_lowercase();
    let code = !matches!(
        name.rsplit_once('.'),
        Some((_, "md" | "txt" | "yml" | "yaml" | "json" | "sh" | "py" | "j2" | "tpl"))
    );
    let named =
        name.strip_prefix("jenkinsfile").is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']));
    code && (named || name.ends_with(".jenkinsfile"))
}

/// The file that is read.
struct Source<'a> {
    id: FileId,
    path: EcoString,
    text: &'a str,
}

impl Source<'_> {
    fn span(&self, at: &std::ops::Range<usize>) -> Span {
        Span::new(self.id, at.start, at.end)
    }

    fn origin(&self, at: &std::ops::Range<usize>) -> Origin {
        Origin::here(self.span(at))
    }

    /// A text with what Groovy fills in as holes.
    fn string(&self, text: &Str) -> Value {
        let parts = text.parts.iter().map(|piece| match piece {
            Piece::Known(text) => Part::Known(text.clone()),
            Piece::Hole(written, at) => {
                let unknown = Arc::new(Unknown::because(Why::new(WhyKind::PipelineExpression, written.clone())));
                Part::Hole(Hole { unknown, written: written.clone(), span: Some(self.span(at)) })
            }
        });
        let value: Value = Repr::String(Text::from_parts(parts.collect())).into();
        // Of a text of many lines the first is what a reader looks for.
        let whole = self.span(&text.at);
        let first = self.text[text.at.clone()].find('\n').map_or(text.at.clone(), |i| text.at.start..text.at.start + i);
        value.with_origins(Origins::one(Origin::new(self.span(&first), whole, OriginStep::Here)))
    }

    /// A value of the program.
    fn value(&self, expr: &Expr) -> Value {
        let at = expr.at();
        let origins = Origins::one(self.origin(&at));
        // Whatever the program puts there ends up as text.
        let unknown = || {
            let written: EcoString = self.text.get(at.clone()).unwrap_or_default().into();
            let first = written.lines().next().unwrap_or_default();
            let unknown = Arc::new(Unknown::because(Why::new(WhyKind::PipelineExpression, first)));
            let hole = Part::Hole(Hole { unknown, written: written.clone(), span: Some(self.span(&at)) });
            let value: Value = Repr::String(Text::from_parts(vec![hole])).into();
            value.with_origins(origins.clone())
        };
        match expr {
            Expr::Text(text) => self.string(text),
            Expr::Word(word, _) => match word.as_str() {
                "true" => Value::bool(true).with_origins(origins),
                "false" => Value::bool(false).with_origins(origins),
                "null" => Value::null().with_origins(origins),
                word if word.starts_with(|c: char| c.is_ascii_digit()) => {
                    let number = crate::syntax::yaml::number(word);
                    number.map_or_else(unknown, |n| Value::number(n).with_origins(origins.clone()))
                }
                _ => unknown(),
            },
            Expr::List(args, _) if args.iter().all(|a| a.name.is_none()) => {
                Value::tuple(args.iter().map(|a| self.value(&a.value)).collect()).with_origins(origins)
            }
            Expr::List(args, at) => self.object(args, at),
            // Texts that are added up.
            Expr::Other(parts, _) if matches!(parts.first(), Some(Expr::Text(_))) => {
                let mut all = Vec::new();
                for part in parts.iter().filter(|p| !matches!(p, Expr::Other(inner, _) if inner.is_empty())) {
                    match part {
                        Expr::Text(text) => match self.string(text).repr {
                            Repr::String(text) => all.extend(text.parts()),
                            _ => return unknown(),
                        },
                        other => {
                            let written: EcoString = self.text.get(other.at()).unwrap_or_default().into();
                            let why = Why::new(WhyKind::PipelineExpression, written.clone());
                            let span = Some(self.span(&other.at()));
                            all.push(Part::Hole(Hole { unknown: Arc::new(Unknown::because(why)), written, span }));
                        }
                    }
                }
                let value: Value = Repr::String(Text::from_parts(all)).into();
                value.with_origins(origins)
            }
            Expr::Call(_) | Expr::Other(..) => unknown(),
        }
    }

    /// The named arguments of a call as an object.
    fn object(&self, args: &[groovy::Arg], at: &std::ops::Range<usize>) -> Value {
        let header = self.origin(at);
        let fields = args.iter().filter_map(|a| Some((a.name.clone()?, self.value(&a.value)))).collect();
        let object = Object { fields, header: Some(header.clone()), ..Object::default() };
        Value::from_object(object).with_origins(Origins::one(header))
    }
}

/// `null` that blames the header for not having `name`.
fn unset(header: &Origin, name: &str) -> Value {
    Value::null().with_origins(Origins::one(header.with_step(OriginStep::NotSet(name.into()))))
}

/// What an entity is made from.
struct Made<'a> {
    kind: &'static str,
    address: EcoString,
    name: EcoString,
    path: &'a EcoString,
    header: Origin,
    environment: Option<Environment>,
    fields: Vec<(&'static str, Value)>,
}

impl Made<'_> {
    /// The entity.
    fn entity(self) -> Entity {
        let known = |text: &str| Value::string(text);
        // What holds this value may be another entity, to which it must look like one all the same.
        let attributes = vec![
            ("address".into(), known(&self.address)),
            ("name".into(), known(&self.name)),
            ("kind".into(), known(self.kind)),
            ("file".into(), known(self.path)),
        ];
        let identity = Identity { attributes, ..Identity::new(self.path.clone(), self.address.clone()) };
        let object = Object {
            fields: self.fields.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            header: Some(self.header.clone()),
            identity: Some(Arc::new(identity)),
            ..Object::default()
        };
        Entity {
            kind: self.kind.into(),
            address: self.address,
            name: self.name,
            scope: self.path.clone(),
            scenario: None,
            body: Value::from_object(object).with_origins(Origins::one(self.header.clone())),
            extent: self.header.extent,
            parts: Vec::new(),
            header: self.header,
            calls: Vec::new(),
            owner: None,
            environment: self.environment,
            doubt: None,
        }
    }
}
