//! Computes stale cells: compiles them into one program and runs it once for each.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::cache::{self, Scratch};
use super::cancel::Cancel;
use super::compile;
use super::failure::Failure;
use super::runner::{self, Ran};
use super::sandbox::Guard;
use crate::guide::comparison::compare;
use crate::guide::durations::Durations;
use crate::guide::job::Job;
use crate::guide::mistake::Mistakes;
use crate::guide::tolerance::{Tolerance, Tolerances};
use crate::guide::tree::Tree;
use crate::record::Record;

/// Where and how cells are computed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The site's folder, absolute.
    pub root: PathBuf,
    pub cache: PathBuf,
    /// Cells that run at once.
    pub threads: usize,
    /// Crates that cells may use beside the theory, as in a `Cargo.toml`.
    pub dependencies: toml::Table,
    /// The lock of these crates, as committed beside `theoria.yaml`.
    pub lock: Option<String>,
    /// Each cell is run once for each of these. All runs of a cell must show the same, to the last bit.
    pub passes: Vec<Pass>,
    /// How long cells ran before: the longest are started first, so that none is waited for at the end.
    pub durations: Durations,
    /// By which cells can be stopped while they run.
    pub cancel: Arc<Cancel>,
    /// The sandbox that is asked for.
    pub guard: Guard,
}

/// One run of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// The threads that the cell may use; none for as many as the machine offers.
    pub threads: Option<usize>,
}

impl Settings {
    /// For a site without crates of its own.
    pub fn new(site: &Path) -> Result<Settings, Failure> {
        let root = site.canonicalize().map_err(Failure::file("find", site))?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let (dependencies, lock, passes) = (toml::Table::new(), None, vec![Pass::default()]);
        let (durations, cancel, guard) = (Durations::default(), Arc::default(), Guard::default());
        Ok(Settings { cache: cache::root(&root), root, threads, dependencies, lock, passes, durations, cancel, guard })
    }
}

/// What happens while cells are computed. Events of different cells come from different threads.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// What is missing of the sandbox in which cells are to run.
    Unguarded {
        text: &'a str,
    },
    Compiling {
        cells: usize,
        /// How long they will run, one after the other.
        expected: Duration,
    },
    /// A crate that cells need has been compiled, which is once for all builds.
    Built {
        name: &'a str,
    },
    Started {
        label: &'a str,
    },
    /// What a cell that ended well had printed.
    Printed {
        label: &'a str,
        text: &'a str,
    },
    /// The compiler is done: what it refuses, and a new lock of the extra crates.
    Compiled {
        mistakes: &'a Mistakes,
        lock: Option<&'a str>,
    },
    Finished {
        label: &'a str,
        seconds: f64,
        /// How long it took before.
        expected: Duration,
        /// What it showed; none if there are mistakes, or if it was cancelled.
        record: Option<&'a Record>,
        mistakes: &'a Mistakes,
    },
}

/// What came of all cells.
#[derive(Debug, Default)]
pub struct Run {
    /// Those that ended well, in the order of the jobs.
    pub finished: Vec<Finished>,
    pub mistakes: Mistakes,
    /// To be committed as the lock of the extra crates, if it has changed.
    pub lock: Option<String>,
}

/// A cell that ended well.
#[derive(Debug)]
pub struct Finished {
    pub label: String,
    pub record: Record,
    pub took: Duration,
}

/// How long each cell ran.
pub fn times(finished: &[Finished]) -> Vec<(String, Duration)> {
    finished.iter().map(|cell| (cell.label.clone(), cell.took)).collect()
}

/// Compiles and runs the jobs. Each cell either finishes or has a mistake that says why not.
pub fn run(
    jobs: &[&Job],
    tree: &Tree,
    settings: &Settings,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Run, Failure> {
    if jobs.is_empty() {
        return Ok(Run::default());
    }
    if let Some(text) = settings.guard.check()? {
        progress(Progress::Unguarded { text: &text });
    }
    let scratch = Scratch::new(&settings.cache)?;
    let compiled = compile::compile(jobs, tree, settings, &scratch, progress)?;
    progress(Progress::Compiled { mistakes: &compiled.mistakes, lock: compiled.lock.as_deref() });
    let mut run = Run { finished: Vec::new(), mistakes: compiled.mistakes, lock: compiled.lock };
    if let Some(program) = compiled.program {
        let results = runner::run(&compiled.jobs, &program, tree, settings, &scratch, progress)?;
        for (job, passes) in compiled.jobs.iter().zip(results) {
            run.finished.extend(one_of(job, passes, settings, tree, &mut run.mistakes));
        }
    }
    Ok(run)
}

/// The result of a cell from all its passes: they show the same, or it has none.
fn one_of(job: &Job, passes: Vec<Ran>, settings: &Settings, tree: &Tree, m: &mut Mistakes) -> Option<Finished> {
    let mut first: Option<Finished> = None;
    let mut good = true;
    for (at, ran) in passes.into_iter().enumerate() {
        // A mistake that two runs make is one mistake.
        m.append(ran.mistakes);
        let Some(record) = ran.record else {
            good = false;
            continue;
        };
        let Some(first) = &first else {
            first = Some(Finished { label: job.label.clone(), record, took: ran.took });
            continue;
        };
        let comparison = compare(&first.record, &record, &Tolerances::default(), &Tolerance::exact());
        if let Some(drift) = comparison.drifts.first().filter(|_| good) {
            good = false;
            let page = tree.text(&job.span.file).and_then(Result::ok).unwrap_or_default();
            m.unsteady_cell(job.fence(page), drift, [settings.passes[0], settings.passes[at]].map(|pass| pass.threads));
        }
    }
    first.filter(|_| good)
}
