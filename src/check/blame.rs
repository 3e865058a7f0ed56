//! blame.
