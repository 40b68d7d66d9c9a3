//! The shipped guide as a verification that went wrong would report it.

use std::path::Path;

use super::{HOSTILE, deviation, drifted, report, told, verdict};
use crate::support::listing;
use theoria::guide::comparison::compare;
use theoria::guide::ledger::{Ledger, read};
use theoria::guide::tolerance::{Tolerance, Tolerances};
use theoria::guide::tree::Tree;
use theoria::guide::verdict::{Broken, Report, Status, Told, Verdict};
use theoria::record::{Entry, Record};

fn ledger() -> Ledger {
    let mut tree = Tree::default();
    for (path, bytes) in listing(&Path::new(env!("CARGO_MANIFEST_DIR")).join("content")) {
        tree.insert(&format!("content/{path}"), bytes);
    }
    let (ledger, mistakes) = read(&tree, &[]);
    assert!(mistakes.is_empty() && ledger.entries.len() >= 19, "the ledgers of the guide were not found");
    ledger
}

/// Moves every number of a column by a share of it that changes slowly along the column.
fn bend(numbers: &mut [f64], share: f64) {
    let count = numbers.len() as f64;
    for (at, number) in numbers.iter_mut().enumerate() {
        let along = (at as f64 + 1.0) / count;
        *number *= 1.0 + share * along * (2.0 - 3.0 * along);
    }
}

/// What is fresh of a recorded cell; nothing if it is as recorded.
fn change(label: &str, record: &mut Record) -> Option<()> {
    let column = |record: &mut Record, series: usize, column: usize, share: f64| {
        bend(&mut record.panels[0].series[series].columns[column], share);
    };
    match label {
        "fig-collapse" => column(record, 0, 1, 2e-2),
        "fig-running-average" => (0..4).for_each(|series| column(record, series, 1, 0.1)),
        "fig-typical" => {
            let points = record.panels[0].series.iter().position(|series| series.mark.name() == "points")?;
            column(record, points, 0, 3e-2);
            column(record, points, 1, 5e-2);
        }
        "fig-bell" => {
            record.panels[0].series[0].columns.iter_mut().for_each(|column| column.truncate(20));
            column(record, 1, 1, 1e-2);
            record.values[0].number += 1e-7;
        }
        "fig-window" => (0..3).for_each(|series| column(record, series, 1, 1e-3)),
        "fig-distances" => {
            column(record, 0, 1, 0.3);
            record.tables[0].rows.iter_mut().flatten().for_each(|entry| match entry {
                Entry::Number(number) => *number *= 1.0 + 1e-4,
                Entry::Text(_) => {}
            });
        }
        "tbl-activations" => {
            record.tables[0].rows[1].iter_mut().for_each(|entry| match entry {
                Entry::Number(number) => *number *= 1.0 + 1e-8,
                Entry::Text(text) => text.push_str(" (leaky)"),
            });
        }
        "fig-digits" | "fig-ideal" => {
            let pixels = &mut record.galleries[0].pixels;
            let count = pixels.len();
            bend(&mut pixels[count / 3..], 0.3);
        }
        "fig-random-functions" => column(record, 1, 1, 0.1),
        "fig-correlation" => column(record, 0, 1, 1e-2),
        _ => return None,
    }
    Some(())
}

fn cell(label: &str, recorded: &Record) -> Verdict {
    let mut fresh = recorded.clone();
    if change(label, &mut fresh).is_some() {
        let mut cell = drifted(label, recorded, &fresh);
        if label == "fig-correlation" {
            let tolerance = Tolerance { abs: 0.0, rel: 5e-3, reason: None };
            cell.drifts = compare(recorded, &fresh, &Tolerances::default(), &tolerance).drifts;
        }
        if label == "fig-ideal" {
            cell.status = Status::ClaimBroken;
            let claim = "the ideal machine returns the images that it has seen".into();
            cell.broken =
                vec![Broken { claim, relation: "at-most".into(), measured: 0.31, predicted: 0.01, allowed: 0.0 }];
        }
        cell.changed = vec!["`library` changed".into(), "`data digits.csv` changed".into()];
        return cell;
    }
    let reason = |text: &str| Some(text.to_owned());
    match label {
        "fig-ntk-growth" => Verdict {
            seconds: None,
            reason: reason("this cell panicked: index out of bounds: the len is 3 but the index is 3"),
            ..verdict(label, Status::Failed)
        },
        "fig-kurtosis" => verdict(label, Status::Unrecorded),
        "fig-wide-limit" => {
            Verdict { identical: true, changed: vec!["`program` changed".into()], ..verdict(label, Status::Stale) }
        }
        "fig-machines" => Verdict {
            seconds: None,
            reason: reason("the data file 'content/quickstart/digits.csv' is not on this machine"),
            ..verdict(label, Status::Skipped)
        },
        "fig-invented" => Verdict { seconds: None, ..verdict(label, Status::Unchanged) },
        "fig-mosaic" => {
            let largest = Some(deviation("gallery 2, image 3, row 7, column 12", 0.5, 0.5 + 3.1e-12, 1e-9));
            Verdict { largest, ..verdict(label, Status::Reproduced) }
        }
        _ => Verdict { identical: true, ..verdict(label, Status::Reproduced) },
    }
}

