//! stub
use crate::{eval::EvalError, value::Value};
pub fn json_decode(_v: &Value) -> Result<Value, EvalError> {
    Err(EvalError::new("x"))
}
