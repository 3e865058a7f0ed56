//! filesystem functions.
