//! The finished site's folder: old or new, never between.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::disk;
use super::failure::Failure;
use crate::guide::site::Site;

/// A file in the output that says that the folder is ours to clean.
const MARK: &str = ".theoria";
const MARK_TEXT: &[u8] = b"This folder is written by `theoria build`; whatever else is put here is removed.\n";

/// Makes the output folder equal to the site. Returns how many files were written or removed.
///
/// The new site is made in a folder beside the old one, which it then replaces in one step: a run that is killed leaves
/// one of them, whole.
pub fn publish(site: &Site, output: &Path) -> Result<usize, Failure> {
    let output = &place(output)?;
    // One at a time: what lies beside the output while this is held was left by a run that is dead.
    let turn = output.parent().and_then(disk::lock_folder);
    claim(output)?;
    let difference = compare(site, output)?;
    let done = if difference.is_none() { Ok(()) } else { replace(site, &difference, output) };
    if turn.is_some() {
        sweep(output);
    }
    done.map(|()| difference.files)
}

/// Where the output lies: what is beside a link is not beside its target.
fn place(output: &Path) -> Result<PathBuf, Failure> {
    let path = std::path::absolute(output).map_err(Failure::file("find", output))?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(Failure::file("create", parent))?;
    }
    Ok(path.canonicalize().unwrap_or(path))
}

/// Refuses to write into a folder that holds something else.
fn claim(output: &Path) -> Result<(), Failure> {
    let empty = !output.exists() || fs::read_dir(output).map_err(Failure::file("read", output))?.next().is_none();
    if empty || output.join(MARK).is_file() {
        return Ok(());
    }
    let text = format!(
        "'{}' holds files that are not Theoria's; move them, or choose another folder with --output",
        output.display()
    );
    Err(Failure::Program { name: "build".into(), text })
}

/// The files of a finished output, the mark first.
fn files(site: &Site) -> impl Iterator<Item = (&str, &[u8])> {
    let files = site.files.iter().map(|(path, bytes)| (path.as_str(), &**bytes));
    std::iter::once((MARK, MARK_TEXT)).chain(files)
}

/// What an output lacks, and what it has too much.
#[derive(Default)]
struct Difference<'s> {
    /// Files that are not there, or not as they should be.
    stale: BTreeSet<&'s str>,
    /// What the site does not have; what a folder holds comes before the folder.
    extra: Vec<DirEntry>,
    /// The folders of the site, each after the one that it lies in.
    folders: BTreeSet<&'s Path>,
    /// How many files that are.
    files: usize,
}

impl Difference<'_> {
    fn is_none(&self) -> bool {
        self.stale.is_empty() && self.extra.is_empty()
    }
}

fn compare<'s>(site: &'s Site, output: &Path) -> Result<Difference<'s>, Failure> {
    let mut difference = Difference::default();
    let mut present = BTreeSet::new();
    let wanted: BTreeSet<&Path> = files(site).map(|(path, _)| Path::new(path)).collect();
    difference.folders = wanted.iter().flat_map(|path| path.ancestors().skip(1)).collect();
    // What cannot be looked at is left where it is.
    for entry in WalkDir::new(output).min_depth(1).contents_first(true).into_iter().filter_map(Result::ok) {
        let path = entry.path().strip_prefix(output).unwrap_or(entry.path()).to_owned();
        let kind = entry.file_type();
        if kind.is_file() && wanted.contains(&*path) {
            present.insert(path);
        } else if !kind.is_dir() || !difference.folders.contains(&*path) {
            difference.extra.push(entry);
        }
    }
    for (path, bytes) in files(site) {
        let same = present.contains(Path::new(path)) && fs::read(output.join(path)).is_ok_and(|old| old == bytes);
        if !same {
            difference.stale.insert(path);
        }
    }
    let removed = difference.extra.iter().filter(|entry| !entry.file_type().is_dir()).count();
    difference.files = difference.stale.len() + removed;
    Ok(difference)
}

/// Puts the new site in the place of the old one: at once where the system can, else file by file.
fn replace(site: &Site, difference: &Difference, output: &Path) -> Result<(), Failure> {
    // Whoever stands in the output would be left standing in a folder that is gone, the running program among them.
    let stands_in_it = std::env::current_dir().is_ok_and(|here| here.starts_with(output));
    let Some(staging) = staging(output).filter(|_| !stands_in_it) else {
        return in_place(site, difference, output);
    };
    // Left by a run that was killed and had the number that this one has now.
    remove(&staging);
    let exchanged = stage(site, difference, output, &staging)
        .and_then(|()| exchange(&staging, output).map_err(Failure::file("replace", output)));
    remove(&staging);
    match exchanged {
        Err(Failure::File { error, .. }) if is_refused(&error) => in_place(site, difference, output),
        result => result,
    }
}

/// What the names of staging folders begin with; the rest is the number of the process.
fn stem(output: &Path) -> Option<OsString> {
    let mut stem = OsString::from(".");
    stem.push(output.file_name()?);
    stem.push(".theoria-");
    Some(stem)
}

fn staging(output: &Path) -> Option<PathBuf> {
    let mut name = stem(output)?;
    name.push(std::process::id().to_string());
    Some(output.with_file_name(name))
}

