//! Cells that are computed while the site is looked at: begun when they are stale, stopped when they are obsolete.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::Message;
use crate::guide::job::{Job, Manifest};
use crate::guide::mistake::{Mistake, Mistakes, Span};
use crate::record::Record;
use crate::shell::cancel::Cancel;
use crate::shell::cells::{self, Finished, Progress, Settings};
use crate::shell::failure::Failure;
use crate::shell::open::Opened;
use crate::shell::sandbox::Guard;

/// All runs, and what has come of them.
pub struct Flights {
    send: Sender<Message>,
    guard: Guard,
    count: usize,
    flying: BTreeMap<usize, Flight>,
    /// Why cells have no result, by their labels: until they are changed, they are not run again.
    failed: BTreeMap<String, Failed>,
    /// Results that are not recorded yet.
    landed: Vec<(Finished, Manifest)>,
}

/// One run of some cells, compiled together.
struct Flight {
    cancel: Arc<Cancel>,
    /// The cells whose results are still waited for.
    jobs: BTreeMap<String, Waiting>,
}

struct Waiting {
    manifest: Manifest,
    span: Span,
    since: Option<Instant>,
}

struct Failed {
    manifest: Manifest,
    /// Where the cell stood when it was run.
    span: Span,
    mistakes: Mistakes,
}

/// What a run says of one of its cells, or of all of them.
pub enum Said {
    Compiled { mistakes: Mistakes, lock: Option<String> },
    Started { label: String },
    Finished { label: String, record: Option<Record>, took: Duration, mistakes: Mistakes },
    Ended { failure: Option<Failure> },
}

impl Flights {
    pub fn new(send: Sender<Message>, guard: Guard) -> Flights {
        Flights { send, guard, count: 0, flying: BTreeMap::new(), failed: BTreeMap::new(), landed: Vec::new() }
    }

    /// Stops what is obsolete and forgets what failed and has been changed.
    pub fn prune(&mut self, opened: &Opened) {
        let now: BTreeMap<&str, &Manifest> =
            opened.jobs.iter().map(|job| (job.label.as_str(), &job.manifest)).collect();
        for flight in self.flying.values_mut() {
            flight.jobs.retain(|label, waiting| {
                let wanted = now.get(label.as_str()) == Some(&&waiting.manifest);
                if !wanted {
                    flight.cancel.cell(label);
                }
                wanted
            });
        }
        self.failed.retain(|label, failed| now.get(label.as_str()) == Some(&&failed.manifest));
    }

    /// Begins to compute what is stale and neither under way nor known to fail.
    pub fn begin(&mut self, opened: &Opened, tell: fn(Progress)) -> Result<(), Failure> {
        let flying: BTreeSet<&str> =
            self.flying.values().flat_map(|flight| flight.jobs.keys()).map(String::as_str).collect();
        let idle = |job: &&Job| !flying.contains(job.label.as_str()) && !self.failed.contains_key(&job.label);
        let jobs: Vec<Job> = opened.stale().into_iter().filter(idle).cloned().collect();
        if jobs.is_empty() {
            return Ok(());
        }
        let cancel: Arc<Cancel> = Arc::default();
        let waiting = |job: &Job| Waiting { manifest: job.manifest.clone(), span: job.span.clone(), since: None };
        let flight = Flight {
            cancel: Arc::clone(&cancel),
            jobs: jobs.iter().map(|job| (job.label.clone(), waiting(job))).collect(),
        };
        self.count += 1;
        self.flying.insert(self.count, flight);
        let settings = Settings { cancel, guard: self.guard, ..opened.settings()? };
        let (tree, send, flight) = (opened.tree.clone(), self.send.clone(), self.count);
        std::thread::spawn(move || {
            // The receiver is gone only when the program ends.
            let say = |said| drop(send.send(Message::Cells { flight, said: Box::new(said) }));
            let report = |event: Progress| {
                tell(event);
                heard(event).into_iter().for_each(&say);
            };
            let jobs: Vec<&Job> = jobs.iter().collect();
            let failure = cells::run(&jobs, &tree, &settings, &report).err();
            say(Said::Ended { failure });
        });
        Ok(())
    }

    /// Takes note of what a run says. Returns a new lock of the extra crates, or why the run could not be.
    pub fn hear(&mut self, flight: usize, said: Said) -> (Option<String>, Option<Failure>) {
        let Some(flown) = self.flying.get_mut(&flight) else { return (None, None) };
        match said {
            Said::Compiled { mistakes, lock } => {
                self.refused(flight, mistakes);
                return (lock, None);
            }
            Said::Started { label } => {
                if let Some(waiting) = flown.jobs.get_mut(&label) {
                    waiting.since = Some(Instant::now());
                }
            }
            Said::Finished { label, record, took, mistakes } => {
                let Some(waiting) = flown.jobs.remove(&label) else { return (None, None) };
                match record {
                    Some(record) => self.landed.push((Finished { label, record, took }, waiting.manifest)),
                    None => self.fail(label, waiting, mistakes),
                }
            }
            Said::Ended { failure } => {
                // What it has not spoken of would be begun again at once, to fail again.
                for (label, waiting) in self.flying.remove(&flight).map(|flown| flown.jobs).unwrap_or_default() {
                    self.fail(label, waiting, Mistakes::default());
                }
                return (None, failure);
            }
        }
        (None, None)
    }

