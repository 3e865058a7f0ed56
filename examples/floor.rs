//! What a check cannot do without: listing a directory, reading the files that a check reads, parsing them with the
//! same parsers. `bench/floor` compares a whole check with it.

#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr, reason = "a measurement, run by hand")]

use std::path::Path;

use rayon::prelude::*;
use trustlint::{
    source::{DiskTree, FileId, Tree, read::read_all},
    syntax::{hcl, json, yaml},
};

fn main() {
    let Some(directory) = std::env::args().nth(1) else {
        eprintln!("floor DIRECTORY");
        std::process::exit(2);
    };
    let tree = match DiskTree::new(Path::new(&directory), rayon::current_num_threads()) {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("{directory}: {error}");
            std::process::exit(3);
        }
    };
    let listing = tree.list();
    let (files, _) = read_all(&tree, &listing.files);
    let all: Vec<(FileId, &str, &str)> = files.iter().map(|(id, file)| (id, &*file.path, &*file.text)).collect();
    let nodes: usize = all.par_iter().map(|(id, path, text)| parse(*id, path, text)).sum();
    println!("{} files, {nodes} parsed", all.len());
}

/// 1 if a check would parse it.
fn parse(id: FileId, path: &str, text: &str) -> usize {
    let is_object = || text.contains("apiVersion") && text.contains("kind");
    if path.ends_with(".tf") || path.ends_with(".tofu") || path.ends_with(".tfvars") || path.ends_with(".hcl") {
        std::hint::black_box(hcl::parse(id, text));
    } else if path.contains(".github/") || ((path.ends_with(".yaml") || path.ends_with(".yml")) && is_object()) {
        std::hint::black_box(yaml::parse(id, text));
    } else if path.ends_with(".json") && is_object() {
        std::hint::black_box(json::parse(id, text));
    } else {
        return 0;
    }
    1
}
