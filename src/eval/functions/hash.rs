//! hash functions.
