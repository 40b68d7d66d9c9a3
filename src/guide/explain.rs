//! One cell explained: why it runs again, what it shows, and what is compiled.

use std::time::Duration;

use super::book::{Book, allowed};
use super::cell::{Cell, Data};
use super::durations::Durations;
use super::job::{self, Job, Manifest};
use super::ledger::{self, Entry};
use super::listing::{Place, State};
use super::model::Page;
use super::number::{count, significant};
use super::plan;
use super::tree::Tree;
use crate::record::{Axis, Claim, Record, Relation};

/// So many digits of a digest tell two apart.
const DIGITS: usize = 12;

/// What is known of a cell, in the order in which it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    pub label: String,
    /// How it is cited: `Figure 2.1`.
    pub called: String,
    pub place: Place,
    pub state: State,
    /// Why it is in this state, and what comes of it.
    pub reason: String,
    pub sections: Vec<Section>,
    /// The lines of its function as the compiler sees them, each with its number in the page; none if it has no job.
    pub program: Vec<(usize, String)>,
}

/// Rows of words under a title, to be aligned.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    pub title: &'static str,
    pub rows: Vec<Vec<String>>,
}

/// A cell among all that it is explained by.
pub struct Subject<'a> {
    pub book: &'a Book<'a>,
    pub tree: &'a Tree,
    pub page: &'a Page,
    pub cell: &'a Cell,
    /// None if a mistake keeps it from being planned.
    pub job: Option<&'a Job>,
    pub durations: &'a Durations,
    /// How long its last runs on this machine took, the latest last.
    pub history: &'a [Duration],
}

/// The cell that answers to a name, and its page: by its whole label rather than by its short name.
pub fn find<'a>(book: &'a Book, name: &str) -> Option<(&'a Page, &'a Cell)> {
    let all = || book.guide.pages.iter().flat_map(|page| page.text.cells.iter().map(move |cell| (page, cell)));
    all().find(|(_, cell)| cell.label == name).or_else(|| all().find(|(_, cell)| cell.answers_to(name)))
}

impl Subject<'_> {
    pub fn explain(&self) -> Explanation {
        let state = State::of(self.job, self.book.ledger, self.tree);
        let sections = [
            ("Inputs", self.inputs()),
            ("Record", self.record()),
            ("Shows", self.entry().map(|entry| shows(&entry.record)).unwrap_or_default()),
            ("Options", self.options()),
            ("Durations", self.times()),
        ];
        let sections = sections.into_iter().filter(|(_, rows)| !rows.is_empty());
        Explanation {
            label: self.cell.label.clone(),
            called: self.book.target_of(&self.cell.label).map_or(String::new(), |target| target.name.clone()),
            place: Place::of(&self.cell.span, self.tree),
            state,
            reason: self.reason(state),
            sections: sections.map(|(title, rows)| Section { title, rows }).collect(),
            program: self.program(),
        }
    }

    fn entry(&self) -> Option<&Entry> {
        self.job.and_then(|job| self.book.ledger.entries.get(&job.label))
    }

    fn reason(&self, state: State) -> String {
        let reasons = || self.job.map_or(Vec::new(), |job| self.book.ledger.reasons(job)).join(", ");
        match state {
            State::Fresh => "nothing that its results depend on has changed; a build does not run it".into(),
            State::Stale => format!("{}; the next build runs it", reasons()),
            State::Unrecorded => "it has no record yet; the next build runs it".into(),
            State::Unreadable => "its record cannot be read; mend it or remove it, and the next build runs it".into(),
            State::Faulty => "it cannot be run until its mistakes are mended".into(),
        }
    }

    /// The manifest: `≠` if the record has another, name, digest now, digest in the record, what it is.
    fn inputs(&self) -> Vec<Vec<String>> {
        let Some(job) = self.job else { return Vec::new() };
        let nothing = Manifest::default();
        let old = self.entry().map_or(&nothing, |entry| &entry.manifest);
        let recorded = self.entry().is_some();
        let find = |lines: &[(String, String)], name: &str| {
            lines.iter().find(|line| line.0 == name).map(|line| short(&line.1).to_owned())
        };
        let gone = old.lines.iter().filter(|(name, _)| find(&job.manifest.lines, name).is_none());
        let names = job.manifest.lines.iter().chain(gone).map(|(name, _)| name);
        let row = |name: &String| {
            let (now, before) = (find(&job.manifest.lines, name), find(&old.lines, name));
            let differs = recorded && now != before;
            let before = match before {
                _ if !differs => String::new(),
                Some(before) => format!("was {before}"),
                None => "is new".into(),
            };
            let mark = if differs { "≠" } else { "" };
            let now = now.unwrap_or_else(|| "is gone".into());
            vec![mark.into(), name.clone(), now, before, self.meaning(name)]
        };
        names.map(row).collect()
    }

    fn meaning(&self, name: &str) -> String {
        let before = plan::before(self.book.guide, self.cell);
        match name.split_once(' ') {
            Some(("data", _)) => "the content of a file that it reads".into(),
            Some(("crate", _)) => "the files of a crate beside the site".into(),
            _ => match name {
                "program" if before.is_empty() => "its tokens: comments and layout do not count".into(),
                "program" => format!("its tokens, and those of {} before it", count(before.len(), "cell")),
                "theoria" => "the code of Theoria that a cell can see".into(),
                "seed" => "where its random numbers begin".into(),
                "crates" => "the extra crates, as theoria.yaml names them".into(),
                "lock" => "cells.lock: the exact versions of the extra crates".into(),
                _ => "something that only another version of Theoria knows".into(),
            },
        }
    }

    fn record(&self) -> Vec<Vec<String>> {
        let Some(job) = self.job else { return Vec::new() };
        let place = ledger::file(job);
        let size = |path: &str| bytes(self.tree.bytes(path).map_or(0, <[u8]>::len));
        let Some(entry) = self.entry() else {
            let there = self.tree.bytes(&place).is_some();
            let note = if there { format!("{}, cannot be read", size(&place)) } else { "not there yet".into() };
            return vec![row(["file", &place, &note])];
        };
        let mut rows = vec![row(["file", &entry.file, &size(&entry.file)])];
        let start = entry.file.trim_end_matches("record");
        let arrays = self.tree.files.keys().filter(|path| path.starts_with(start) && path.ends_with(".npy"));
        rows.extend(arrays.map(|path| row(["array", path, &size(path)])));
        if entry.file != place {
            rows.push(row(["moves", &place, "where the next build puts it, since the cell has moved"]));
        }
        rows
    }

    fn options(&self) -> Vec<Vec<String>> {
        let Cell { seed, data, tolerances, .. } = self.cell;
        let mut rows = vec![row(["seed", &seed.to_string()])];
        for Data { name, .. } in data {
            let path = plan::join(&self.page.file, name);
            let size = self.tree.bytes(&path).map_or("not there".into(), |content| bytes(content.len()));
            rows.push(row(["data", &format!("{name}: {path}, {size}")]));
        }
        let chain = plan::before(self.book.guide, self.cell);
        if !chain.is_empty() {
            let chain: Vec<&str> = chain.into_iter().map(|cell| cell.label.as_str()).collect();
            rows.push(row(["after", &chain.join(", then ")]));
        }
        let own = if self.cell.time_limit.is_some() { "" } else { ", as for every cell of the site" };
        let limit = self.cell.time_limit.unwrap_or(self.book.guide.config.time_limit);
        rows.push(row(["time limit", &format!("{} s{own}", limit.as_secs_f64())]));
        let others = if tolerances.named.is_empty() { "" } else { ", where no other is named" };
        rows.push(row([
            "tolerance",
            &format!("{}{others}", tolerances.default.as_ref().unwrap_or(&self.book.guide.config.tolerance)),
        ]));
        let named = tolerances.named.iter();
        rows.extend(named.map(|(name, tolerance)| row(["", &format!("‘{name}’: {tolerance}")])));
        rows
    }

    fn times(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        if let Some(time) = self.durations.known(&self.cell.label) {
            rows.push(row(["committed", &format!("{} s", time.as_secs_f64())]));
        }
        if !self.history.is_empty() {
            let times: Vec<String> =
                self.history.iter().map(|time| significant(time.as_secs_f64(), 3) + " s").collect();
            let order = if times.len() > 1 { ", the latest last" } else { "" };
            rows.push(row(["this machine", &format!("{}{order}", times.join(", "))]));
        }
        rows
    }

    fn program(&self) -> Vec<(usize, String)> {
        let Some(job) = self.job else { return Vec::new() };
        let page = self.tree.text(&self.page.file).and_then(Result::ok).unwrap_or_default();
        let module = job::module(page, &[job]);
        let lines: Vec<&str> = module.lines().map(str::trim_end).collect();
        let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(0);
        let last = lines.iter().rposition(|line| !line.is_empty()).unwrap_or(0);
        lines.iter().enumerate().take(last + 1).skip(first).map(|(at, line)| (at + 1, (*line).to_owned())).collect()
    }
}

