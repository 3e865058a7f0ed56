//! Functions of files and paths.
//!
//! Files are read through the scope, which stays inside the repository. What depends on the machine
//! that runs Terraform - the current directory, somebody's home - is unknown.

use base64::Engine as _;
use ecow::EcoString;

use super::{Call, Function, Unknowns::Spread, args, non_null};
use crate::{
    eval::EvalError,
    source::FileId,
    value::{List, ListKind, Origin, OriginStep, Origins, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::fixed("abspath", 1, Spread, abspath).in_configuration(),
    Function::fixed("basename", 1, Spread, basename),
    Function::fixed("dirname", 1, Spread, dirname),
    Function::fixed("file", 1, Spread, file).in_configuration(),
    Function::fixed("filebase64", 1, Spread, filebase64).in_configuration(),
    Function::fixed("fileexists", 1, Spread, fileexists).in_configuration(),
    Function::fixed("fileset", 2, Spread, fileset).in_configuration(),
    Function::fixed("pathexpand", 1, Spread, pathexpand).in_configuration(),
];

/// The bytes of the file that an argument names.
///
/// # Errors
///
/// If there is no such file.
pub fn read(call: &Call<'_>, index: usize) -> Result<Vec<u8>> {
    let path = call.string(index)?;
    call.scope.read_file(&path).map_err(|e| EvalError { origins: call.args[index].origins.clone(), ..e })
}

fn file(call: &Call<'_>) -> Result {
    let bytes = read(call, 0)?;
    let text =
        String::from_utf8(bytes).map_err(|_| call.fault(0, "the file is not UTF-8; use `filebase64` for bytes"))?;
    // What a template calls stands in no file that a report knows.
    if call.span.file == FileId::NONE {
        return Ok(args::string(text));
    }
    let step = OriginStep::File { path: call.scope.file_name(&call.string(0)?), line: Some(1) };
    Ok(args::string(text).with_origins(Origins::one(Origin::new(call.span, call.span, step))))
}

fn filebase64(call: &Call<'_>) -> Result {
    Ok(Value::string(base64::engine::general_purpose::STANDARD.encode(read(call, 0)?)))
}

fn fileexists(call: &Call<'_>) -> Result {
    let path = call.string(0)?;
    if path.is_empty() || path == "." || path.ends_with('/') {
        return Err(call.fault(0, format_args!("\"{path}\" is a directory, not a file")));
    }
    if call.scope.read_file(&path).is_ok() {
        return Ok(Value::bool(true));
    }
    // What lies outside of the repository may be there when Terraform runs.
    let outside = path.starts_with(['/', '~']) || clean(&path).starts_with("..");
    Ok(if outside { of_the_machine(call) } else { Value::bool(false) })
}

fn fileset(call: &Call<'_>) -> Result {
    let (directory, pattern) = (call.string(0)?, call.string(1)?);
    let files = call.scope.list_files(&directory, &pattern)?;
    let items = files.into_iter().map(args::string).collect();
    Ok(Value::list(List::of(ListKind::Set, super::convert::set_of(items))))
}

fn basename(call: &Call<'_>) -> Result {
    let path = call.string(0)?;
    let trimmed = path.trim_end_matches('/');
    Ok(Value::string(match (path.is_empty(), trimmed) {
        (true, _) => ".",
        (false, "") => "/",
        (false, trimmed) => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }))
}

fn dirname(call: &Call<'_>) -> Result {
    let path = call.string(0)?;
    let directory = path.rfind('/').map_or("", |at| &path[..=at]);
    Ok(Value::string(clean(directory)))
}

/// The shortest path that means the same, as Go's `path/filepath.Clean` gives it.
fn clean(path: &str) -> EcoString {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if kept.last().is_some_and(|p| *p != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            part => kept.push(part),
        }
    }
    match (rooted, kept.join("/")) {
        (true, rest) => format!("/{rest}").into(),
        (false, rest) if rest.is_empty() => ".".into(),
        (false, rest) => rest.into(),
    }
}

fn abspath(call: &Call<'_>) -> Result {
    let path = call.string(0)?;
    Ok(if path.starts_with('/') { Value::string(clean(&path)) } else { of_the_machine(call) })
}

fn pathexpand(call: &Call<'_>) -> Result {
    let path = call.string(0)?;
    match path.strip_prefix('~') {
        None => Ok(Value::string(path)),
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Ok(of_the_machine(call)),
        Some(_) => Err(call.fault(0, "the home directory of another user cannot be found")),
    }
}

fn of_the_machine(call: &Call<'_>) -> Value {
    non_null(Why::new(WhyKind::Function, format!("{}()", call.name)))
}
