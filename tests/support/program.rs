//! Repositories in temporary directories, and the program run in them.

use std::{fs, path::Path};

use assert_cmd::Command;
use tempfile::TempDir;

/// A directory with these files.
pub fn repository(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), files);
    dir
}

/// Writes files, and the directories that they are in.
pub fn write(dir: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Runs the program in a directory: exit code, standard output, standard error.
pub fn run(dir: &Path, environment: &[(&str, &str)], args: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("trustlint").unwrap();
    command.current_dir(dir).envs(environment.iter().copied()).args(args);
    let output = command.write_stdin("a = 1\n").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}
