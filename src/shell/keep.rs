//! Writing records: the ledger on the disk, and the same in the tree.

use std::path::Path;
use std::sync::Arc;

use super::cells::Finished;
use super::disk;
use super::failure::Failure;
use super::open::Opened;
use crate::guide::job::Job;
use crate::guide::ledger::{self, Ledger};
use crate::guide::tree::Tree;
use crate::record::Record;

/// Writes the records of cells that ran, and reads the ledger anew. Returns the labels of what was written.
pub fn keep_all(opened: &mut Opened, finished: Vec<Finished>, lock: Option<String>) -> Result<Vec<String>, Failure> {
    if let Some(lock) = lock {
        opened.relock(lock)?;
    }
    let Opened { root, tree, jobs, ledger, .. } = opened;
    let mut kept = Vec::new();
    for Finished { label, record, .. } in finished {
        if let Some(job) = jobs.iter().find(|job| job.label == label) {
            keep(root, tree, job, &record)?;
            forget_elsewhere(root, tree, job, ledger)?;
            kept.push(label);
        }
    }
    // A record that could not be read has been made anew, or its mistake is known already.
    *ledger = ledger::read(tree, jobs).0;
    Ok(kept)
}

/// Writes a job's record to the disk and into the tree; the arrays of its old version go last.
fn keep(root: &Path, tree: &mut Tree, job: &Job, record: &Record) -> Result<(), Failure> {
    let files = ledger::write(job, record);
    for (path, bytes) in &files {
        disk::replace(&root.join(path), bytes)?;
    }
    let arrays = format!("{}/{}.", ledger::folder(&job.span.file), job.label);
    let old = tree.files.keys().filter(|path| path.starts_with(&arrays) && path.ends_with(".npy"));
    let old = old.filter(|path| !files.iter().any(|(new, _)| *new == ***path)).cloned().collect();
    remove(root, tree, old)?;
    files.into_iter().for_each(|(path, bytes)| tree.insert(&path, bytes));
    Ok(())
}

fn remove(root: &Path, tree: &mut Tree, paths: Vec<Arc<str>>) -> Result<(), Failure> {
    for path in paths {
        tree.files.remove(&path);
        let path = root.join(&*path);
        std::fs::remove_file(&path).map_err(Failure::file("remove", &path))?;
        // Fails, as it should, if the folder holds anything else.
        let _ = path.parent().map(std::fs::remove_dir);
    }
    Ok(())
}

/// When a page was renamed or a cell moved to another, its record follows it.
pub fn move_records(opened: &mut Opened) -> Result<(), Failure> {
    let Opened { root, tree, jobs, ledger, .. } = opened;
    for job in jobs.iter().filter(|job| ledger.is_fresh(job)) {
        if let Some(entry) = ledger.entries.get(&job.label).filter(|entry| entry.file != ledger::file(job)) {
            keep(root, tree, job, &entry.record)?;
            forget_elsewhere(root, tree, job, ledger)?;
        }
    }
    Ok(())
}

/// Removes the record that a cell had where it stood before; its new one is on disk by now.
fn forget_elsewhere(root: &Path, tree: &mut Tree, job: &Job, ledger: &Ledger) -> Result<(), Failure> {
    let Some(entry) = ledger.entries.get(&job.label).filter(|entry| entry.file != ledger::file(job)) else {
        return Ok(());
    };
    let arrays = entry.file.trim_end_matches("record");
    let ours = |path: &&Arc<str>| ***path == *entry.file || (path.starts_with(arrays) && path.ends_with(".npy"));
    let old = tree.files.keys().filter(ours).cloned().collect();
    remove(root, tree, old)
}
