//! Writing records: the ledger on the disk, and the same in the tree.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cells::Finished;
use super::disk;
use super::failure::Failure;
use super::open::Opened;
use super::today::today;
use crate::guide::durations;
use crate::guide::job::Job;
use crate::guide::ledger::{self, Ledger};
use crate::guide::tree::Tree;
use crate::record::Record;

/// Writes the records of cells that ran, and reads the ledger anew. Returns the labels of what was written. A result that
/// is what it was stays recorded on the day on which it was.
pub fn keep_all(opened: &mut Opened, finished: Vec<Finished>, lock: Option<String>) -> Result<Vec<String>, Failure> {
    let writes = !finished.is_empty() || lock.is_some();
    let _turn = writes.then(|| disk::lock_folder(&opened.root));
    if let Some(lock) = lock {
        opened.relock(lock)?;
    }
    let Opened { root, tree, jobs, ledger, .. } = opened;
    let mut kept = Vec::new();
    for Finished { label, record, .. } in finished {
        if let Some(job) = jobs.iter().find(|job| job.label == label) {
            let known = ledger.entries.get(&label).filter(|entry| *entry.record == record);
            let recorded = known.and_then(|entry| entry.recorded.clone()).or_else(today);
            keep(root, tree, job, &record, recorded)?;
            forget_elsewhere(root, tree, job, ledger)?;
            kept.push(label);
        }
    }
    // A record that could not be read has been made anew, or its mistake is known already.
    *ledger = ledger::read(tree, jobs).0;
    Ok(kept)
}

/// Writes a job's record to the disk and into the tree; the arrays of its old version go last.
fn keep(root: &Path, tree: &mut Tree, job: &Job, record: &Record, recorded: Option<String>) -> Result<(), Failure> {
    let files = ledger::write_on(job, record, recorded);
    let stem = format!("{}/{}", ledger::folder(&job.span.file), job.label);
    let mark = mark(root, &stem)?;
    for (path, bytes) in &files {
        disk::replace(&root.join(path), bytes)?;
    }
    let old = arrays(tree, &stem).filter(|path| !files.iter().any(|(new, _)| *new == ***path)).cloned().collect();
    remove(root, tree, old)?;
    files.into_iter().for_each(|(path, bytes)| tree.insert(&path, bytes));
    erase(&mark)
}

/// The arrays of a record, those of its old versions too.
fn arrays<'t>(tree: &'t Tree, stem: &str) -> impl Iterator<Item = &'t Arc<str>> {
    let start = format!("{stem}.");
    tree.files.keys().filter(move |path| path.starts_with(&start) && path.ends_with(".npy"))
}

/// Makes a file that is there as long as a record and its arrays are being replaced: if it stays, a run was killed
/// before it had removed the arrays that no record names.
fn mark(root: &Path, stem: &str) -> Result<PathBuf, Failure> {
    let mark = disk::unfinished(&root.join(format!("{stem}.arrays")));
    if let Some(folder) = mark.parent() {
        fs::create_dir_all(folder).map_err(Failure::file("create", folder))?;
    }
    fs::write(&mark, "").map_err(Failure::file("write", &mark))?;
    Ok(mark)
}

fn remove(root: &Path, tree: &mut Tree, paths: Vec<Arc<str>>) -> Result<(), Failure> {
    for path in paths {
        tree.files.remove(&path);
        erase(&root.join(&*path))?;
    }
    Ok(())
}

fn erase(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        // Another run was faster.
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        result => result.map_err(Failure::file("remove", path))?,
    }
    // Fails, as it should, if the folder holds anything else.
    let _ = path.parent().map(fs::remove_dir);
    Ok(())
}

/// When a page was renamed or a cell moved to another, its record follows it.
pub fn move_records(opened: &mut Opened) -> Result<(), Failure> {
    let Opened { root, tree, jobs, ledger, .. } = opened;
    let elsewhere = |job: &&Job| {
        let entry = ledger.entries.get(&job.label).filter(|entry| entry.file != ledger::file(job));
        job.absent.is_empty() && entry.is_some() && ledger.is_fresh(job)
    };
    let moved: Vec<&Job> = jobs.iter().filter(elsewhere).collect();
    let _turn = (!moved.is_empty()).then(|| disk::lock_folder(root));
    for job in moved {
        if let Some(entry) = ledger.entries.get(&job.label) {
            keep(root, tree, job, &entry.record, entry.recorded.clone())?;
            forget_elsewhere(root, tree, job, ledger)?;
        }
    }
    Ok(())
}

/// Removes the record that a cell had where it stood before, then its arrays; its new one is on disk by now.
fn forget_elsewhere(root: &Path, tree: &mut Tree, job: &Job, ledger: &Ledger) -> Result<(), Failure> {
    let Some(entry) = ledger.entries.get(&job.label).filter(|entry| entry.file != ledger::file(job)) else {
        return Ok(());
    };
    let stem = entry.file.strip_suffix(".record").unwrap_or(&entry.file);
    let mark = mark(root, stem)?;
    let old = std::iter::once(entry.file.as_str().into()).chain(arrays(tree, stem).cloned()).collect();
    remove(root, tree, old)?;
    erase(&mark)
}

/// Removes what killed runs have left: files half written, and arrays that no record names.
pub fn clean(opened: &mut Opened) -> Result<(), Failure> {
    let Opened { root, tree, .. } = opened;
    let left = left_over(root, tree);
    // A run that is alive holds the lock while it writes.
    let Some(_turn) = Some(&*root).filter(|_| !left.is_empty()).and_then(|root| disk::lock_folder(root)) else {
        return Ok(());
    };
    for stem in left.iter().filter_map(|path| disk::finished(path)?.strip_suffix(".arrays")) {
        let path = root.join(format!("{stem}.record"));
        let record = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            result => result.map_err(Failure::file("read", &path))?,
        };
        let record = String::from_utf8_lossy(&record);
        let is_named = |path: &&Arc<str>| path.rsplit('/').next().is_some_and(|name| record.contains(name));
        let unnamed = arrays(tree, stem).filter(|path| !is_named(path)).cloned().collect();
        remove(root, tree, unnamed)?;
    }
    remove(root, tree, left)
}

/// Files that no run has finished, among the records and beside the pages' folder.
fn left_over(root: &Path, tree: &Tree) -> Vec<Arc<str>> {
    let records = tree.files.keys().filter(|path| path.contains(".ledger/") && disk::finished(path).is_some()).cloned();
    let beside = fs::read_dir(root).into_iter().flatten().flatten();
    let names = beside.filter_map(|entry| entry.file_name().into_string().ok());
    records
        .chain(names.filter(|name| matches!(disk::finished(name), Some("cells.lock" | durations::FILE))).map(Arc::from))
        .collect()
}
