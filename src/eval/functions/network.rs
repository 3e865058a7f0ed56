//! network functions.