    /// The cells that the compiler refuses, each with what it says of it.
    fn refused(&mut self, flight: usize, mistakes: Mistakes) {
        let Some(flown) = self.flying.get_mut(&flight) else { return };
        let is_of = |waiting: &Waiting, mistake: &Mistake| {
            mistake.span.file == waiting.span.file
                && (waiting.span.start..=waiting.span.end).contains(&mistake.span.start)
        };
        let labels: Vec<String> = flown
            .jobs
            .iter()
            .filter(|(_, waiting)| mistakes.iter().any(|mistake| is_of(waiting, mistake)))
            .map(|(label, _)| label.clone())
            .collect();
        for label in labels {
            let Some(waiting) = self.flying.get_mut(&flight).and_then(|flown| flown.jobs.remove(&label)) else {
                continue;
            };
            let mut ours = Mistakes::default();
            mistakes.iter().filter(|mistake| is_of(&waiting, mistake)).for_each(|mistake| ours.push(mistake.clone()));
            self.fail(label, waiting, ours);
        }
    }

    fn fail(&mut self, label: String, waiting: Waiting, mistakes: Mistakes) {
        let Waiting { manifest, span, .. } = waiting;
        self.failed.insert(label, Failed { manifest, span, mistakes });
    }

    /// After the lock of the extra crates has been written, what is under way is what was asked for all the same.
    pub fn relock(&mut self, opened: &Opened) {
        for job in &opened.jobs {
            let waiting = self.flying.values_mut().filter_map(|flight| flight.jobs.get_mut(&job.label));
            waiting.for_each(|waiting| waiting.manifest = job.manifest.clone());
        }
    }

    /// Results of cells that are still what they were when they were begun.
    pub fn take(&mut self, opened: &Opened) -> Vec<Finished> {
        let landed = std::mem::take(&mut self.landed).into_iter();
        let wanted = |(cell, manifest): &(Finished, Manifest)| {
            opened.jobs.iter().any(|job| job.label == cell.label && job.manifest == *manifest)
        };
        landed.filter(wanted).map(|(cell, _)| cell).collect()
    }

    pub fn has_results(&self) -> bool {
        !self.landed.is_empty()
    }

    /// What is wrong with cells that failed, where they stand now.
    pub fn mistakes(&self, opened: &Opened) -> Mistakes {
        let mut all = Mistakes::default();
        for job in &opened.jobs {
            for mistake in self.failed.get(&job.label).into_iter().flat_map(|failed| failed.mistakes.iter()) {
                let was = &self.failed[&job.label].span;
                let mut moved = mistake.clone();
                shift(&mut moved.span, was, &job.span);
                moved
                    .notes
                    .iter_mut()
                    .filter_map(|note| note.span.as_mut())
                    .for_each(|span| shift(span, was, &job.span));
                all.push(moved);
            }
        }
        all
    }

    /// The cells that are under way: label, and since when each runs.
    pub fn running(&self) -> Vec<(String, Option<Instant>)> {
        let waiting = self.flying.values().flat_map(|flight| &flight.jobs);
        waiting.map(|(label, waiting)| (label.clone(), waiting.since)).collect()
    }
}

/// What of an event concerns the loop.
fn heard(event: Progress) -> Option<Said> {
    match event {
        Progress::Compiled { mistakes, lock } => {
            Some(Said::Compiled { mistakes: mistakes.clone(), lock: lock.map(str::to_owned) })
        }
        Progress::Started { label } => Some(Said::Started { label: label.to_owned() }),
        Progress::Finished { label, seconds, record, mistakes, .. } => Some(Said::Finished {
            label: label.to_owned(),
            record: record.cloned(),
            took: Duration::from_secs_f64(seconds),
            mistakes: mistakes.clone(),
        }),
        _ => None,
    }
}

/// Moves a place in a cell to where the cell stands now.
fn shift(span: &mut Span, was: &Span, now: &Span) {
    if span.file == was.file && (was.start..=was.end).contains(&span.start) {
        let to = |at: usize| (at - was.start.min(at) + now.start).min(now.end.max(now.start));
        *span = Span::new(&now.file, to(span.start)..to(span.end));
    }
}
