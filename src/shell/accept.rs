//! Recording new results on purpose.

use std::path::PathBuf;

use super::cells::{self, Finished, Progress, Settings};
use super::durations;
use super::failure::Failure;
use super::keep;
use super::look;
use super::open::{self, Opened};
use super::sandbox::Guard;
use super::verify::named;
use crate::guide::comparison::Comparison;
use crate::guide::job::Job;
use crate::guide::mistake::Mistakes;
use crate::guide::tree::Tree;

/// What is to be recorded.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The site's folder.
    pub root: PathBuf,
    /// These cells, whatever came of them; if none is named, those whose record is not what verification asks for.
    pub cells: Vec<String>,
    /// The sandbox of the cells.
    pub guard: Guard,
}

/// What became of one cell's record.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// There was none that could be read.
    New,
    /// The results are others: what moved.
    Moved(Comparison),
    /// The results are the same or within their tolerances; it was made for another program, data or library.
    Renewed(Vec<String>),
    /// The results are within their tolerances, and were recorded since the cell was named.
    Rewritten(Comparison),
    /// It is as it was.
    Kept,
}

/// What came of it.
pub struct Accepted {
    /// Each cell that ran to its end.
    pub changes: Vec<(String, Change)>,
    pub mistakes: Mistakes,
    pub tree: Tree,
}

/// Computes cells and writes their records. Cells that fail leave theirs as it is.
pub fn accept(request: &Request, progress: &(dyn Fn(Progress) + Sync)) -> Result<Accepted, Failure> {
    let mut opened = open::open(&request.root)?;
    let on_purpose = !request.cells.is_empty();
    let jobs = named(&request.cells, &opened)?;
    let jobs: Vec<&Job> =
        jobs.into_iter().filter(|job| job.absent.is_empty() && (on_purpose || !opened.is_spoilt(job))).collect();
    let settings = Settings { guard: request.guard, ..opened.settings()? };
    let run = cells::run(&jobs, &opened.tree, &settings, progress)?;
    let took = cells::times(&run.finished);
    let mut changes = Vec::new();
    let mut written: Vec<Finished> = Vec::new();
    for cell in run.finished {
        let change = change(&opened, &cell, on_purpose);
        changes.push((cell.label.clone(), change.clone()));
        written.extend((change != Change::Kept).then_some(cell));
    }
    keep::keep_all(&mut opened, written, run.lock)?;
    keep::clean(&mut opened)?;
    durations::note(&mut opened, &settings, &took)?;
    // What was wrong with the records that have been written is not any more.
    let mut opened = open::of_tree(opened.tree);
    opened.mistakes.append(run.mistakes);
    Ok(Accepted { changes, mistakes: look::mistakes(&mut opened), tree: opened.tree })
}

fn change(opened: &Opened, fresh: &Finished, on_purpose: bool) -> Change {
    let Some(found) = opened.compare(fresh) else { return Change::New };
    let job = opened.jobs.iter().find(|job| job.label == fresh.label);
    match job.map_or_else(Vec::new, |job| opened.ledger.changes(job)) {
        _ if !found.agrees() => Change::Moved(found),
        changed if !changed.is_empty() => Change::Renewed(changed),
        _ if on_purpose && !found.identical => Change::Rewritten(found),
        _ => Change::Kept,
    }
}
