//! The reports of shards, as one.

use std::collections::BTreeSet;

use super::{Report, SCHEMA};

/// Joins reports of one state of a site. Every cell of it must be in one of them, and in one only.
pub fn merge(reports: Vec<(String, Report)>) -> Result<Report, String> {
    let mut reports = reports.into_iter();
    let Some((first_name, mut all)) = reports.next() else { return Err("there is no report to merge".into()) };
    old(&first_name, &all)?;
    for (name, report) in reports {
        old(&name, &report)?;
        if report.state != all.state || report.all != all.all {
            return Err(format!("'{name}' and '{first_name}' are about different states of the site"));
        }
        for cell in report.cells {
            if all.cells.iter().any(|known| known.label == cell.label) {
                return Err(format!("the cell `{}` of '{name}' is in a report before it too", cell.label));
            }
            all.cells.push(cell);
        }
        for told in report.mistakes {
            if !all.mistakes.contains(&told) {
                all.mistakes.push(told);
            }
        }
        // Shards run side by side.
        all.seconds = all.seconds.max(report.seconds);
    }
    let found: BTreeSet<&str> = all.cells.iter().map(|cell| cell.label.as_str()).collect();
    let missing: Vec<&str> = all.all.iter().map(String::as_str).filter(|label| !found.contains(label)).collect();
    if !missing.is_empty() {
        return Err(format!("no report speaks of {}: the report of a shard is missing", missing.join(", ")));
    }
    let place = |label: &str| all.all.iter().position(|known| known == label);
    all.cells.sort_by_key(|cell| place(&cell.label));
    all.mistakes
        .sort_by(|a, b| (&a.file, a.line, a.column, &a.severity).cmp(&(&b.file, b.line, b.column, &b.severity)));
    all.shard = None;
    Ok(all)
}

fn old(name: &str, report: &Report) -> Result<(), String> {
    match report.schema {
        SCHEMA => Ok(()),
        other => Err(format!("'{name}' has schema {other}, and this Theoria reads schema {SCHEMA}")),
    }
}
