//! A report for the terminal: what is wrong, a line for each cell, and what the verification comes to.

use super::words::{Owners, drift, headline, percent, within, worst};
use crate::guide::number::{count, significant};
use crate::guide::verdict::{Report, Status, Verdict};

/// Labels of unchanged cells that are named.
const NAMED: usize = 8;

/// A line for each cell that is bad or was skipped, and the counts.
pub fn summary(report: &Report) -> String {
    let listed = report.cells.iter().filter(|cell| cell.status.is_bad() || cell.status == Status::Skipped);
    let listed: Vec<[String; 3]> =
        listed.map(|cell| [cell.status.name(), &cell.label, &headline(cell)].map(line)).collect();
    let width = |at: usize| listed.iter().map(|words| words[at].chars().count()).max().unwrap_or(0);
    let (statuses, labels) = (width(0), width(1));
    let mut out = String::new();
    for [status, label, text] in &listed {
        out += &format!("{status:statuses$}  {label:labels$}  {text}\n");
    }
    let unchanged = report.cells.iter().filter(|cell| cell.status == Status::Unchanged);
    let unchanged: Vec<&str> = unchanged.map(|cell| cell.label.as_str()).collect();
    if !unchanged.is_empty() {
        let named = unchanged.len().min(NAMED);
        let more = unchanged.len() - named;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        out += &line(&format!("not run, since nothing has changed: {}{more}", unchanged[..named].join(", ")));
        out.push('\n');
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out + &line(&counts(report)) + "\n"
}

/// How many cells of each status, as one sentence.
fn counts(report: &Report) -> String {
    let shard = report.shard.as_ref().map_or(String::new(), |shard| format!("shard {shard}: "));
    let (some, all) = (report.cells.len(), report.all.len());
    let looked_at = if some == all { count(some, "cell") } else { format!("{some} of {}", count(all, "cell")) };
    let mut parts: Vec<String> = Vec::new();
    for status in Status::ALL.into_iter().rev() {
        let number = report.count(status);
        parts.extend(match status {
            _ if number == 0 => None,
            Status::Reproduced => Some(format!("{number} reproduced{}", how_well(report))),
            Status::Unchanged => Some(format!("{number} NOT RUN (unchanged)")),
            Status::Skipped => {
                Some(format!("{number} SKIPPED (nothing is known of {})", if number == 1 { "it" } else { "them" }))
            }
            status => Some(format!("{number} {}", status.name())),
        });
    }
    let of_site = Owners::new(report).of_site;
    let errors = of_site.iter().filter(|told| told.severity == "error").count();
    for (found, word) in [(errors, "other error"), (of_site.len() - errors, "warning")] {
        parts.extend((found > 0).then(|| count(found, word)));
    }
    let parts = if parts.is_empty() { "nothing to verify".into() } else { parts.join(", ") };
    format!("{shard}{looked_at}: {parts}; {} s", significant(report.seconds, 3))
}

/// How many cells are the same to the last bit, and how far the others are off.
fn how_well(report: &Report) -> String {
    let good = || report.cells.iter().filter(|cell| cell.status == Status::Reproduced);
    let exact = good().filter(|cell| cell.identical).count();
    let within = good().count() - exact;
    if within == 0 {
        return if exact == 1 { " bit for bit" } else { ", all bit for bit" }.into();
    }
    let largest = good().filter_map(|cell| Some((cell, cell.largest.as_ref()?)));
    let largest = largest.max_by(|(_, a), (_, b)| a.share().total_cmp(&b.share()));
    let largest = largest.map_or(String::new(), |(cell, found)| {
        let (size, share) = (significant(found.deviation, 2), percent(found.share()));
        format!("; largest deviation {size} of {}: `{}`, {share} of what is allowed", cell.label, found.place)
    });
    format!(" ({exact} bit for bit, {within} within tolerance{largest})")
}

/// A row for each cell: label, place, verdict, the largest deviation or what is wrong, and seconds.
pub fn rows(report: &Report) -> Vec<[String; 5]> {
    let row = |cell: &Verdict| {
        let found = match cell.status {
            Status::Reproduced if cell.identical => "bit for bit".into(),
            Status::Reproduced => cell.largest.as_ref().map_or_else(String::new, within),
            Status::Drifted => {
                worst(&cell.drifts).map_or_else(String::new, |found| format!("{}: {}", found.place(), drift(found)))
            }
            _ => headline(cell),
        };
        let seconds = cell.seconds.map_or(String::new(), |seconds| format!("{seconds:.1}"));
        let place = format!("{}:{}", cell.file, cell.line);
        [cell.label.clone(), place, cell.status.name().into(), found, seconds].map(|text| line(&text))
    };
    report.cells.iter().map(row).collect()
}

/// Text from outside as one line, without control characters, which could paint over the terminal.
fn line(text: &str) -> String {
    let visible = |c: char| match c {
        '\n' | '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(visible).collect()
}
