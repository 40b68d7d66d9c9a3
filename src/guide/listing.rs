//! What there is in a guide, as plain rows: its cells, figures, claims, questions and labels.

use serde::Serialize;

use super::address::question_path;
use super::block::{Inline, visit_line};
use super::book::{Book, Target, span_of};
use super::cell::Cell;
use super::durations::Durations;
use super::job::Job;
use super::ledger::{self, Ledger};
use super::mistake::Span;
use super::model::Page;
use super::tree::Tree;

/// What is known of a cell's results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its record is that of its program and inputs as they are.
    Fresh,
    /// Its record is that of others: the next build computes it.
    Stale,
    /// It has no record: the next build computes it.
    Unrecorded,
    /// It has a record that cannot be read, which is a mistake.
    Unreadable,
    /// It cannot be computed, because of a mistake that is told.
    Faulty,
}

impl State {
    /// The state of a cell, whose job is missing if it cannot be computed.
    pub fn of(job: Option<&Job>, ledger: &Ledger, tree: &Tree) -> State {
        match job {
            None => State::Faulty,
            Some(job) if ledger.is_fresh(job) => State::Fresh,
            Some(job) if ledger.entries.contains_key(&job.label) => State::Stale,
            Some(job) if tree.bytes(&ledger::file(job)).is_some() => State::Unreadable,
            Some(_) => State::Unrecorded,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            State::Fresh => "fresh",
            State::Stale => "stale",
            State::Unrecorded => "unrecorded",
            State::Unreadable => "unreadable",
            State::Faulty => "faulty",
        }
    }
}

/// Where something stands in the sources, the line counted from 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

