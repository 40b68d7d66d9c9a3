//! `theoria list`: what there is in a guide, as a table to read or as JSON for other programs.
//!
//! The JSON is one object on standard output:
//!
//! ```text
//! {"schema": 1, "kind": "cells", "items": [...]}
//! ```
//!
//! `schema` changes when a field is renamed, is removed or changes its meaning; a new field may come at any time. The
//! fields of the items are those of the rows in `guide::listing` and `guide::inventory`; every item has `label`, and
//! `file` and `line` of its place in the sources.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::inventory;
use super::table::{self, Column, Fit, Paint, Table};
use crate::guide::book::resolve;
use crate::guide::durations::Durations;
use crate::guide::listing::{CellRow, ClaimRow, FigureRow, LabelRow, Lister, QuestionRow};
use crate::guide::number::significant;
use crate::shell::failure::Failure;
use crate::shell::{look, open, terminal};

/// The version of the JSON.
const SCHEMA: u32 = 1;

#[derive(Args)]
pub struct ListArgs {
    /// What is listed.
    #[arg(value_enum)]
    kind: Which,
    /// A table to read, or JSON for other programs.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// The site's folder.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    site: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    Cells,
    Figures,
    Claims,
    Questions,
    Labels,
    Pages,
    Sequences,
    Tags,
    People,
}

