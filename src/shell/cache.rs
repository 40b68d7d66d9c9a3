//! The folder in which compiled cells are kept between builds, and what is needed to share it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::failure::Failure;

/// The cache of this user, or of this site where the user has none.
pub fn root(site: &Path) -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let chosen = set("THEORIA_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").filter(|path| path.is_absolute()).map(|path| path.join("theoria")))
        .or_else(|| set("HOME").filter(|path| path.is_absolute()).map(|path| path.join(".cache").join("theoria")))
        .unwrap_or_else(|| site.join(".theoria").join("cache"));
    // Programs in it are started from other folders.
    std::path::absolute(&chosen).unwrap_or(chosen)
}

/// The name under which a site is kept in the cache. Its root is absolute.
pub fn site_name(root: &Path) -> String {
    let site = blake3::hash(root.as_os_str().as_encoded_bytes()).to_hex();
    format!("site_{}", &site[..16])
}

/// Makes a folder, with those above it.
pub fn folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(Failure::file("make the folder", path))
}

/// Waits until no other process holds this lock; it is held as long as the file lives.
pub fn lock(path: &Path) -> Result<File, Failure> {
    if let Some(parent) = path.parent() {
        folder(parent)?;
    }
    let file = File::create(path).map_err(Failure::file("create", path))?;
    file.lock().map_err(Failure::file("lock", path))?;
    Ok(file)
}

/// Writes a file unless it has this content already: cargo compiles again what was written again.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        folder(parent)?;
    }
    fs::write(path, text).map_err(Failure::file("write", path))
}

/// A folder for one run of the builder, removed at its end, or by a later run if this one is killed.
pub struct Scratch {
    folder: PathBuf,
    lock: PathBuf,
    _held: File,
}

impl Scratch {
    pub fn new(cache: &Path) -> Result<Scratch, Failure> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let runs = cache.join("runs");
        folder(&runs)?;
        // One at a time, or a sweep could take a folder whose lock is not held yet.
        let _turn = lock(&cache.join("runs.lock"))?;
        sweep(&runs);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{count}-{now:x}", std::process::id());
        let lock_path = runs.join(format!("{name}.lock"));
        let held = lock(&lock_path)?;
        let folder_path = runs.join(name);
        folder(&folder_path)?;
        Ok(Scratch { folder: folder_path, lock: lock_path, _held: held })
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is swept by a later run.
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_file(&self.lock);
    }
}

/// Removes what runs have left that were killed: nobody holds their locks.
fn sweep(runs: &Path) {
    for entry in fs::read_dir(runs).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_lock = path.extension().is_some_and(|extension| extension == "lock");
        if is_lock && File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(path.with_extension(""));
            let _ = fs::remove_file(&path);
        }
    }
}
