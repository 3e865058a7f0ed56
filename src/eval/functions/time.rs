//! time functions.
