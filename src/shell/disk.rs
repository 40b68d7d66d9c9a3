//! Reading the site's folder, and writing a file so that it is old or new, never half.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use walkdir::{DirEntry, WalkDir};

use super::failure::Failure;
use crate::guide::config;
use crate::guide::durations;
use crate::guide::mistake::Mistakes;
use crate::guide::tree::Tree;

/// The folder of the finished site.
pub const OUTPUT: &str = "public";

/// No run of ours holds a folder's lock for longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads everything that a site is made of. Hidden files are none of it.
pub fn read(root: &Path) -> Result<Tree, Failure> {
    let mut tree = Tree::default();
    for file in [config::FILE, "cells.lock", durations::FILE] {
        let path = root.join(file);
        if path.is_file() {
            tree.insert(file, fs::read(&path).map_err(Failure::file("read", &path))?);
        }
    }
    for folder in ["content", "templates", "static"] {
        read_folder(root, folder, &mut tree)?;
    }
    // What is wrong with the config is told when the tree is parsed.
    for folder in config::read(&tree, &mut Mistakes::default()).crate_folders() {
        read_folder(root, &folder, &mut tree)?;
    }
    Ok(tree)
}

/// Reads a folder under the name by which the site calls it. A crate's `target` is not part of it.
fn read_folder(root: &Path, folder: &str, tree: &mut Tree) -> Result<(), Failure> {
    let base = root.join(folder);
    if !base.is_dir() {
        return Ok(());
    }
    let skipped = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() > 0 && (name.starts_with('.') || (name == "target" && base.join("Cargo.toml").exists()))
    };
    let entries = WalkDir::new(&base).follow_links(true).sort_by_file_name();
    for entry in entries.into_iter().filter_entry(|entry| !skipped(entry)) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(&base).to_owned();
            Failure::File { doing: "read", path, error: error.into() }
        })?;
        if entry.file_type().is_file() {
            let bytes = fs::read(entry.path()).map_err(Failure::file("read", entry.path()))?;
            tree.insert(&format!("{folder}/{}", slashes(&base, entry.path())), bytes);
        }
    }
    Ok(())
}

fn slashes(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Writes a file whole or not at all, in a folder that is made if need be.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Failure::file("create", folder))?;
    }
    let part = unfinished(path);
    fs::write(&part, bytes).map_err(Failure::file("write", &part))?;
    fs::rename(&part, path).map_err(Failure::file("write", path))
}

/// The name of a file as long as this process has not finished it.
pub fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

/// What a file would have become that a process has not finished; none if it is no such file.
pub fn finished(path: &str) -> Option<&str> {
    let (finished, number) = path.strip_suffix(".part")?.rsplit_once('.')?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then_some(finished).filter(|_| !number.is_empty())
}

/// Waits until no other process holds this folder's lock; it is held as long as the file lives.
///
/// None where the system has no locks for folders, or where another program holds it for too long, as in
/// `flock . theoria build`: what should be done under it is then done without, or not at all.
pub fn lock_folder(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok()?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => std::thread::sleep(PATIENCE / 1000),
            Err(_) => return None,
        }
    }
}
