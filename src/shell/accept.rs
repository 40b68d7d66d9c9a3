//! Recording new results on purpose.

use std::path::PathBuf;
use std::time::Duration;

use super::cells::{self, Finished, Progress};
use super::durations;
use super::failure::Failure;
use super::keep;
use super::open::{self, Opened};
use super::verify::{cell_of, named};
use crate::guide::comparison::{self, Comparison};
use crate::guide::finish::{allow, assemble};
use crate::guide::job::Job;
use crate::guide::memory::Memory;
use crate::guide::mistake::Mistakes;
use crate::guide::tree::Tree;
use crate::record::Record;

/// What is to be recorded.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The site's folder.
    pub root: PathBuf,
    /// These cells, whatever came of them; if none is named, those whose record is not what verification asks for.
    pub cells: Vec<String>,
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
    let settings = opened.settings()?;
    let run = cells::run(&jobs, &opened.tree, &settings, progress)?;
    let took: Vec<(String, Duration)> = run.finished.iter().map(|cell| (cell.label.clone(), cell.took)).collect();
    let mut changes = Vec::new();
    let mut written: Vec<Finished> = Vec::new();
    for cell in run.finished {
        let change = change(&opened, &cell.label, &cell.record, on_purpose);
        if change != Change::Kept {
            changes.push((cell.label.clone(), change));
            written.push(cell);
        } else {
            changes.push((cell.label, change));
        }
    }
    keep::keep_all(&mut opened, written, run.lock)?;
    keep::clean(&mut opened)?;
    durations::keep(&mut opened, &took)?;
    durations::remember(&settings, &took);
    // What was wrong with the records that have been written is not any more.
    let Opened { tree, guide, jobs, mut ledger, mut mistakes, .. } = open::of_tree(opened.tree);
    mistakes.append(run.mistakes);
    assemble(&guide, &mut ledger, &jobs, &tree, &mut mistakes, &mut Memory::default());
    let mut mistakes = allow(mistakes, &guide.config);
    mistakes.sort();
    Ok(Accepted { changes, mistakes, tree })
}

fn change(opened: &Opened, label: &str, fresh: &Record, on_purpose: bool) -> Change {
    let job = opened.jobs.iter().find(|job| job.label == *label);
    let (Some(entry), Some(job)) = (opened.ledger.entries.get(label), job) else { return Change::New };
    let Some(cell) = cell_of(job, opened) else { return Change::New };
    let found = comparison::compare(&entry.record, fresh, &cell.tolerances, &opened.guide.config.tolerance);
    match opened.ledger.changes(job) {
        _ if !found.agrees() => Change::Moved(found),
        changed if !changed.is_empty() => Change::Renewed(changed),
        _ if on_purpose && !found.identical => Change::Rewritten(found),
        _ => Change::Kept,
    }
}
