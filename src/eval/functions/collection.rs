//! collection functions.