/// What a record holds: kind, name, what there is of it.
fn shows(record: &Record) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> =
        record.values.iter().map(|value| row(["value", &value.name, &value.number.to_string()])).collect();
    for panel in &record.panels {
        let axes = [("x", &panel.x), ("y", &panel.y)].map(|(name, axis)| described(name, axis));
        rows.push(row(["panel", &panel.title, &axes.join(", ")]));
        for series in &panel.series {
            let points = count(series.columns.first().map_or(0, Vec::len), "point");
            rows.push(row([&format!("  {}", series.mark.name()), &series.name, &points]));
        }
    }
    for gallery in &record.galleries {
        let count = count(gallery.captions.len(), "image");
        let colour = if gallery.channels == 1 { "in grey" } else { "in colour" };
        let text = format!("{count} of {} by {} pixels, {colour}", gallery.height, gallery.width);
        rows.push(row(["gallery", &gallery.title, &text]));
    }
    for table in &record.tables {
        let text = format!("{} of {}", count(table.rows.len(), "row"), table.header.join(", "));
        rows.push(row(["table", &table.title, &text]));
    }
    rows.extend(record.claims.iter().map(|claim| row(["claim", &claim.name, &verdict(claim)])));
    rows
}

fn described(name: &str, axis: &Axis) -> String {
    let label = if axis.label.is_empty() { String::new() } else { format!(" ‘{}’", axis.label) };
    format!("{name}{label}{}", if axis.log { ", logarithmic" } else { "" })
}

fn verdict(claim: &Claim) -> String {
    let sign = match claim.relation {
        Relation::Close => "≈",
        Relation::AtMost => "≤",
        Relation::AtLeast => "≥",
    };
    let holds = if claim.holds() { "holds" } else { "BROKEN" };
    let number = |number| significant(number, 4);
    let within = if claim.allowed() > 0.0 { format!(", {}", allowed(claim)) } else { String::new() };
    format!("{holds}: {} {sign} {}{within}", number(claim.measured), number(claim.predicted))
}

fn row<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

fn short(digest: &str) -> &str {
    digest.get(..DIGITS).unwrap_or(digest)
}

/// A size in bytes, as one says it.
fn bytes(size: usize) -> String {
    match size {
        0..1_000 => count(size, "byte"),
        1_000..1_000_000 => format!("{} kB", significant(size as f64 / 1e3, 3)),
        _ => format!("{} MB", significant(size as f64 / 1e6, 3)),
    }
}
