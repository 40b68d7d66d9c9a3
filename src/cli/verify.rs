//! `theoria verify` and `theoria accept`: what they are asked, and how they answer.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::GuardArgs;
use super::progress::{self, Bar};
use super::table::{self, Column, Fit, Paint, Table};
use crate::guide::catalogue::verdicts::sentence;
use crate::guide::comparison::Comparison;
use crate::guide::number::count;
use crate::guide::report;
use crate::guide::verdict::{Report, merge};
use crate::shell::accept::{self, Change};
use crate::shell::failure::Failure;
use crate::shell::verify::{self, Verified};
use crate::shell::{disk, git, terminal};

#[derive(Args)]
pub struct VerifyArgs {
    /// Only these cells [default: all]
    #[arg(value_name = "CELL", conflicts_with = "merge")]
    cells: Vec<String>,
    /// Verifies the K-th of N parts of the cells, which take about equally long.
    #[arg(long, value_name = "K/N", value_parser = shard)]
    shard: Option<(usize, usize)>,
    /// Runs nothing: joins the JSON reports of all shards.
    #[arg(long, value_name = "REPORT", num_args = 1.., conflicts_with_all = ["shard", "changed_since"])]
    merge: Vec<PathBuf>,
    /// Runs only cells of which something has changed since a git revision.
    #[arg(long, value_name = "REVISION")]
    changed_since: Option<String>,
    /// Runs every cell so often; all runs must show the same, to the last bit.
    #[arg(long, value_name = "TIMES", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
    repeat: u16,
    /// Runs every cell with each of these numbers of threads; all runs must show the same, to the last bit.
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Vec<u16>,
    /// Takes warnings for mistakes: skipped cells and tolerances that prove little too.
    #[arg(long)]
    strict: bool,
    /// Strictly too, data that are not on this machine are no mistake: their cells are skipped, and that is told.
    #[arg(long)]
    optional_data: bool,
    /// What standard output gets.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Writes the report as JSON, to be merged or read by programs.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the report as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Writes the report as a page in which drifted figures are drawn recorded over fresh.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    guard: GuardArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people; on GitHub, annotations too.
    Table,
    Json,
    Junit,
    /// Annotations that GitHub shows at the lines of the Markdown.
    Github,
    Html,
}

#[derive(Args)]
pub struct AcceptArgs {
    /// Only these cells, whatever came of them [default: those that `verify` finds fault with]
    #[arg(value_name = "CELL")]
    cells: Vec<String>,
    #[command(flatten)]
    guard: GuardArgs,
}

/// Reads `2/3`.
fn shard(text: &str) -> Result<(usize, usize), String> {
    let numbers = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    numbers.filter(|(part, of)| (1..=*of).contains(part)).ok_or_else(|| "write it as 1/3, 2/3 or 3/3".to_owned())
}

/// Verifies, or merges reports, and says what was found. Whether nothing is wrong.
pub fn verify(site: &Path, asked: &VerifyArgs) -> Result<bool, Failure> {
    let report = if asked.merge.is_empty() { run(site, asked)? } else { merged(&asked.merge)? };
    let files = [(&asked.json, Format::Json), (&asked.junit, Format::Junit), (&asked.html, Format::Html)];
    for (path, format) in files {
        if let Some(path) = path {
            disk::replace(path, written(&report, format, site).as_bytes())?;
        }
    }
    table::print(&written(&report, asked.format, site))?;
    let on_github = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    if on_github && asked.format == Format::Table {
        table::print(&written(&report, Format::Github, site))?;
    }
    Ok(report.is_good(asked.strict, asked.optional_data))
}

fn run(site: &Path, asked: &VerifyArgs) -> Result<Report, Failure> {
    let request = verify::Request {
        root: site.to_owned(),
        cells: asked.cells.clone(),
        shard: asked.shard,
        changed_since: asked.changed_since.clone(),
        repeat: usize::from(asked.repeat),
        threads: asked.threads.iter().copied().map(usize::from).collect(),
        guard: asked.guard.guard()?,
    };
    let Verified { report, mistakes, tree } = {
        let bar = Bar::new();
        verify::verify(&request, &|event| bar.as_ref().map_or_else(|| progress::tell(event), |bar| bar.tell(event)))?
    };
    eprint!("{}", terminal::render(&mistakes, &tree));
    Ok(report)
}

