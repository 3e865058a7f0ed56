//! encoding functions.