impl Place {
    pub fn of(span: &Span, tree: &Tree) -> Place {
        Place { file: span.file.to_string(), line: tree.position(span).0 }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellRow {
    pub label: String,
    #[serde(flatten)]
    pub place: Place,
    pub state: State,
    pub seed: u64,
    /// Files that it reads, by their paths from the site's root if they exist, else as written.
    pub data: Vec<String>,
    /// Labels of the cells whose text comes before its own, as its option names them.
    pub after: Vec<String>,
    /// How long it runs, as `cells.durations` has it.
    pub seconds: Option<f64>,
    pub values: usize,
    pub series: usize,
    pub claims: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FigureRow {
    pub label: String,
    /// As it is cited: `Figure 2.1`.
    pub number: String,
    #[serde(flatten)]
    pub place: Place,
    /// In the finished site, from its root.
    pub address: String,
    pub caption: String,
    pub panels: usize,
    pub galleries: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimRow {
    pub label: String,
    pub name: String,
    pub measured: f64,
    pub predicted: f64,
    /// `close`, `at-most` or `at-least`.
    pub relation: &'static str,
    /// The deviation allowed, in the units of the measurement.
    pub allowed: f64,
    pub holds: bool,
    /// The label of its cell.
    pub cell: String,
    #[serde(flatten)]
    pub place: Place,
    pub address: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuestionRow {
    pub label: String,
    pub title: String,
    /// `open`, `partly answered` or `answered`.
    pub status: &'static str,
    pub topic: String,
    #[serde(flatten)]
    pub place: Place,
    /// Of its own page.
    pub address: String,
    /// How often other text speaks of it.
    pub mentions: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelRow {
    pub label: String,
    pub kind: &'static str,
    /// What a reference to it says.
    pub name: String,
    #[serde(flatten)]
    pub place: Place,
    pub address: String,
}

/// What rows are made of.
#[derive(Clone, Copy)]
pub struct Lister<'a> {
    pub book: &'a Book<'a>,
    pub jobs: &'a [Job],
    pub tree: &'a Tree,
    pub durations: &'a Durations,
}

impl Lister<'_> {
    /// Every cell, in reading order.
    pub fn cells(&self) -> Vec<CellRow> {
        let pages = self.book.guide.pages.iter();
        pages.flat_map(|page| &page.text.cells).map(|cell| self.cell(cell)).collect()
    }

    fn cell(&self, cell: &Cell) -> CellRow {
        // A second cell of the same label is another cell, and has no job.
        let job = self.jobs.iter().find(|job| job.label == cell.label && job.span == cell.span);
        let record = self.book.ledger.entries.get(&cell.label).filter(|_| job.is_some()).map(|entry| &*entry.record);
        let named = |names: &[(String, Span)]| names.iter().map(|(name, _)| name.clone()).collect();
        let declared = || cell.data.iter().map(|data| data.name.clone()).collect();
        CellRow {
            label: cell.label.clone(),
            place: Place::of(&cell.span, self.tree),
            state: State::of(job, self.book.ledger, self.tree),
            seed: cell.seed,
            data: job.map_or_else(declared, |job| job.data.iter().map(|(_, path)| path.clone()).collect()),
            after: named(&cell.after),
            seconds: self.durations.known(&cell.label).map(|time| time.as_secs_f64()),
            values: record.map_or(0, |record| record.values.len()),
            series: record.map_or(0, |record| record.panels.iter().map(|panel| panel.series.len()).sum()),
            claims: record.map_or(0, |record| record.claims.len()),
        }
    }

    /// Every figure that has been computed, in reading order.
    pub fn figures(&self) -> Vec<FigureRow> {
        let row = |drawn: &super::book::Drawn| {
            let page = &self.book.guide.pages[drawn.page];
            let target = self.book.target_of(&drawn.cell.label);
            FigureRow {
                label: drawn.cell.label.clone(),
                number: target.map_or(String::new(), |target| target.name.clone()),
                place: Place::of(&drawn.cell.span, self.tree),
                address: format!("{}#{}", page.path, drawn.cell.label),
                caption: words(self.book, page, &drawn.cell.caption),
                panels: drawn.record.panels.len(),
                galleries: drawn.record.galleries.len(),
            }
        };
        self.book.figures.iter().map(row).collect()
    }

    /// Every claim that has been measured, in reading order.
    pub fn claims(&self) -> Vec<ClaimRow> {
        let row = |claimed: &super::book::Claimed| {
            let claim = claimed.claim;
            ClaimRow {
                label: claim.label(),
                name: claim.name.clone(),
                measured: claim.measured,
                predicted: claim.predicted,
                relation: claim.relation.name(),
                allowed: claim.allowed(),
                holds: claim.holds(),
                cell: claimed.cell.label.clone(),
                place: Place::of(&claimed.cell.span, self.tree),
                address: format!("{}#{}", self.book.guide.pages[claimed.page].path, claim.label()),
            }
        };
        self.book.claims.iter().map(row).collect()
    }

    /// Every question, in reading order.
    pub fn questions(&self) -> Vec<QuestionRow> {
        let row = |asked: &super::book::Asked| {
            let page = &self.book.guide.pages[asked.page];
            QuestionRow {
                label: asked.question.label.clone(),
                title: words(self.book, page, &asked.question.title),
                status: asked.question.status.name(),
                topic: asked.question.topics.join(", "),
                place: Place::of(&span_of(self.book, asked), self.tree),
                address: question_path(&asked.question.label),
                mentions: asked.mentions.len(),
            }
        };
        self.book.questions.iter().map(row).collect()
    }

    /// Everything that can be cited as `@label`, by label.
    pub fn labels(&self) -> Vec<LabelRow> {
        let row = |(label, target): (&String, &Target)| {
            let anchor = if target.anchor.is_empty() { String::new() } else { format!("#{}", target.anchor) };
            LabelRow {
                label: label.clone(),
                kind: self.kind(label),
                name: target.name.clone(),
                place: Place::of(&target.span, self.tree),
                address: format!("{}{anchor}", self.book.guide.pages[target.page].path),
            }
        };
        let mut targets: Vec<_> = self.book.targets.iter().collect();
        targets.sort_unstable_by_key(|(label, _)| *label);
        targets.into_iter().map(row).collect()
    }

    fn kind(&self, label: &str) -> &'static str {
        let mut cells = self.book.guide.pages.iter().flat_map(|page| &page.text.cells);
        match label.split_once('-').map_or("", |(kind, _)| kind) {
            "fig" => "figure",
            "tbl" => "table",
            _ if cells.any(|cell| cell.label == label) => "cell",
            "ch" => "chapter",
            "sec" => "section",
            "thm" | "lem" | "prop" | "cor" | "def" | "rem" | "exm" | "exr" => "theorem",
            "claim" => "claim",
            "q" => "question",
            _ => "equation",
        }
    }
}

/// What a reader sees of inlines, without marks: references by their names, holes filled, formulas as their LaTeX.
pub fn words(book: &Book, page: &Page, inlines: &[Inline]) -> String {
    let mut out = String::new();
    visit_line(inlines, &mut |inline| match inline {
        Inline::Text(text) | Inline::Code(text) => out.push_str(text),
        Inline::Math(formula) => out.push_str(&formula.tex),
        Inline::Reference { label, .. } => {
            out.push_str(book.target_of(label).map_or(label, |target| &target.name));
        }
        Inline::Cited(cited) => {
            let name = |key: &String| book.target_of(key).map_or_else(|| key.clone(), |target| target.name.clone());
            let names: Vec<String> = cited.items.iter().map(|item| name(&item.key)).collect();
            out.push_str(&names.join(", "));
        }
        Inline::Embed { name, .. } => {
            out.push_str(&book.question(name).map_or(name.clone(), |asked| format!("Open question {}", asked.number)));
        }
        Inline::Hole { hole, .. } => out.push_str(&book.fill(page, hole)),
        Inline::SoftBreak | Inline::HardBreak => out.push(' '),
        Inline::Image { alt, .. } => out.push_str(alt),
        _ => {}
    });
    out
}