impl Which {
    fn name(self) -> &'static str {
        match self {
            Which::Cells => "cells",
            Which::Figures => "figures",
            Which::Claims => "claims",
            Which::Questions => "questions",
            Which::Labels => "labels",
            Which::Pages => "pages",
            Which::Sequences => "sequences",
            Which::Tags => "tags",
            Which::People => "people",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// Answers; whether the site is free of errors.
pub fn list(ask: &ListArgs) -> Result<bool, Failure> {
    let mut opened = open::open(&ask.site)?;
    let mistakes = look::mistakes(&mut opened);
    eprint!("{}", terminal::render(&mistakes, &opened.tree));
    let (book, _) = resolve(&opened.guide, &opened.ledger);
    let durations = Durations::read(&opened.tree);
    let lister = Lister { book: &book, jobs: &opened.jobs, tree: &opened.tree, durations: &durations };
    let missing = opened.jobs.iter().filter(|job| !opened.ledger.entries.contains_key(&job.label)).count();
    if missing > 0 && matches!(ask.kind, Which::Figures | Which::Claims | Which::Labels) {
        let cells = super::count(missing, "cell");
        eprintln!("what {cells} would show is not known: run `theoria build` to compute what has no record yet");
    }
    match ask.kind {
        Which::Cells => say(ask, &lister.cells(), CELLS, cell),
        Which::Figures => say(ask, &lister.figures(), FIGURES, figure),
        Which::Claims => say(ask, &lister.claims(), CLAIMS, claim),
        Which::Questions => say(ask, &lister.questions(), QUESTIONS, question),
        Which::Labels => say(ask, &lister.labels(), LABELS, label),
        Which::Pages => say(ask, &lister.pages(), inventory::PAGES, inventory::of_page),
        Which::Sequences => say(ask, &lister.sequences(), inventory::SEQUENCES, inventory::sequence),
        Which::Tags => say(ask, &lister.tags(), inventory::TAGS, inventory::tag),
        Which::People => say(ask, &lister.people(), inventory::PEOPLE, inventory::person),
    }?;
    Ok(mistakes.errors() == 0)
}

/// Prints all rows, in the form that is asked for.
fn say<T: Serialize>(
    ask: &ListArgs,
    rows: &[T],
    columns: &[Column],
    words: fn(&T) -> Vec<String>,
) -> Result<(), Failure> {
    let kind = ask.kind.name();
    if rows.is_empty() {
        eprintln!("there are no {kind} in this guide");
    }
    if ask.format == Format::Json {
        let items: Vec<String> = rows.iter().map(json).collect::<Result<_, _>>()?;
        let items = if items.is_empty() { String::new() } else { format!("\n  {}\n", items.join(",\n  ")) };
        return table::print(&format!("{{\"schema\": {SCHEMA}, \"kind\": \"{kind}\", \"items\": [{items}]}}\n"));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<Vec<String>> = rows.iter().map(words).collect();
    let width = table::width();
    let table = if width.is_some() { by_file(columns, rows) } else { flat(columns, rows) };
    table::print(&table.text(0, width, Paint::of_stdout()))
}

/// One line for each row, with its whole place, for other programs.
fn flat(columns: &[Column], rows: Vec<Vec<String>>) -> Table {
    let mut table = Table::new(columns);
    rows.into_iter().for_each(|row| table.push(row));
    table
}

/// Rows below the name of their file, which leaves more room for what is said of them.
fn by_file(columns: &[Column], rows: Vec<Vec<String>>) -> Table {
    let Some(at) = columns.iter().position(|column| column.title == PLACE.title) else { return flat(columns, rows) };
    let mut columns = columns.to_vec();
    columns[at] = Column::right("line");
    let (mut table, mut last) = (Table::new(&columns), String::new());
    for mut row in rows {
        let place = std::mem::take(&mut row[at]);
        let (file, line) = place.rsplit_once(':').unwrap_or((&place, ""));
        row[at] = line.to_owned();
        if file != last {
            table.heading(file.to_owned());
            last = file.to_owned();
        }
        table.push(row);
    }
    table
}

/// File and line.
pub(super) const PLACE: Column = Column::left("place");

/// One item on one line, so that two lists can be compared line by line.
fn json<T: Serialize>(row: &T) -> Result<String, Failure> {
    serde_json::to_string(row).map_err(|error| Failure::Program { name: "list".into(), text: error.to_string() })
}

const CELLS: &[Column] = &[
    Column::left("label"),
    Column::left("state"),
    Column::right("seconds"),
    Column::right("seed"),
    Column::right("values"),
    Column::right("series"),
    Column::right("claims"),
    Column::left("needs").fit(Fit::Cut),
    PLACE,
];

fn cell(row: &CellRow) -> Vec<String> {
    let files = row.data.iter().map(|path| path.rsplit('/').next().unwrap_or(path).to_owned());
    let cells = row.after.iter().map(|name| format!("after {name}"));
    vec![
        row.label.clone(),
        row.state.name().into(),
        row.seconds.map_or(String::new(), |time| format!("{time:.2}")),
        row.seed.to_string(),
        some(row.values),
        some(row.series),
        some(row.claims),
        files.chain(cells).collect::<Vec<_>>().join(", "),
        row.place.to_string(),
    ]
}

const FIGURES: &[Column] = &[
    Column::left("number"),
    Column::left("label"),
    Column::right("panels"),
    Column::right("galleries"),
    Column::left("address"),
    PLACE,
    Column::left("caption").fit(Fit::Below),
];

fn figure(row: &FigureRow) -> Vec<String> {
    vec![
        row.number.clone(),
        row.label.clone(),
        some(row.panels),
        some(row.galleries),
        page(&row.address),
        row.place.to_string(),
        row.caption.clone(),
    ]
}

const CLAIMS: &[Column] = &[
    Column::left("holds"),
    Column::right("measured"),
    Column::left(""),
    Column::left("predicted"),
    Column::left("allowed"),
    Column::left("cell"),
    PLACE,
    Column::left("claim").fit(Fit::Below),
];

fn claim(row: &ClaimRow) -> Vec<String> {
    let sign = match row.relation {
        "at-most" => "≤",
        "at-least" => "≥",
        _ => "≈",
    };
    vec![
        if row.holds { "yes" } else { "NO" }.into(),
        significant(row.measured, 4),
        sign.into(),
        significant(row.predicted, 4),
        if row.allowed > 0.0 { format!("±{}", significant(row.allowed, 2)) } else { String::new() },
        row.cell.clone(),
        row.place.to_string(),
        row.name.clone(),
    ]
}

const QUESTIONS: &[Column] = &[
    Column::left("label"),
    Column::left("status"),
    Column::left("topic"),
    Column::right("mentions"),
    PLACE,
    Column::left("question").fit(Fit::Below),
];

fn question(row: &QuestionRow) -> Vec<String> {
    vec![
        row.label.clone(),
        row.status.into(),
        row.topic.clone(),
        some(row.mentions),
        row.place.to_string(),
        row.title.clone(),
    ]
}

const LABELS: &[Column] = &[
    Column::left("kind"),
    Column::left("called").fit(Fit::Cut),
    Column::left("address"),
    Column::left("label").fit(Fit::Spill),
];

fn label(row: &LabelRow) -> Vec<String> {
    vec![row.kind.into(), row.name.clone(), page(&row.address), row.label.clone()]
}

/// The address of a page: the anchor is the label, which stands beside it.
pub(super) fn page(address: &str) -> String {
    format!("/{}", address.split('#').next().unwrap_or_default())
}

/// A count, or a dot where there is nothing, so that the eye finds what there is.
pub(super) fn some(count: usize) -> String {
    if count == 0 { "·".into() } else { count.to_string() }
}
