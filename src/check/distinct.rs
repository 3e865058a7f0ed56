//! distinct.
