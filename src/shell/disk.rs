//! Reading the site's folder and writing the finished one: only what changed, each file by renaming.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::failure::Failure;
use crate::guide::config;
use crate::guide::durations;
use crate::guide::mistake::Mistakes;
use crate::guide::site::Site;
use crate::guide::tree::Tree;

/// The folder of the finished site.
pub const OUTPUT: &str = "public";

/// A file in the output that says that the folder is ours to clean.
const MARK: &str = ".theoria";

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

/// Makes the output folder equal to the site. Returns how many files were written or removed.
pub fn write(site: &Site, output: &Path) -> Result<usize, Failure> {
    claim(output)?;
    // First, since a file that is gone may stand where a folder is needed now, or a folder where a file is.
    let mut changes = sweep(site, output)?;
    for (path, bytes) in &site.files {
        let path = output.join(path);
        if fs::read(&path).is_ok_and(|old| *old == **bytes) {
            continue;
        }
        replace(&path, bytes)?;
        changes += 1;
    }
    Ok(changes)
}

/// Refuses to write into a folder that holds something else.
fn claim(output: &Path) -> Result<(), Failure> {
    let mark = output.join(MARK);
    let empty = !output.exists() || fs::read_dir(output).map_err(Failure::file("read", output))?.next().is_none();
    if mark.is_file() {
        return Ok(());
    }
    if !empty {
        let text = format!(
            "'{}' holds files that are not Theoria's; move them, or choose another folder with --output",
            output.display()
        );
        return Err(Failure::Program { name: "build".into(), text });
    }
    replace(&mark, b"This folder is written by `theoria build`; whatever else is put here is removed.\n")
}

/// Writes a file whole or not at all, in a folder that is made if need be.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Failure::file("create", folder))?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    fs::write(&part, bytes).map_err(Failure::file("write", &part))?;
    fs::rename(&part, path).map_err(Failure::file("write", path))
}

/// Removes what the site no longer has, and folders that this empties.
fn sweep(site: &Site, output: &Path) -> Result<usize, Failure> {
    let keep: BTreeSet<PathBuf> = site.files.keys().map(|path| output.join(path)).chain([output.join(MARK)]).collect();
    let mut removed = 0;
    for entry in WalkDir::new(output).contents_first(true).into_iter().filter_map(Result::ok) {
        if entry.file_type().is_dir() {
            // Fails if the folder is not empty, which is what we want.
            let _ = fs::remove_dir(entry.path());
        } else if !keep.contains(entry.path()) {
            fs::remove_file(entry.path()).map_err(Failure::file("remove", entry.path()))?;
            removed += 1;
        }
    }
    Ok(removed)
}
