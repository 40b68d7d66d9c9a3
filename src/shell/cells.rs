//! Computes stale cells: compiles them into one program and runs it once for each.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cache::{self, Scratch};
use super::compile;
use super::failure::Failure;
use super::runner;
use crate::guide::job::Job;
use crate::guide::mistake::Mistakes;
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
}

impl Settings {
    /// For a site without crates of its own.
    pub fn new(site: &Path) -> Result<Settings, Failure> {
        let root = site.canonicalize().map_err(Failure::file("find", site))?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Settings { cache: cache::root(&root), root, threads, dependencies: toml::Table::new(), lock: None })
    }
}

/// What happens while cells are computed. Events of different cells come from different threads.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    Compiling {
        cells: usize,
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
    Finished {
        label: &'a str,
        seconds: f64,
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
    let scratch = Scratch::new(&settings.cache)?;
    let compiled = compile::compile(jobs, tree, settings, &scratch, progress)?;
    let mut run = Run { finished: Vec::new(), mistakes: compiled.mistakes, lock: compiled.lock };
    if let Some(program) = compiled.program {
        let results = runner::run(&compiled.jobs, &program, tree, settings, &scratch, progress)?;
        for (job, result) in compiled.jobs.iter().zip(results) {
            run.mistakes.append(result.mistakes);
            let (label, took) = (job.label.clone(), result.took);
            run.finished.extend(result.record.map(|record| Finished { label, record, took }));
        }
    }
    Ok(run)
}
