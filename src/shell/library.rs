//! The part of this crate that cells are compiled against: carried inside the binary, unpacked where cargo finds it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};
use toml::{Table, Value};

use super::cache;
use super::failure::Failure;

static RECORD: Dir = include_dir!("$CARGO_MANIFEST_DIR/src/record");
static SHOW: Dir = include_dir!("$CARGO_MANIFEST_DIR/src/show");
static THEORY: Dir = include_dir!("$CARGO_MANIFEST_DIR/src/theory");
const ROOT: &str = include_str!("../lib.rs");
const MANIFEST: &str = include_str!("../../Cargo.toml");
const LOCK: &str = include_str!("../../Cargo.lock");

/// The name of every generated package; what tells sites apart is the name of the program.
pub const CELLS: &str = "cells";

/// A digest of all that a cell can see of this crate; comments and blank lines do not count. Cost: once a process.
pub fn digest() -> &'static str {
    static DIGEST: OnceLock<String> = OnceLock::new();
    DIGEST.get_or_init(|| {
        let mut hasher = blake3::Hasher::new();
        for (path, bytes) in sources() {
            hasher.update(format!("\n= {path}\n").as_bytes());
            hash_code(&String::from_utf8_lossy(bytes), &mut hasher);
        }
        hasher.update(manifest().as_bytes());
        hasher.update(lock().as_bytes());
        hasher.finalize().to_hex().to_string()
    })
}

fn hash_code(text: &str, hasher: &mut blake3::Hasher) {
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//")) {
        hasher.update(line.trim_end().as_bytes()).update(b"\n");
    }
}

/// The folder of the unpacked library. Cost: one look at the disk if it is there already.
pub fn unpack(cache: &Path) -> Result<PathBuf, Failure> {
    let files = files();
    // Named by its exact content: a changed comment moves the lines that the compiler and a backtrace name.
    let mut hasher = blake3::Hasher::new();
    for (path, bytes) in &files {
        hasher.update(format!("\n= {path} {}\n", bytes.len()).as_bytes()).update(bytes);
    }
    let library = cache.join(format!("library-{}", &hasher.finalize().to_hex()[..16]));
    if library.is_dir() {
        return Ok(library);
    }
    let unfinished = library.with_extension(format!("{}.unfinished", std::process::id()));
    for (path, bytes) in &files {
        let path = unfinished.join(path);
        cache::folder(path.parent().unwrap_or(&unfinished))?;
        fs::write(&path, bytes).map_err(Failure::file("write", &path))?;
    }
    // Another process may have been quicker, which is as good.
    let renamed = fs::rename(&unfinished, &library);
    if renamed.is_err() {
        let _ = fs::remove_dir_all(&unfinished);
    }
    if library.is_dir() {
        Ok(library)
    } else {
        renamed.map(|()| library.clone()).map_err(Failure::file("make", &library))
    }
}

fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        // Of no workspace but its own: cargo would look for one in the folders above, which it may not read.
        ("Cargo.toml".to_owned(), [manifest(), "\n[workspace]\n"].concat().into_bytes()),
        ("src/lib.rs".to_owned(), ROOT.as_bytes().to_vec()),
    ];
    files.extend(sources().into_iter().map(|(path, bytes)| (path, bytes.to_vec())));
    files
}

/// The sources that a cell can see, by their path in the crate, in the order of the paths.
fn sources() -> Vec<(String, &'static [u8])> {
    let mut files = Vec::new();
    for (name, dir) in [("record", &RECORD), ("show", &SHOW), ("theory", &THEORY)] {
        collect(name, dir, &mut files);
    }
    files.sort();
    files
}

fn collect(name: &str, dir: &'static Dir, files: &mut Vec<(String, &'static [u8])>) {
    for file in dir.files() {
        let path = file.path().to_string_lossy().replace('\\', "/");
        files.push((format!("src/{name}/{path}"), file.contents()));
    }
    dir.dirs().for_each(|dir| collect(name, dir, files));
}

/// The crate's manifest with the dependencies of the cells' slice only: cargo's own work grows with their number.
fn manifest() -> &'static str {
    static SLIM: OnceLock<String> = OnceLock::new();
    SLIM.get_or_init(|| {
        let full = embedded(MANIFEST);
        let mut package = Table::new();
        for key in ["name", "version", "edition", "rust-version"] {
            package.extend(full["package"].get(key).map(|value| (key.to_owned(), value.clone())));
        }
        let mut slim = Table::new();
        slim.insert("package".into(), package.into());
        slim.insert("features".into(), Table::from_iter([("site".to_owned(), Value::Array(Vec::new()))]).into());
        slim.insert("dependencies".into(), slice(&full).into());
        slim.to_string()
    })
}

