//! What a build without a mistake leaves for the next: if neither its input nor its output changed, there is nothing to do.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::cache;
use crate::guide::tree::Tree;

/// Where a build is remembered, and by what it is known: its program and all that it reads.
pub struct Seal {
    file: PathBuf,
    key: String,
    output: PathBuf,
}

impl Seal {
    /// None where the program does not know itself. Cost: O(bytes of the tree), about a gigabyte a second.
    pub fn of(root: &Path, output: &Path, tree: &Tree) -> Option<Seal> {
        let (root, output) = (std::path::absolute(root).ok()?, std::path::absolute(output).ok()?);
        let program = std::env::current_exe().ok()?;
        let mut hasher = blake3::Hasher::new();
        let mut add = |part: &[u8]| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        add(program.as_os_str().as_encoded_bytes());
        add(stamp(&fs::metadata(&program).ok()?).as_bytes());
        add(output.as_os_str().as_encoded_bytes());
        add(&[u8::from(tree.drafts)]);
        for (path, bytes) in &tree.files {
            add(path.as_bytes());
            add(bytes);
        }
        let key = hasher.finalize().to_hex().to_string();
        let file = cache::root(&root).join(cache::site_name(&root)).join("seal");
        Some(Seal { file, key, output })
    }

    /// The pages and cells of the build before, if this one would give the same. Cost: O(files of the output).
    pub fn holds(&self) -> Option<[usize; 2]> {
        let text = fs::read_to_string(&self.file).ok()?;
        let (head, files) = text.split_once('\n')?;
        let mut words = head.split(' ');
        if words.next()? != self.key || files != listing(&self.output)? {
            return None;
        }
        Some([words.next()?.parse().ok()?, words.next()?.parse().ok()?])
    }

    /// Remembers a build. That it cannot be written costs the next build its time and nothing else.
    pub fn set(&self, counts: [usize; 2]) {
        let Some(files) = listing(&self.output) else { return };
        if let Some(folder) = self.file.parent() {
            let _ = fs::create_dir_all(folder);
        }
        let _ = fs::write(&self.file, format!("{} {} {}\n{files}", self.key, counts[0], counts[1]));
    }
}

/// Every file of a folder, with what changes when somebody changes it.
fn listing(folder: &Path) -> Option<String> {
    let mut out = String::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.ok()?;
        let path = entry.path().strip_prefix(folder).ok()?;
        out.push_str(&format!("{:?} {}\n", path, stamp(&entry.metadata().ok()?)));
    }
    Some(out)
}

#[cfg(unix)]
fn stamp(metadata: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    // A folder's size is the file system's affair.
    let size = if metadata.is_dir() { 0 } else { metadata.len() };
    let (mode, inode) = (metadata.mode(), metadata.ino());
    let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
    format!("{size} {mode} {inode} {times:?}")
}

#[cfg(not(unix))]
fn stamp(metadata: &Metadata) -> String {
    format!("{} {:?} {:?}", metadata.len(), metadata.file_type(), metadata.modified().ok())
}
