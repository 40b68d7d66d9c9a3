//! A site as it lies on the disk: read, parsed and planned, with the ledger that it has.

use std::path::{Path, PathBuf};

use super::cells::{Finished, Settings};
use super::disk::{self, Reader};
use super::failure::Failure;
use super::library;
use crate::guide::cell::Cell;
use crate::guide::comparison::{self, Comparison};
use crate::guide::durations::Durations;
use crate::guide::job::Job;
use crate::guide::ledger::{self, Ledger};
use crate::guide::memory::Memory;
use crate::guide::mistake::Mistakes;
use crate::guide::model::{self, Guide};
use crate::guide::plan::{Surroundings, plan, plan_with, tell_absent};
use crate::guide::tree::Tree;

/// What every command begins with.
pub struct Opened {
    /// The site's folder.
    pub root: PathBuf,
    pub tree: Tree,
    pub guide: Guide,
    pub jobs: Vec<Job>,
    pub ledger: Ledger,
    /// The committed lock of the site's extra crates.
    pub lock: Option<String>,
    /// All that is wrong so far.
    pub mistakes: Mistakes,
}

/// Reads a site's folder.
pub fn open(root: &Path) -> Result<Opened, Failure> {
    open_with(root, false)
}

/// The same, with drafts if they are wanted.
pub fn open_with(root: &Path, drafts: bool) -> Result<Opened, Failure> {
    if !root.is_dir() {
        let text = format!("there is no folder '{}'", root.display());
        return Err(Failure::Program { name: "site".into(), text });
    }
    Ok(Opened { root: root.to_owned(), ..of_tree(Reader::new(drafts).read(root)?) })
}

/// A site in memory.
pub fn of_tree(tree: Tree) -> Opened {
    of_tree_with(tree, &mut Memory::default())
}

/// The same, with what is remembered of the tree before it.
pub fn of_tree_with(tree: Tree, memory: &mut Memory) -> Opened {
    let (guide, mut mistakes) = model::parse_with(&tree, memory);
    let lock = tree.text("cells.lock").and_then(Result::ok).map(str::to_owned);
    let around = Surroundings { library: library::digest(), lock: lock.as_deref() };
    let (jobs, wrong) = plan_with(&guide, &tree, &around, memory);
    mistakes.append(wrong);
    let (ledger, wrong) = ledger::read_with(&tree, &jobs, memory);
    mistakes.append(wrong);
    tell_absent(&jobs, &ledger, &mut mistakes);
    Opened { root: PathBuf::new(), tree, guide, jobs, ledger, lock, mistakes }
}

impl Opened {
    /// How this site's cells are computed.
    pub fn settings(&self) -> Result<Settings, Failure> {
        let dependencies = toml::Table::try_from(&self.guide.config.dependencies).unwrap_or_default();
        let (lock, durations) = (self.lock.clone(), Durations::read(&self.tree));
        Ok(Settings { dependencies, lock, durations, ..Settings::new(&self.root)? })
    }

    /// The cell of a label.
    pub fn cell(&self, label: &str) -> Option<&Cell> {
        self.guide.pages.iter().flat_map(|page| &page.text.cells).find(|cell| cell.label == label)
    }

    /// A fresh result beside its record, under the tolerances that are declared; none without a record.
    pub fn compare(&self, fresh: &Finished) -> Option<Comparison> {
        let entry = self.ledger.entries.get(&fresh.label)?;
        let cell = self.cell(&fresh.label)?;
        Some(comparison::compare(&entry.record, &fresh.record, &cell.tolerances, &self.guide.config.tolerance))
    }

    /// The jobs that have to be run before the site can be built.
    pub fn stale(&self) -> Vec<&Job> {
        let stale = |job: &&Job| job.absent.is_empty() && !self.ledger.is_fresh(job) && !self.is_spoilt(job);
        self.jobs.iter().filter(stale).collect()
    }

    /// Whether a job's record is on the disk and cannot be read. It is not overwritten: its author may want it back.
    pub fn is_spoilt(&self, job: &Job) -> bool {
        self.tree.files.contains_key(&*ledger::file(job)) && !self.ledger.entries.contains_key(&job.label)
    }

    /// Plans again under a new lock: the records about to be written were computed under it, and must say so.
    pub fn relock(&mut self, lock: String) -> Result<(), Failure> {
        disk::replace(&self.root.join("cells.lock"), lock.as_bytes())?;
        self.tree.insert("cells.lock", lock.as_bytes());
        self.jobs = plan(&self.guide, &self.tree, &Surroundings { library: library::digest(), lock: Some(&lock) }).0;
        self.lock = Some(lock);
        Ok(())
    }
}
