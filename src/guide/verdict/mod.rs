//! What verification found of each cell: a value that every kind of report is made from.

pub mod merge;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::comparison::{self, Advice, Comparison, Deviation, Drift};
use super::job::Job;
use super::ledger::Ledger;
use super::mistake::{Code, Mistakes, Severity};
use super::tolerance::Tolerance;
use super::tree::Tree;
use crate::record::{Claim, Record, text};

/// The number of the schema of [`Report`] as JSON; it changes when an old reader could misread a new report.
pub const SCHEMA: u32 = 1;

/// All that a verification found. As JSON this is `theoria verify --format json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub schema: u32,
    /// The version of Theoria.
    pub theoria: String,
    /// The title of the site.
    pub site: String,
    /// A digest of all cells of the site and of what their results depend on: reports of one state have the same.
    pub state: String,
    /// Which part of the cells this is, as `2/3`; none if it is all of them.
    pub shard: Option<String>,
    /// The labels of all cells of the site, in the order of the pages.
    pub all: Vec<String>,
    /// One verdict for each cell that was looked at.
    pub cells: Vec<Verdict>,
    /// What is wrong with the site, with the cells too.
    pub mistakes: Vec<Told>,
    /// Wall time in seconds, compiling included.
    pub seconds: f64,
}

/// What came of one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub label: String,
    /// The Markdown file, and the line of the cell in it.
    pub file: String,
    pub line: usize,
    pub status: Status,
    /// How long the cell ran; none if it did not.
    pub seconds: Option<f64>,
    /// Numbers that were compared.
    pub numbers: usize,
    /// Whether all of it is the same, to the last bit.
    pub identical: bool,
    /// The largest deviation within its tolerance.
    pub largest: Option<Deviation>,
    pub drifts: Vec<Drift>,
    /// Claims that do not hold for the fresh results.
    pub broken: Vec<Broken>,
    /// What differs between the manifest of the record and that of the cell, in words.
    pub changed: Vec<String>,
    /// Why it failed or was skipped.
    pub reason: Option<String>,
    /// Both records of a cell that has drifted, in the words of the ledger with all arrays in place.
    pub recorded: Option<String>,
    pub fresh: Option<String>,
}

/// The kinds of verdict, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It did not compile, or did not run to its end, or two runs of it differ.
    Failed,
    /// A claim does not hold for the fresh results.
    ClaimBroken,
    /// A fresh result is farther from its record than its tolerance.
    Drifted,
    /// There is no record to compare with.
    Unrecorded,
    /// The results are as recorded, but the record was made for another program, data or library.
    Stale,
    /// A file that it reads is not on this machine: nothing is known of it.
    Skipped,
    /// Not run, since nothing that it depends on has changed since the named revision.
    Unchanged,
    Reproduced,
}

impl Status {
    pub const ALL: [Status; 8] = [
        Status::Failed,
        Status::ClaimBroken,
        Status::Drifted,
        Status::Unrecorded,
        Status::Stale,
        Status::Skipped,
        Status::Unchanged,
        Status::Reproduced,
    ];

    /// In words, as reports show it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Failed => "failed",
            Status::ClaimBroken => "claim broken",
            Status::Drifted => "drifted",
            Status::Unrecorded => "unrecorded",
            Status::Stale => "stale",
            Status::Skipped => "skipped",
            Status::Unchanged => "unchanged",
            Status::Reproduced => "reproduced",
        }
    }

    /// Whether something is wrong.
    pub fn is_bad(self) -> bool {
        self <= Status::Stale
    }
}

/// A claim that does not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Broken {
    pub claim: String,
    pub relation: String,
    #[serde(with = "comparison::number")]
    pub measured: f64,
    #[serde(with = "comparison::number")]
    pub predicted: f64,
    /// The deviation allowed.
    #[serde(with = "comparison::number")]
    pub allowed: f64,
}

/// A mistake, as it is told: place, text and help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub code: String,
    /// `error` or `warning`.
    pub severity: String,
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub text: String,
    /// What belongs to it.
    pub notes: Vec<String>,
    pub help: Option<String>,
}

