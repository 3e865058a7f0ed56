//! lint functions.
