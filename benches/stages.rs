//! How long the stages of a check take on the small repository of the README.
//!
//! `cargo bench` runs them; `bench/run` compares whole runs with other tools.

use std::path::Path;

use divan::{Bencher, black_box};
use trustlint::{
    check, lower,
    rule::Catalog,
    source::{DiskTree, FileId, MemoryTree, Tree},
    syntax::{hcl, yaml},
};

fn main() {
    divan::main();
}

/// The fixture in memory, so that no disk is measured.
fn tree() -> MemoryTree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repos/starting-out");
    let disk = DiskTree::new(&root, 1).expect("the fixture is there");
    let files = disk.list().files.into_iter().map(|path| {
        let bytes = disk.read(&path).expect("the fixture can be read");
        (path, bytes)
    });
    MemoryTree::new("starting-out", files.collect::<Vec<_>>())
}

fn texts(tree: &MemoryTree, endings: &[&str]) -> Vec<String> {
    let files = tree.list().files.into_iter().filter(|path| endings.iter().any(|e| path.ends_with(e)));
    files.filter_map(|path| tree.read(&path).ok()).filter_map(|bytes| String::from_utf8(bytes).ok()).collect()
}

#[divan::bench]
fn parse_hcl(bencher: Bencher<'_, '_>) {
    let texts = texts(&tree(), &[".tf"]);
    bencher.bench(|| {
        for text in &texts {
            black_box(hcl::parse(FileId(0), text));
        }
    });
}

#[divan::bench]
fn parse_yaml(bencher: Bencher<'_, '_>) {
    let texts = texts(&tree(), &[".yaml", ".yml"]);
    bencher.bench(|| {
        for text in &texts {
            black_box(yaml::parse(FileId(0), text));
        }
    });
}

#[divan::bench]
fn load_rules() -> usize {
    Catalog::builtin().rules.len()
}

#[divan::bench]
fn read_and_lower(bencher: Bencher<'_, '_>) {
    let tree = tree();
    bencher.bench(|| lower::project(&tree, &lower::Options::default()));
}

#[divan::bench]
fn check_rules(bencher: Bencher<'_, '_>) {
    let tree = tree();
    let catalog = Catalog::builtin();
    let options = check::Options::default();
    bencher
        .with_inputs(|| lower::project(&tree, &lower::Options::default()))
        .bench_values(|project| check::check(project, &catalog, &options));
}
