//! stub
use crate::{value::Value, eval::EvalError};
pub fn json_decode(_v: &Value) -> Result<Value, EvalError> { Err(EvalError::new("x")) }
