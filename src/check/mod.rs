//! Rules on entities: verdicts, blame, findings.

pub mod blame;
pub mod distinct;
pub mod run;
