//! Tests of Jenkinsfiles.