/// The dependencies that are there without the generator.
fn slice(manifest: &Table) -> Table {
    let all = manifest["dependencies"].as_table().cloned().unwrap_or_default();
    let optional = |value: &Value| value.get("optional").and_then(Value::as_bool).unwrap_or(false);
    all.into_iter().filter(|(_, value)| !optional(value)).collect()
}

/// A lock for a generated package without crates of its own: the versions of the crate's own lock, as cargo writes it.
pub fn lock() -> &'static str {
    static SLIM: OnceLock<String> = OnceLock::new();
    SLIM.get_or_init(|| {
        let (manifest, lock) = (embedded(MANIFEST), embedded(LOCK));
        let own = manifest["package"]["name"].as_str().unwrap_or_default();
        let all: Vec<Locked> = lock["package"].as_array().into_iter().flatten().map(Locked::read).collect();
        let direct: Vec<String> = slice(&manifest).keys().cloned().collect();
        let mut kept = BTreeSet::new();
        let mut open: Vec<&str> = direct.iter().map(String::as_str).collect();
        while let Some(wanted) = open.pop() {
            let found = all.iter().find(|package| package.answers(wanted));
            if let Some(package) = found.filter(|package| kept.insert((*package).clone())) {
                open.extend(package.dependencies.iter().map(String::as_str));
            }
        }
        kept.extend(all.iter().find(|package| package.name == own).map(|package| Locked {
            dependencies: direct.clone(),
            ..package.clone()
        }));
        kept.insert(Locked {
            name: CELLS.into(),
            version: "0.0.0".into(),
            dependencies: vec![own.into()],
            ..Locked::default()
        });
        let head = "# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 4\n";
        kept.iter().fold(head.to_owned(), |text, package| text + &package.write())
    })
}

/// One package of a `Cargo.lock`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    dependencies: Vec<String>,
}

impl Locked {
    fn read(package: &Value) -> Locked {
        let text = |key: &str| package.get(key).and_then(Value::as_str).map(str::to_owned);
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        Locked {
            name: text("name").unwrap_or_default(),
            version: text("version").unwrap_or_default(),
            source: text("source"),
            checksum: text("checksum"),
            dependencies: dependencies.into_iter().flatten().filter_map(|name| Some(name.as_str()?.into())).collect(),
        }
    }

    /// Whether this is the package that a dependency names: by name, and by version where there are several.
    fn answers(&self, wanted: &str) -> bool {
        let mut words = wanted.split(' ');
        words.next() == Some(&self.name) && words.next().is_none_or(|version| version == self.version)
    }

    fn write(&self) -> String {
        let mut text = format!("\n[[package]]\nname = \"{}\"\nversion = \"{}\"\n", self.name, self.version);
        let optional = [("source", &self.source), ("checksum", &self.checksum)];
        for (key, value) in optional.into_iter().filter_map(|(key, value)| Some((key, value.as_ref()?))) {
            text += &format!("{key} = \"{value}\"\n");
        }
        if !self.dependencies.is_empty() {
            let names = self.dependencies.iter().map(|name| format!(" \"{name}\",\n"));
            text += &format!("dependencies = [\n{}]\n", names.collect::<String>());
        }
        text
    }
}

/// A file that was compiled into this binary, and is as good as its source.
fn embedded(text: &str) -> Table {
    text.parse().expect("the crate's own manifest and lock are TOML: cargo has read them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slice_is_slim_and_pinned() {
        let manifest = embedded(manifest());
        let direct: Vec<&String> = manifest["dependencies"].as_table().unwrap().keys().collect();
        assert!(
            direct.iter().any(|name| *name == "ndarray") && direct.iter().all(|name| *name != "tera"),
            "{direct:?}"
        );
        let lock = embedded(lock());
        let packages: Vec<Locked> = lock["package"].as_array().unwrap().iter().map(Locked::read).collect();
        assert!(packages.iter().any(|package| package.name == CELLS) && packages.len() < 48);
        for name in packages.iter().flat_map(|package| &package.dependencies) {
            assert!(packages.iter().any(|package| package.answers(name)), "{name} is not locked");
        }
    }

    #[test]
    fn the_digest_overlooks_comments() {
        let digest = |text: &str| {
            let mut hasher = blake3::Hasher::new();
            hash_code(text, &mut hasher);
            hasher.finalize()
        };
        assert_eq!(digest("a\n  // b\n\nc  "), digest("a\nc\n"));
        assert_ne!(digest("a\nc"), digest("a\n c"));
        assert_eq!(super::digest().len(), 64);
    }
}
