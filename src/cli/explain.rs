//! `theoria explain`: everything about one cell, for an author who wonders.

use std::path::PathBuf;

use clap::Args;

use super::table::{self, Column, Fit, Paint, Table};
use crate::guide::book::{Book, resolve};
use crate::guide::cell::Cell;
use crate::guide::durations::Durations;
use crate::guide::explain::{Explanation, Section, Subject, find};
use crate::guide::listing::State;
use crate::guide::mistake::Mistakes;
use crate::guide::yaml::nearest;
use crate::shell::durations::History;
use crate::shell::failure::Failure;
use crate::shell::{look, open, terminal};

/// So many cells are named where none was meant.
const NAMED: usize = 12;

#[derive(Args)]
pub struct ExplainArgs {
    /// The cell's label, with or without `fig-` or `tbl-`.
    #[arg(value_name = "CELL")]
    cell: String,
    /// The site's folder.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    site: PathBuf,
}

/// Answers; whether there is such a cell, and no mistake in it.
pub fn explain(ask: &ExplainArgs) -> Result<bool, Failure> {
    let mut opened = open::open(&ask.site)?;
    let mistakes = look::mistakes(&mut opened);
    let (book, _) = resolve(&opened.guide, &opened.ledger);
    let Some((page, cell)) = find(&book, &ask.cell) else {
        // Why a cell is not there may be among them.
        eprint!("{}", terminal::render(&mistakes, &opened.tree));
        eprintln!("{}", unknown(&book, &ask.cell));
        return Ok(false);
    };
    let job = opened.jobs.iter().find(|job| job.span == cell.span);
    let own = of_cell(&mistakes, cell);
    // What keeps a cell from being run may lie in a cell before it.
    let mistakes = if job.is_none() && own.errors() == 0 { mistakes } else { own };
    eprint!("{}", terminal::render(&mistakes, &opened.tree));
    let history = History::read(&opened.settings()?);
    let subject = Subject {
        book: &book,
        tree: &opened.tree,
        page,
        cell,
        job,
        durations: &Durations::read(&opened.tree),
        history: history.of(&cell.label),
    };
    table::print(&written(&subject.explain(), Paint::of_stdout(), table::width()))?;
    Ok(mistakes.errors() == 0)
}

/// The mistakes that lie in a cell.
fn of_cell(mistakes: &Mistakes, cell: &Cell) -> Mistakes {
    let inside = |start: usize| (cell.span.start..=cell.span.end).contains(&start);
    let mut out = Mistakes::default();
    let found = mistakes.iter().filter(|mistake| mistake.span.file == cell.span.file && inside(mistake.span.start));
    found.for_each(|mistake| out.push(mistake.clone()));
    out
}

fn unknown(book: &Book, name: &str) -> String {
    let cells: Vec<&Cell> = book.guide.pages.iter().flat_map(|page| &page.text.cells).collect();
    let text = format!("no cell is called `{name}`");
    if let Some(near) = nearest(name, cells.iter().flat_map(|cell| [cell.label.as_str(), cell.short_name()])) {
        let label = cells.iter().find(|cell| cell.answers_to(near)).map_or(near, |cell| &cell.label);
        return format!("{text}: do you mean `{label}`?");
    }
    let labels: Vec<String> = cells.iter().take(NAMED).map(|cell| format!("`{}`", cell.label)).collect();
    match cells.len() {
        0 => format!("{text}: this guide has no cells"),
        1..=NAMED => format!("{text}: there are {}", labels.join(", ")),
        _ => format!("{text}: `theoria list cells` names those that there are"),
    }
}

fn written(told: &Explanation, paint: Paint, width: Option<usize>) -> String {
    let columns = width.unwrap_or(table::WIDTH);
    let called = if told.called.is_empty() || told.called.ends_with('’') {
        String::new()
    } else {
        format!("{}, ", told.called)
    };
    let mut out = format!("{}\n{called}{}\n\n", paint.bold(&told.label), told.place);
    let state = told.state.name();
    let reason = table::wrap(&format!("{state}: {}", told.reason), columns).join("\n");
    let painted = match told.state {
        State::Fresh => paint.green(state),
        _ => paint.yellow(state),
    };
    out.push_str(&reason.replacen(state, &painted, 1));
    out.push('\n');
    for section in &told.sections {
        out.push_str(&format!("\n{}\n", paint.bold(section.title)));
        out.push_str(&aligned(section).text(2, Some(columns), paint));
    }
    if !told.program.is_empty() {
        out.push_str(&format!(
            "\n{} {}\n",
            paint.bold("Program"),
            paint.dim(&format!("as rustc sees {}", told.place.file))
        ));
        out.push_str(&program(&told.program, paint, width));
    }
    out
}

fn aligned(section: &Section) -> Table {
    let count = section.rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut columns = vec![Column::left(""); count];
    if let Some(last) = columns.last_mut() {
        *last = last.fit(Fit::Wrap);
    }
    // A name may be a sentence, as that of a claim is.
    if section.title == "Shows" {
        columns[1] = columns[1].fit(Fit::Wrap);
    }
    let mut table = Table::new(&columns);
    section.rows.iter().for_each(|row| table.push(row.clone()));
    table
}

/// Numbered lines. On a terminal a line that is too long goes on in the next; elsewhere it stays as it is.
fn program(lines: &[(usize, String)], paint: Paint, width: Option<usize>) -> String {
    let digits = lines.last().map_or(1, |(number, _)| number.to_string().len());
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(digits + 5).max(20));
    let mut out = String::new();
    for (number, line) in lines {
        let chars: Vec<char> = terminal::visible(line).chars().collect();
        let pieces =
            if chars.is_empty() { vec![String::new()] } else { chars.chunks(room).map(String::from_iter).collect() };
        for (at, piece) in pieces.iter().enumerate() {
            let number = if at == 0 { format!("{number:>digits$}") } else { " ".repeat(digits) };
            let gutter = paint.dim(&format!("  {number} │"));
            out.push_str(format!("{gutter} {piece}").trim_end());
            out.push('\n');
        }
    }
    out
}
