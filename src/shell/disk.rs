//! Reading the site's folder, and writing a file so that it is old or new, never half.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, TryLockError};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::Arc;
#[cfg(unix)]
use std::time::UNIX_EPOCH;
use std::time::{Duration, Instant, SystemTime};

use walkdir::{DirEntry, WalkDir};

use super::failure::Failure;
use crate::guide::config;
use crate::guide::durations;
use crate::guide::mistake::Mistakes;
use crate::guide::people;
use crate::guide::tree::Tree;

/// The folder of the finished site.
pub const OUTPUT: &str = "public";

/// No run of ours holds a folder's lock for longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time stamps may be as coarse as this: a file that was changed more lately could change again and show none of it.
const COARSE: Duration = Duration::from_secs(2);

/// Reads everything that a site is made of. Hidden files are none of it.
pub fn read(root: &Path) -> Result<Tree, Failure> {
    Reader::default().read(root)
}

/// Reads a site again and again, opening only what has changed. Files that did not change keep their bytes in memory.
#[derive(Default)]
pub struct Reader {
    /// The files of the last reading.
    files: HashMap<OsString, Known>,
    /// Whether drafts are read as other pages are.
    drafts: bool,
}

struct Known {
    stamp: Stamp,
    /// Whether the file had been left alone for long enough that its stamp vouches for it.
    settled: bool,
    bytes: Arc<[u8]>,
}

/// What the system says of a file: it changes with the file's bytes, but for a file that changes twice within [`COARSE`].
#[derive(PartialEq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    changed: Option<SystemTime>,
    /// Device and number, where the system has them.
    identity: (u64, u64),
}

impl Stamp {
    #[cfg(unix)]
    fn new(metadata: &Metadata) -> Stamp {
        use std::os::unix::fs::MetadataExt;
        let seconds = u64::try_from(metadata.ctime()).ok().map(Duration::from_secs);
        let nanoseconds = Duration::from_nanos(metadata.ctime_nsec().unsigned_abs());
        let changed = seconds.and_then(|seconds| UNIX_EPOCH.checked_add(seconds + nanoseconds));
        let identity = (metadata.dev(), metadata.ino());
        Stamp { size: metadata.len(), modified: metadata.modified().ok(), changed, identity }
    }

    #[cfg(not(unix))]
    fn new(metadata: &Metadata) -> Stamp {
        let modified = metadata.modified().ok();
        Stamp { size: metadata.len(), modified, changed: modified, identity: (0, 0) }
    }

    /// A time in the future vouches for nothing either.
    fn settled(&self, now: SystemTime) -> bool {
        let old = |time: Option<SystemTime>| {
            time.and_then(|time| now.duration_since(time).ok()).is_some_and(|age| age > COARSE)
        };
        old(self.modified) && old(self.changed)
    }
}

impl Reader {
    pub fn new(drafts: bool) -> Reader {
        Reader { files: HashMap::new(), drafts }
    }

    /// Cost: a look at each file, and the reading of those that changed.
    pub fn read(&mut self, root: &Path) -> Result<Tree, Failure> {
        let mut pass = Pass {
            tree: Tree { drafts: self.drafts, ..Tree::default() },
            old: std::mem::take(&mut self.files),
            new: HashMap::new(),
        };
        for file in [config::FILE, "cells.lock", durations::FILE, people::FILE] {
            let path = root.join(file);
            if let Some(metadata) = fs::metadata(&path).ok().filter(Metadata::is_file) {
                pass.add(file, path, &metadata)?;
            }
        }
        // What is wrong with the config is told when the tree is parsed.
        let config = config::read(&pass.tree, &mut Mistakes::default());
        for folder in config.folders.all().into_iter().chain(config.crate_folders()) {
            pass.folder(root, &folder)?;
        }
        for file in config.named_files() {
            let path = root.join(file);
            if let Some(metadata) = fs::metadata(&path).ok().filter(Metadata::is_file)
                && !pass.tree.files.contains_key(file)
            {
                pass.add(file, path, &metadata)?;
            }
        }
        for file in config.folders.questions() {
            pass.questions(root, &file)?;
        }
        self.files = pass.new;
        Ok(pass.tree)
    }
}

/// One reading: what the last one knew, and what this one finds.
struct Pass {
    tree: Tree,
    old: HashMap<OsString, Known>,
    new: HashMap<OsString, Known>,
}

impl Pass {
    fn add(&mut self, name: &str, path: PathBuf, metadata: &Metadata) -> Result<(), Failure> {
        let stamp = Stamp::new(metadata);
        let known = match self.old.remove(path.as_os_str()) {
            Some(known) if known.settled && known.stamp == stamp => known,
            known => {
                let settled = stamp.settled(SystemTime::now());
                let bytes = fs::read(&path).map_err(Failure::file("read", &path))?;
                let same = known.map(|known| known.bytes).filter(|old| **old == *bytes);
                Known { stamp, settled, bytes: same.unwrap_or_else(|| bytes.into()) }
            }
        };
        self.tree.insert(name, Arc::clone(&known.bytes));
        self.new.insert(path.into_os_string(), known);
        Ok(())
    }

    /// Reads a folder under the name by which the site calls it. A crate's `target` is not part of it.
    fn folder(&mut self, root: &Path, folder: &str) -> Result<(), Failure> {
        let base = root.join(folder);
        if !base.is_dir() {
            return Ok(());
        }
        let is_crate = base.join("Cargo.toml").exists();
        let skipped = |entry: &DirEntry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() > 0 && (name.starts_with('.') || (name == "target" && is_crate))
        };
        let entries = WalkDir::new(&base).follow_links(true).sort_by_file_name();
        for entry in entries.into_iter().filter_entry(|entry| !skipped(entry)) {
            let fault = |error: walkdir::Error| {
                let path = error.path().unwrap_or(&base).to_owned();
                Failure::File { doing: "read", path, error: error.into() }
            };
            let entry = entry.map_err(fault)?;
            if entry.file_type().is_file() {
                let metadata = entry.metadata().map_err(fault)?;
                let name = format!("{folder}/{}", slashes(&base, entry.path()));
                self.add(&name, entry.into_path(), &metadata)?;
            }
        }
        Ok(())
    }
}

impl Pass {
    /// Reads a file of questions, and the Markdown beside it: what is said of them.
    fn questions(&mut self, root: &Path, file: &str) -> Result<(), Failure> {
        let path = root.join(file);
        if self.tree.files.contains_key(file) || !path.is_file() {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(root);
        let mut names = vec![path.file_name().unwrap_or_default().to_owned()];
        for entry in fs::read_dir(folder).map_err(Failure::file("read", folder))? {
            let name = entry.map_err(Failure::file("read", folder))?.file_name();
            names.extend(Some(name).filter(|name| is_discussion(&name.to_string_lossy())));
        }
        for name in names {
            let path = folder.join(&name);
            let metadata = fs::metadata(&path).map_err(Failure::file("read", &path))?;
            let outer = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            if metadata.is_file() {
                self.add(&format!("{outer}{}", name.to_string_lossy()), path, &metadata)?;
            }
        }
        Ok(())
    }
}

fn is_discussion(name: &str) -> bool {
    name.ends_with(".md") && !name.starts_with('.')
}

fn slashes(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path).to_string_lossy();
    if MAIN_SEPARATOR == '/' { inside.into_owned() } else { inside.replace(MAIN_SEPARATOR, "/") }
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
