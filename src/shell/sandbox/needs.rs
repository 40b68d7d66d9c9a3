//! What programs and compilers of this system need to read, and the variables that they are told.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use toml::{Table, Value};

/// Folders of shared libraries, the loader among them.
const LIBRARIES: &[&str] =
    &["/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store"];
/// Folders of programs, headers and what belongs to them.
const PROGRAMS: &[&str] = &["/bin", "/sbin", "/usr"];
/// What the loader reads, and devices without content of their own.
const SMALL: &[&str] = &["/etc/ld.so.cache", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"];

/// What every program may read and run.
pub fn libraries() -> Vec<PathBuf> {
    let own = ["LD_LIBRARY_PATH"].into_iter().filter_map(std::env::var_os);
    let own: Vec<PathBuf> = own.flat_map(|paths| std::env::split_paths(&paths).collect::<Vec<_>>()).collect();
    let own = own.into_iter().filter(|path| path.is_absolute() && path.parent().is_some());
    LIBRARIES.iter().map(PathBuf::from).chain(own).collect()
}

/// What every program may read.
pub fn small_files() -> Vec<PathBuf> {
    SMALL.iter().map(PathBuf::from).collect()
}

/// What compilers may run beside the libraries: the system's programs, the toolchain, and the linker where it lies
/// elsewhere.
pub fn programs(toolchain: &[PathBuf]) -> Vec<PathBuf> {
    let linker = std::env::var_os("PATH").and_then(|path| {
        let found = std::env::split_paths(&path).map(|folder| folder.join("cc")).find(|cc| cc.is_file())?;
        let folder = found.canonicalize().ok()?.parent()?.parent()?.to_owned();
        // Never so much as a home folder.
        folder.components().nth(3).is_some().then_some(folder)
    });
    PROGRAMS.iter().map(PathBuf::from).chain(toolchain.iter().cloned()).chain(linker).collect()
}

/// What cargo may read: where it keeps crates, its settings, and the folders that these name in place of a registry; not
/// its credentials.
pub fn cargo_files(cargo_home: &Path) -> Vec<PathBuf> {
    let settings = ["config.toml", "config"].map(|name| cargo_home.join(name));
    let mut paths: Vec<PathBuf> = ["registry", "git"].iter().map(|name| cargo_home.join(name)).collect();
    for text in settings.iter().filter_map(|path| fs::read_to_string(path).ok()) {
        let table: Table = text.parse().unwrap_or_default();
        let sources = table.get("source").and_then(Value::as_table).into_iter().flatten();
        let named = sources.filter_map(|(_, source)| source.get("directory").and_then(Value::as_str));
        paths.extend(named.map(|folder| cargo_home.parent().unwrap_or(cargo_home).join(folder)));
    }
    paths.extend(settings);
    paths
}

/// Where cargo keeps what it fetches.
pub fn cargo_home() -> Option<PathBuf> {
    let set = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    set.or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

/// The folders of crates that lie on this machine, with those that they depend on there, and the manifests above them.
pub fn local_crates(dependencies: &Table, root: &Path) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<PathBuf> = paths_of(dependencies).into_iter().map(|path| root.join(path)).collect();
    while let Some(folder) = open.pop() {
        let Ok(folder) = folder.canonicalize() else { continue };
        if !seen.insert(folder.clone()) {
            continue;
        }
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        let manifest: Table = manifest.parse().unwrap_or_default();
        open.extend(all_paths(&manifest).into_iter().map(|path| folder.join(path)));
    }
    let above: Vec<PathBuf> =
        seen.iter().flat_map(|folder| folder.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"))).collect();
    seen.into_iter().chain(above).collect()
}

/// The paths that a table of dependencies names.
fn paths_of(dependencies: &Table) -> Vec<String> {
    let paths = dependencies.values().filter_map(|value| value.get("path")?.as_str());
    paths.map(str::to_owned).collect()
}

/// The paths in every table of dependencies of a manifest, those for one system included.
fn all_paths(manifest: &Table) -> Vec<String> {
    let here = ["dependencies", "build-dependencies"].into_iter().filter_map(|name| manifest.get(name)?.as_table());
    let mut paths: Vec<String> = here.flat_map(paths_of).collect();
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    paths.extend(targets.filter_map(|(_, table)| table.as_table()).flat_map(all_paths));
    paths
}

/// Leaves a command the variables that compilers need, and a folder of their own in place of the user's.
pub fn clean(command: &mut Command, home: &Path, cargo_home: &Path) {
    const KEPT: [&str; 6] = ["PATH", "LD_LIBRARY_PATH", "LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH", "RUSTUP_TOOLCHAIN"];
    // How crates are replaced by others, and how compilers are found where there is no `/usr`.
    const STARTS: [&str; 2] = ["CARGO_SOURCE_", "NIX_"];
    let set: Vec<(OsString, OsString)> =
        command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
    command.env_clear();
    for (name, value) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if KEPT.contains(&&*text) || STARTS.iter().any(|start| text.starts_with(start)) {
            command.env(&name, value);
        }
    }
    command.envs(set).env("HOME", home).env("TMPDIR", home).env("CARGO_HOME", cargo_home).env("LC_ALL", "C");
}