/// A verification of the shipped guide in which much is wrong.
pub fn sample() -> Report {
    let mut entries: Vec<(String, String, Record)> =
        ledger().entries.into_iter().map(|(label, entry)| (entry.file, label, (*entry.record).clone())).collect();
    entries.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    let mut cells: Vec<Verdict> = Vec::new();
    for (at, (file, label, record)) in entries.iter().enumerate() {
        let page = file.split_once(".ledger").map_or("", |(page, _)| page);
        let seconds = |cell: &Verdict| cell.seconds.map(|_| 0.3 + 0.7 * at as f64);
        let cell = cell(label, record);
        cells.push(Verdict { file: format!("{page}.md"), line: 40 + 30 * at, seconds: seconds(&cell), ..cell });
    }
    let mut mistakes: Vec<Told> = Vec::new();
    for cell in &cells {
        let place = (cell.file.as_str(), cell.line);
        match cell.status {
            Status::Failed => {
                let mut told = told("cell-panicked", "error", (&cell.file, cell.line + 7), "");
                told.text = cell.reason.clone().unwrap_or_default();
                (told.notes, told.help) = (vec!["it printed:\nfitting `width` 64\nfitting `width` 256".into()], None);
                mistakes.push(told);
            }
            Status::Drifted => {
                let mut told = told("drifted", "error", place, "it has drifted");
                told.help =
                    Some(format!("if the new results are right, record them by `theoria accept {}`", cell.label));
                mistakes.push(told);
            }
            _ => {}
        }
    }
    mistakes.push(told("dead-link", "error", ("content/about.md", 3), "the link to '../old/' leads nowhere"));
    mistakes.push(told("needless-tolerance", "warning", ("content/about.md", 9), "the tolerance was `not needed`"));
    Report { site: "Learning mechanics".into(), ..report(cells, mistakes) }
}

/// A record whose every text is hostile, and some of whose numbers are none.
pub fn hostile_record(shift: f64) -> Record {
    use theoria::record::{Axis, Claim, Gallery, Mark, Panel, Series, Table, Value};
    let text = || HOSTILE.to_owned();
    let axis = || Axis { label: text(), log: false, range: None };
    let numbers = |count: usize| (0..count).map(|at| at as f64 + shift).collect::<Vec<f64>>();
    let series = |mark: Mark| {
        let mut columns: Vec<Vec<f64>> = mark.columns().iter().map(|_| numbers(5)).collect();
        columns[0] = (0..5).map(f64::from).collect();
        columns[1][3] = if shift > 0.0 { f64::NAN } else { f64::INFINITY };
        Series { name: text(), mark, columns }
    };
    let gallery = Gallery {
        title: text(),
        height: 2,
        width: 2,
        channels: 1,
        columns: 2,
        range: (0.0, 9.0),
        captions: vec![text(), text()],
        pixels: numbers(8),
    };
    Record {
        values: vec![Value { name: text(), number: shift }],
        panels: vec![Panel {
            title: text(),
            x: axis(),
            y: axis(),
            series: Mark::ALL.into_iter().map(series).collect(),
        }],
        galleries: vec![gallery],
        tables: vec![Table {
            title: text(),
            header: vec![text(), text()],
            rows: vec![vec![Entry::Number(shift), Entry::Text(format!("{HOSTILE}{shift}"))]],
        }],
        claims: vec![Claim { name: text(), ..Claim::close(shift, 0.0) }],
    }
}
