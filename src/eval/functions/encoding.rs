//! stub
use super::Function;
use crate::{value::Value, eval::EvalError};
/// stub
pub fn json_decode(_v: &Value) -> Result<Value, EvalError> { Err(EvalError::new("x")) }
/// Stub.
pub const FUNCTIONS: &[Function] = &[];
