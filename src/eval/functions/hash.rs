//! stub
use super::Function;
/// Stub.
pub const FUNCTIONS: &[Function] = &[];