/// What is needed to judge a cell.
pub struct Evidence<'a> {
    pub job: &'a Job,
    pub cell: &'a Cell,
    pub ledger: &'a Ledger,
    pub tree: &'a Tree,
    pub site_tolerance: &'a Tolerance,
}

impl Evidence<'_> {
    /// The verdict on a cell that ran to its end, and what it says of the declared tolerances.
    pub fn judge(&self, fresh: &Record, seconds: f64) -> (Verdict, Vec<Advice>) {
        let broken: Vec<Broken> = fresh.claims.iter().filter(|claim| !claim.holds()).map(Broken::of).collect();
        let entry = self.ledger.entries.get(&self.job.label);
        let Some(entry) = entry else {
            let status = if broken.is_empty() { Status::Unrecorded } else { Status::ClaimBroken };
            return (Verdict { seconds: Some(seconds), broken, ..self.verdict(status) }, Vec::new());
        };
        let Comparison { numbers, identical, largest, drifts, advice } =
            comparison::compare(&entry.record, fresh, &self.cell.tolerances, self.site_tolerance);
        let changed = self.ledger.changes(self.job);
        let status = match () {
            () if !broken.is_empty() => Status::ClaimBroken,
            () if !drifts.is_empty() => Status::Drifted,
            () if !changed.is_empty() => Status::Stale,
            () => Status::Reproduced,
        };
        let both = !drifts.is_empty();
        let verdict = Verdict {
            seconds: Some(seconds),
            numbers,
            identical,
            largest,
            drifts,
            broken,
            changed,
            recorded: both.then(|| text::inline(&entry.record)),
            fresh: both.then(|| text::inline(fresh)),
            ..self.verdict(status)
        };
        (verdict, advice)
    }

    /// The verdict on a cell that did not run to its end, or was not run.
    pub fn without_results(&self, status: Status, reason: Option<String>) -> Verdict {
        Verdict { reason, changed: self.ledger.changes(self.job), ..self.verdict(status) }
    }

    fn verdict(&self, status: Status) -> Verdict {
        Verdict {
            label: self.job.label.clone(),
            file: self.job.span.file.to_string(),
            line: self.tree.position(&self.job.span).0,
            status,
            seconds: None,
            numbers: 0,
            identical: false,
            largest: None,
            drifts: Vec::new(),
            broken: Vec::new(),
            changed: Vec::new(),
            reason: None,
            recorded: None,
            fresh: None,
        }
    }
}

impl Broken {
    fn of(claim: &Claim) -> Broken {
        Broken {
            claim: claim.name.clone(),
            relation: claim.relation.name().into(),
            measured: claim.measured,
            predicted: claim.predicted,
            allowed: claim.allowed(),
        }
    }
}

/// Mistakes as they are told, in their order.
pub fn tell(mistakes: &Mistakes, tree: &Tree) -> Vec<Told> {
    let told = mistakes.iter().map(|mistake| {
        let (line, column) = tree.position(&mistake.span);
        Told {
            code: mistake.code.name().into(),
            severity: if mistake.severity == Severity::Error { "error" } else { "warning" }.into(),
            file: mistake.span.file.to_string(),
            line,
            column,
            text: mistake.text.clone(),
            notes: mistake.notes.iter().map(|note| note.text.clone()).collect(),
            help: mistake.help.clone(),
        }
    });
    told.collect()
}

impl Report {
    /// Whether nothing is wrong. Strictly, a warning is wrong too, but for those on data that this machine lacks if they are
    /// `optional`.
    pub fn is_good(&self, strict: bool, optional: bool) -> bool {
        let forgiven = |told: &Told| !strict || (optional && told.code == Code::MissingData.name());
        let wrong = self.mistakes.iter().any(|told| told.severity == "error" || !forgiven(told));
        !wrong && !self.cells.iter().any(|cell| cell.status.is_bad())
    }

    pub fn count(&self, status: Status) -> usize {
        self.cells.iter().filter(|cell| cell.status == status).count()
    }
}