/// Whether a path is a staging folder of this output, or lies in one.
pub fn is_staging(path: &Path, output: &Path) -> bool {
    let (Some(parent), Some(stem)) = (output.parent(), stem(output)) else { return false };
    let inside = path.strip_prefix(parent).ok().and_then(|inside| inside.components().next());
    let name = inside.map(|first| first.as_os_str().as_encoded_bytes()).unwrap_or_default();
    name.strip_prefix(stem.as_encoded_bytes()).is_some_and(|number| {
        let number = number.strip_suffix(b".old").unwrap_or(number);
        !number.is_empty() && number.iter().all(u8::is_ascii_digit)
    })
}

/// Makes the new site beside the old one, of which it shares the files that stay.
fn stage(site: &Site, difference: &Difference, output: &Path, staging: &Path) -> Result<(), Failure> {
    for folder in &difference.folders {
        let (old, new) = (output.join(folder), staging.join(folder));
        fs::create_dir(&new).map_err(Failure::file("create", &new))?;
        // Who may read the site is for its owner to say.
        if let Ok(old) = fs::metadata(&old) {
            fs::set_permissions(&new, old.permissions()).map_err(Failure::file("create", &new))?;
        }
    }
    for (path, bytes) in files(site) {
        let (old, new) = (output.join(path), staging.join(path));
        let stays = !difference.stale.contains(path);
        if stays && fs::hard_link(&old, &new).is_ok() {
            continue;
        }
        fs::write(&new, bytes).map_err(Failure::file("write", &new))?;
        if let Some(time) = fs::metadata(&old).and_then(|old| old.modified()).ok().filter(|_| stays) {
            // A file system that keeps no links may keep no times either.
            let _ = fs::File::options().write(true).open(&new).and_then(|new| new.set_modified(time));
        }
    }
    Ok(())
}

/// Whether the system does not let this folder be replaced, though it may let it be written into.
fn is_refused(error: &io::Error) -> bool {
    let kinds = [
        ErrorKind::AlreadyExists,
        ErrorKind::CrossesDevices,
        ErrorKind::InvalidFilename,
        ErrorKind::PermissionDenied,
        ErrorKind::ReadOnlyFilesystem,
        ErrorKind::ResourceBusy,
    ];
    kinds.contains(&error.kind())
}

/// Puts `staging` in the place of `output`, and what was there, if anything, in the place of `staging`.
fn exchange(staging: &Path, output: &Path) -> io::Result<()> {
    if !output.exists() {
        return fs::rename(staging, output);
    }
    match swap(staging, output) {
        // An older system, or a file system that has no such step.
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
            in_two_steps(staging, output)
        }
        result => result,
    }
}

/// As [`exchange`], but a run that is killed in the middle leaves no output.
fn in_two_steps(staging: &Path, output: &Path) -> io::Result<()> {
    let aside = staging.with_added_extension("old");
    fs::rename(output, &aside)?;
    if let Err(error) = fs::rename(staging, output) {
        fs::rename(&aside, output)?;
        return Err(error);
    }
    fs::rename(&aside, staging)
}

/// Exchanges two folders in one step.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn swap(one: &Path, other: &Path) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let [one, other] = [one, other].map(|path| std::ffi::CString::new(path.as_os_str().as_bytes()));
    let (one, other) = (one?, other?);
    // SAFETY: both are paths that end in NUL and live until the call returns.
    #[cfg(target_os = "linux")]
    let result = unsafe {
        let (here, flags) = (libc::AT_FDCWD, libc::RENAME_EXCHANGE);
        libc::syscall(libc::SYS_renameat2, here, one.as_ptr(), here, other.as_ptr(), flags)
    };
    // SAFETY: as above.
    #[cfg(target_os = "macos")]
    let result = unsafe { libc::renamex_np(one.as_ptr(), other.as_ptr(), libc::RENAME_SWAP) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn swap(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Writes into the output what has changed, file by file.
fn in_place(site: &Site, difference: &Difference, output: &Path) -> Result<(), Failure> {
    // First, since a file that is gone may stand where a folder is needed now, or a folder where a file is.
    for entry in &difference.extra {
        if entry.file_type().is_dir() {
            // Fails, as it should, if somebody has put something into it by now.
            let _ = fs::remove_dir(entry.path());
        } else {
            fs::remove_file(entry.path()).map_err(Failure::file("remove", entry.path()))?;
        }
    }
    for (path, bytes) in files(site).filter(|(path, _)| difference.stale.contains(path)) {
        disk::replace(&output.join(path), bytes)?;
    }
    Ok(())
}

/// Removes what killed runs have left beside the output.
fn sweep(output: &Path) {
    let beside = output.parent().and_then(|parent| fs::read_dir(parent).ok());
    for entry in beside.into_iter().flatten().flatten().filter(|entry| is_staging(&entry.path(), output)) {
        remove(&entry.path());
    }
}

/// What cannot be removed now is left for a later run.
fn remove(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_exchanged_in_one_step_or_two() {
        for exchange in [exchange, in_two_steps] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let [staging, output] = ["staging", "output"].map(|name| folder.path().join(name));
            for (path, name) in [(&staging, "new"), (&output, "old")] {
                fs::create_dir(path).expect("a new folder");
                fs::write(path.join(name), name).expect("a new file");
            }
            exchange(&staging, &output).expect("both are there");
            assert!(output.join("new").exists() && staging.join("old").exists());
            assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 2);
            fs::remove_dir_all(&staging).expect("it is there");
            assert!(exchange(&staging, &output).is_err(), "there is nothing to exchange");
            assert!(output.join("new").exists());
        }
    }
}
