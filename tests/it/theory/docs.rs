//! Every public item of the theory says which test checks it, and that test exists.

use std::fs;
use std::path::Path;

/// (name, text) of the Rust files of a folder and of the folders in it.
fn files(folder: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(path).expect("the folder exists").map(|entry| entry.expect("an entry").path());
    let read = |path: std::path::PathBuf| {
        let name = path.display().to_string();
        if path.is_dir() { files(&name) } else { vec![(name, fs::read_to_string(&path).expect("readable"))] }
    };
    entries.flat_map(read).collect()
}

/// Names in backticks after "Checked against:" in a doc comment.
fn named_tests(doc: &str) -> Vec<&str> {
    let Some((_, rest)) = doc.split_once("Checked against:") else { return Vec::new() };
    rest.split('`').skip(1).step_by(2).filter(|name| !name.contains('.')).collect()
}

#[test]
fn every_public_item_names_a_test_that_exists() {
    let tests: String = files("tests/it/theory").into_iter().map(|(_, text)| text).collect();
    for (file, text) in files("src/theory") {
        assert!(text.starts_with("//! "), "{file} has no caption");
        let mut doc = String::new();
        for line in text.lines() {
            let line = line.trim();
            if let Some(comment) = line.strip_prefix("///") {
                doc.push_str(comment);
            } else if ["pub fn", "pub struct", "pub enum", "pub trait"].iter().any(|start| line.starts_with(start)) {
                let names = named_tests(&doc);
                // Plain accessors inside `pub(super)` types have no reader outside the wing.
                let inner = file.ends_with("patches.rs");
                assert!(inner || !names.is_empty(), "{file}: {line} names no test");
                for name in names {
                    assert!(tests.contains(&format!("fn {name}()")), "{file}: {line}: no test {name}");
                }
            }
            if !line.starts_with("///") && !line.starts_with('#') {
                doc.clear();
            }
        }
    }
}
