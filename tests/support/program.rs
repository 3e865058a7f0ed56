//! The program, run as a user runs it.

use std::path::Path;

use assert_cmd::Command;

/// Runs the program in a directory: exit code, standard output, standard error.
pub fn run(dir: &Path, environment: &[(&str, &str)], args: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("trustlint").unwrap();
    command.current_dir(dir).envs(environment.iter().copied()).args(args);
    let output = command.write_stdin("a = 1\n").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}
