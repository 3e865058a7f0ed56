//! `trustlint eval` and `trustlint parse`.

use std::{
    io::{BufRead, Read},
    path::Path,
};

use base64::Engine;
use serde_json::{Value as Json, json};

use super::{
    Terminal,
    args::{EvalArgs, ParseArgs},
    exit::{Exit, Failure},
    inspect::to_json,
    people::shown,
    target::Target,
};
use crate::{
    eval::{Locals, Scope, evaluate},
    lower::terraform,
    source::{FileId, read},
    syntax::hcl,
    value::{Repr, Type, Value},
};

/// Evaluates expressions in the root module of the current directory.
pub(super) fn eval(args: &EvalArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let target = Target::directory(Path::new("."), rayon::current_num_threads())?;
    let mut options = args.terraform.options();
    options.workspace.get_or_insert_with(|| "default".into());
    terraform::console(&*target.tree, &options, &|scope: &dyn Scope| {
        if args.expression != "-" {
            return match value_of(&args.expression, scope) {
                Ok(value) => {
                    terminal.out(&format!("{}\n", shown(&value)));
                    Ok(Exit::Clean)
                }
                Err(message) => Err(Failure::input(message)),
            };
        }
        for line in std::io::stdin().lock().lines() {
            let line = line.map_err(|e| Failure::input(format!("standard input cannot be read: {e}")))?;
            let answer = if args.jsonl {
                let question: Json = serde_json::from_str(&line)
                    .map_err(|e| Failure::usage(format!("a line of standard input is not JSON: {e}")))?;
                let mut answer = answer(question["expr"].as_str().unwrap_or(""), scope);
                answer["id"] = question["id"].clone();
                answer
            } else {
                answer(&line, scope)
            };
            terminal.out(&format!("{answer}\n"));
        }
        Ok(Exit::Clean)
    })
}

fn value_of(text: &str, scope: &dyn Scope) -> Result<Value, String> {
    let expr = hcl::parse_expression(FileId::NONE, text.trim_end_matches('\r'), 0).map_err(|d| d.message)?;
    evaluate(&expr, scope, &Locals::NONE).map_err(|e| e.message)
}

fn answer(text: &str, scope: &dyn Scope) -> Json {
    match value_of(text, scope) {
        Err(error) => json!({ "error": error }),
        Ok(value) if matches!(value.repr, Repr::Unknown(_)) => json!({ "unknown": true }),
        Ok(value) => {
            let mut unknown = Vec::new();
            let mut json = to_json(&value, "", &mut unknown);
            for pointer in unknown {
                if let Some(hole) = json.pointer_mut(&pointer) {
                    *hole = json!({ "__unknown__": true });
                }
            }
            if json.get("__unknown__").is_some() {
                return json!({ "unknown": true });
            }
            json!({ "value": json, "type": type_of(&Type::of(&value)) })
        }
    }
}

/// A type as Terraform writes it in JSON.
fn type_of(ty: &Type) -> Json {
    match ty {
        Type::Unclear | Type::Any => json!("dynamic"),
        Type::Bool | Type::Number | Type::String => json!(ty.to_string()),
        Type::List(item) => json!(["list", type_of(item)]),
        Type::Set(item) => json!(["set", type_of(item)]),
        Type::Map(item) => json!(["map", type_of(item)]),
        Type::Tuple(items) => json!(["tuple", items.iter().map(type_of).collect::<Vec<_>>()]),
        Type::Object(fields) => {
            let fields: serde_json::Map<_, _> = fields.iter().map(|(k, v)| (k.to_string(), type_of(v))).collect();
            json!(["object", fields])
        }
    }
}

/// Tells which texts are valid HCL.
pub(super) fn parse(args: &ParseArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut input = String::new();
    std::io::stdin()
        .lock()
        .read_to_string(&mut input)
        .map_err(|e| Failure::input(format!("standard input cannot be read: {e}")))?;
    if !args.jsonl {
        let parsed = hcl::parse(FileId::NONE, &input);
        let first = parsed.diagnostics.first().map(|d| d.message.clone());
        return match first {
            None => Ok(Exit::Clean),
            Some(message) => Err(Failure::input(message)),
        };
    }
    for line in input.lines().filter(|l| !l.trim().is_empty()) {
        let question: Json = serde_json::from_str(line)
            .map_err(|e| Failure::usage(format!("a line of standard input is not JSON: {e}")))?;
        let bytes = match (question["text"].as_str(), question["text_b64"].as_str()) {
            (Some(text), _) => text.as_bytes().to_vec(),
            (None, Some(encoded)) => base64::engine::general_purpose::STANDARD
                .decode(encoded)
                .map_err(|e| Failure::usage(format!("`text_b64` is not base64: {e}")))?,
            (None, None) => Vec::new(),
        };
        let fault = match read::text(bytes) {
            Err(why) => Some(why),
            Ok((text, _)) => hcl::parse(FileId::NONE, &text).diagnostics.first().map(|d| d.message.clone()),
        };
        let answer = match fault {
            None => json!({ "id": question["id"], "valid": true }),
            Some(error) => json!({ "id": question["id"], "valid": false, "error": error }),
        };
        terminal.out(&format!("{answer}\n"));
    }
    Ok(Exit::Clean)
}
