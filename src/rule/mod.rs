//! Rules: files, what is compiled from them, and the proofs that their examples give.

pub mod catalog;
pub mod compile;
pub mod examples;
pub mod file;
pub use catalog::Catalog;