fn merged(paths: &[PathBuf]) -> Result<Report, Failure> {
    let wrong = |text: String| Failure::Program { name: "merge".into(), text };
    let mut reports = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path).map_err(Failure::file("read", path))?;
        let name = path.display().to_string();
        let report = serde_json::from_str(&text).map_err(|error| wrong(format!("'{name}' is no report: {error}")))?;
        reports.push((name, report));
    }
    let report = merge::merge(reports).map_err(wrong)?;
    for told in &report.mistakes {
        eprintln!("{}[{}]: {}\n  --> {}:{}:{}", told.severity, told.code, told.text, told.file, told.line, told.column);
        told.notes.iter().for_each(|note| eprintln!("  = note: {note}"));
        told.help.iter().for_each(|help| eprintln!("  = help: {help}"));
        eprintln!();
    }
    Ok(report)
}

fn written(report: &Report, format: Format, site: &Path) -> String {
    match format {
        Format::Table => in_words(report),
        Format::Json => serde_json::to_string_pretty(report).unwrap_or_default() + "\n",
        Format::Junit => report::junit(report),
        Format::Github => report::github(report, &git::prefix(site).unwrap_or_default()),
        Format::Html => report::html(report),
    }
}

/// A row for each cell, and what it comes to.
fn in_words(report: &Report) -> String {
    let found = Column::left("found").fit(Fit::Wrap);
    let columns = [Column::left("cell"), Column::left("verdict"), found, Column::right("seconds")];
    let mut table = Table::new(&columns);
    let mut page = String::new();
    for [label, place, verdict, found, seconds] in report::rows(report) {
        let file = place.rsplit_once(':').map_or("", |(file, _)| file);
        if page != file {
            table.heading(file.to_owned());
            page = file.to_owned();
        }
        table.push(vec![label, verdict, found, seconds]);
    }
    let table = if report.cells.is_empty() { String::new() } else { table.text(0, table::width(), Paint::of_stdout()) };
    format!("{table}\n{}", report::summary(report))
}

/// Records new results, and says what moved. Whether nothing is wrong with the site as it is now.
pub fn accept(site: &Path, asked: &AcceptArgs) -> Result<bool, Failure> {
    let request = accept::Request { root: site.to_owned(), cells: asked.cells.clone(), guard: asked.guard.guard()? };
    let accepted = accept::accept(&request, &progress::tell)?;
    eprint!("{}", terminal::render(&accepted.mistakes, &accepted.tree));
    let mut kept = 0;
    for (label, change) in &accepted.changes {
        match change {
            Change::New => println!("{label}: recorded"),
            Change::Moved(found) => {
                println!("{label}: recorded");
                found.drifts.iter().for_each(|drift| println!("  {}", sentence(drift, ["was", "is"])));
            }
            Change::Renewed(why) => println!("{label}: the same results, recorded anew ({})", why.join("; ")),
            Change::Rewritten(found) => match &found.largest {
                Some(most) => println!("{label}: recorded anew, within tolerance; {} moved most", most.place),
                None => println!("{label}: recorded anew"),
            },
            Change::Kept => kept += 1,
        }
    }
    println!("{} recorded, {kept} left as they were", count(accepted.changes.len() - kept, "cell"));
    Ok(accepted.mistakes.errors() == 0)
}

/// What moved, on one line.
pub fn moved(found: &Comparison) -> String {
    let first = found.drifts.first().map(|drift| sentence(drift, ["was", "is"]));
    let more = found.drifts.len().saturating_sub(1);
    first.unwrap_or_default() + &if more > 0 { format!("; and {more} more") } else { String::new() }
}
