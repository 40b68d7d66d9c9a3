//! One page that stands alone, for whoever wants to know why a verification failed.

use serde_json::{Value, json};
use tera::Context;

use super::figures::{self, Artist};
use super::words::{Owners, exact, headline, is_said_by_verdict, worst};
use crate::guide::comparison::{Deviation, Drift};
use crate::guide::escape::escape;
use crate::guide::number::{count, html as raised, significant};
use crate::guide::plot;
use crate::guide::templates::{self, theme};
use crate::guide::tree::Tree;
use crate::guide::verdict::{Broken, Report, Status, Told, Verdict};

/// Parts of the theme's style sheet that the page is set in.
const STYLES: [&str; 3] = ["themes", "ground", "figures"];

/// A report as a page without scripts and without any other file.
pub fn html(report: &Report) -> String {
    let owners = Owners::new(report);
    let context = printable(json!({
        "site": report.site, "version": report.theoria, "state": report.state, "outcome": outcome(report, &owners),
        "good": report.is_good(false, true), "scope": scope(report), "seconds": significant(report.seconds, 3),
        "counts": counts(report), "style": style(),
        "cells": report.cells.iter().enumerate().map(|(at, cell)| row(at, cell)).collect::<Vec<_>>(),
        "sections": sections(report, &owners),
        "mistakes": owners.of_site.iter().map(|told| mistake(told)).collect::<Vec<_>>(),
    }));
    let context = Context::from_serialize(&context).unwrap_or_default();
    let (templates, _) = templates::load(&Tree::default(), None);
    let page = templates.render("verification.html", &context);
    page.unwrap_or_else(|wrong| unreachable!("the embedded template does not fit what it is told: {wrong:?}"))
}

/// Every text without control characters, which HTML does not allow.
fn printable(value: Value) -> Value {
    let fine = |c: char| match c {
        '\n' | '\t' => c,
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    match value {
        Value::String(text) => Value::String(text.chars().map(fine).collect()),
        Value::Array(items) => items.into_iter().map(printable).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, printable(value))).collect(),
        other => other,
    }
}

/// The styles of the theme that are of use here, its fonts left out.
fn style() -> String {
    let files = theme();
    let sheet = files.iter().find(|(path, _)| path == "static/theoria.css").map_or(&b""[..], |(_, bytes)| *bytes);
    let sheet = String::from_utf8_lossy(sheet);
    let mut out = String::new();
    for part in sheet.split("/* ----").skip(1) {
        let (name, rules) = part.split_once("*/").unwrap_or((part, ""));
        if STYLES.contains(&name.trim_matches(['-', ' '])) {
            out.push_str(rules);
        }
    }
    out + plot::CSS
}

/// How a bad cell is spoken of, for one and for many of them.
fn said(status: Status) -> [&'static str; 2] {
    match status {
        Status::Failed => ["failed", "failed"],
        Status::ClaimBroken => ["has a broken claim", "have broken claims"],
        Status::Drifted => ["has drifted", "have drifted"],
        Status::Unrecorded => ["has no record", "have no record"],
        Status::Stale => ["has a stale record", "have stale records"],
        Status::Skipped => ["was skipped", "were skipped"],
        Status::Unchanged => ["was not run", "were not run"],
        Status::Reproduced => ["is reproduced", "are reproduced"],
    }
}

/// What the verification comes to, as a headline.
fn outcome(report: &Report, owners: &Owners) -> String {
    let all = report.cells.len();
    let (bad, other): (Vec<Status>, Vec<Status>) =
        Status::ALL.into_iter().filter(|status| report.count(*status) > 0).partition(|status| status.is_bad());
    let errors = owners.of_site.iter().filter(|told| told.severity == "error").count();
    let mut out = match (all, bad.as_slice(), other.as_slice()) {
        (0, ..) => "No cell was looked at".to_owned(),
        (1, [], [Status::Reproduced]) => "The one cell is reproduced".to_owned(),
        (_, [], [Status::Reproduced]) => format!("All {all} cells are reproduced"),
        (_, [], other) => list(report, all, other.iter().rev()),
        (_, bad, _) => list(report, all, bad.iter()),
    };
    if errors > 0 {
        let joint = if bad.is_empty() { ", but" } else { ", and" };
        out += &format!("{joint} the site has {}", count(errors, "error"));
    }
    out
}

/// `2 of 19 cells have drifted, 1 has no record`.
fn list<'a>(report: &Report, all: usize, statuses: impl Iterator<Item = &'a Status>) -> String {
    let mut out = String::new();
    for status in statuses {
        let number = report.count(*status);
        let verb = said(*status)[usize::from(number != 1)];
        out += &match out.is_empty() {
            true => format!("{number} of {} {verb}", count(all, "cell")),
            false => format!(", {number} {verb}"),
        };
    }
    out
}

/// Which part of the site this is about, if not all.
fn scope(report: &Report) -> String {
    let (some, all) = (report.cells.len(), report.all.len());
    match &report.shard {
        Some(shard) => format!("shard {shard}: {some} of the site's {}", count(all, "cell")),
        None if some < all => format!("{some} of the site's {}", count(all, "cell")),
        None => String::new(),
    }
}

fn class(status: Status) -> String {
    status.name().replace(' ', "-")
}

fn counts(report: &Report) -> Vec<Value> {
    let counted = Status::ALL.into_iter().map(|status| (status, report.count(status)));
    let shown = counted.filter(|(status, number)| *number > 0 || *status == Status::Reproduced);
    shown.map(|(status, number)| json!({"name": status.name(), "class": class(status), "number": number})).collect()
}

/// One line of the table of all cells.
fn row(at: usize, cell: &Verdict) -> Value {
    let deviation = |found: &Deviation| raised(&significant(found.deviation, 2));
    let allowed = |found: &Deviation| format!("{} of what is allowed", raised_percent(found.share()));
    let (number, text, place) = match (cell.status, worst(&cell.drifts), &cell.largest) {
        (Status::Drifted | Status::ClaimBroken, Some(Drift::Number { worst, .. }), _) => {
            (deviation(worst), format!("allowed {}", raised(&significant(worst.allowed, 2))), worst.place.as_str())
        }
        (Status::Drifted | Status::ClaimBroken, Some(Drift::Shape { place, .. }), _) => {
            (String::new(), "not of the recorded form".into(), place.as_str())
        }
        (Status::Reproduced | Status::Stale, _, _) if cell.identical => (String::new(), "bit for bit".into(), ""),
        (Status::Reproduced | Status::Stale, _, Some(largest)) => {
            (deviation(largest), allowed(largest), largest.place.as_str())
        }
        _ => (String::new(), String::new(), ""),
    };
    json!({
        "id": format!("cell-{}", at + 1), "label": cell.label, "file": cell.file, "line": cell.line,
        "status": cell.status.name(), "class": class(cell.status), "bad": cell.status.is_bad(),
        "number": number, "text": text, "place": place,
        "why": if says_why(cell.status) { headline(cell) } else { String::new() },
        "seconds": cell.seconds.map(|seconds| format!("{seconds:.1}")),
    })
}

/// Whether there are no numbers to tell, but a reason.
fn says_why(status: Status) -> bool {
    matches!(status, Status::Failed | Status::Unrecorded | Status::Skipped | Status::Unchanged)
}

fn sections(report: &Report, owners: &Owners) -> Vec<Value> {
    let cells = report.cells.iter().zip(&owners.of_cells).enumerate();
    let bad = cells.filter(|(_, (cell, _))| cell.status.is_bad());
    bad.map(|(at, (cell, mistakes))| section(at, cell, mistakes)).collect()
}

/// All that is known of a bad cell.
fn section(at: usize, cell: &Verdict, mistakes: &[&Told]) -> Value {
    let id = format!("cell-{}", at + 1);
    let (numbers, shapes): (Vec<&Drift>, Vec<&Drift>) =
        cell.drifts.iter().partition(|drift| matches!(drift, Drift::Number { .. }));
    let (figures, tables, unreadable) = match figures::records(cell) {
        Ok(Some((recorded, fresh))) => {
            let artist = Artist { cell, id: id.clone(), recorded: &recorded, fresh: &fresh };
            (artist.figures(), artist.tables(), String::new())
        }
        Ok(None) => (Vec::new(), Vec::new(), String::new()),
        Err(why) => (Vec::new(), Vec::new(), format!("The results in this report cannot be read: {why}.")),
    };
    let own = mistakes.iter().filter(|told| !is_said_by_verdict(told));
    let reason = cell.reason.as_ref().filter(|reason| !mistakes.iter().any(|told| told.text == **reason));
    let mut helps: Vec<&String> =
        mistakes.iter().filter(|told| is_said_by_verdict(told)).filter_map(|told| told.help.as_ref()).collect();
    helps.dedup();
    json!({
        "id": id, "label": cell.label, "file": cell.file, "line": cell.line,
        "status": cell.status.name(), "class": class(cell.status), "lead": lead(cell),
        "reason": reason, "changed": cell.changed.iter().map(|text| marked(text)).collect::<Vec<_>>(),
        "claims": cell.broken.iter().map(broken).collect::<Vec<_>>(),
        "drifts": numbers.into_iter().map(drift).collect::<Vec<_>>(),
        "shapes": shapes.into_iter().map(drift).collect::<Vec<_>>(),
        "figures": figures, "tables": tables, "unreadable": unreadable,
        "mistakes": own.map(|told| mistake(told)).collect::<Vec<_>>(),
        "helps": helps.into_iter().map(|help| marked(help)).collect::<Vec<_>>(),
    })
}

/// What is wrong, in a sentence.
fn lead(cell: &Verdict) -> String {
    let numbers: usize = cell
        .drifts
        .iter()
        .map(|drift| match drift {
            Drift::Number { count, .. } => *count,
            Drift::Shape { .. } => 0,
        })
        .sum();
    let shapes = cell.drifts.iter().filter(|drift| matches!(drift, Drift::Shape { .. })).count();
    let drifted = match (numbers, shapes) {
        (0, 0) => String::new(),
        (numbers, 0) => format!("{} farther from the record than allowed.", verb(numbers, "number", "lies", "lie")),
        (0, shapes) => format!("{} not of the recorded form.", verb(shapes, "part", "is", "are")),
        (numbers, shapes) => format!(
            "{} farther from the record than allowed, and {} not of the recorded form.",
            verb(numbers, "number", "lies", "lie"),
            verb(shapes, "part", "is", "are")
        ),
    };
    let first = match cell.status {
        Status::Failed => "It did not run to its end.",
        Status::ClaimBroken if cell.broken.len() > 1 => "Claims do not hold for the fresh results.",
        Status::ClaimBroken => "A claim does not hold for the fresh results.",
        Status::Unrecorded => "There is no record to compare with.",
        Status::Stale => "The results are as recorded, but the record was made for another program, data or library.",
        _ => "",
    };
    [first, &drifted].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

fn verb(number: usize, word: &str, one: &str, many: &str) -> String {
    format!("{} {}", count(number, word), if number == 1 { one } else { many })
}

fn broken(broken: &Broken) -> Value {
    let number = |number| raised(&significant(number, 6));
    let relation = match broken.relation.as_str() {
        "at-most" => "at most",
        "at-least" => "at least",
        _ => "predicted",
    };
    json!({
        "claim": broken.claim, "relation": relation, "measured": number(broken.measured),
        "predicted": number(broken.predicted), "allowed": number(broken.allowed),
    })
}

/// One line of the table of drifts.
fn drift(drift: &Drift) -> Value {
    match drift {
        Drift::Shape { place, recorded, fresh } => json!({"place": place, "recorded": recorded, "fresh": fresh}),
        Drift::Number { worst, count, of } => {
            let (old, new) = (exact(worst.recorded), exact(worst.fresh));
            let same = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).count();
            let cut = |text: &str| [text.chars().take(same).collect::<String>(), text.chars().skip(same).collect()];
            let short = |number| raised(&significant(number, 3));
            let place = worst.place.strip_suffix(&format!("[{}]", worst.index)).unwrap_or(&worst.place);
            json!({
                "place": place, "index": worst.index, "count": count, "of": of,
                "recorded": cut(&old), "fresh": cut(&new),
                "deviation": {"short": short(worst.deviation), "full": exact(worst.deviation)},
                "relative": {"short": relative(worst), "full": exact(worst.relative)},
                "allowed": {"short": short(worst.allowed), "full": exact(worst.allowed)},
            })
        }
    }
}

/// The deviation as a share of the recorded number; nothing if that is 0.
fn relative(found: &Deviation) -> String {
    if found.recorded == 0.0 { "–".into() } else { raised_percent(found.relative) }
}

/// A share of 1 in per cent, as HTML.
fn raised_percent(share: f64) -> String {
    if share.is_finite() { format!("{} %", raised(&significant(share * 100.0, 2))) } else { "∞".into() }
}

fn mistake(told: &Told) -> Value {
    json!({
        "code": told.code, "severity": told.severity, "file": told.file, "line": told.line, "column": told.column,
        "text": marked(&told.text), "notes": told.notes.iter().map(|note| marked(note)).collect::<Vec<_>>(),
        "help": told.help.as_deref().map(marked),
    })
}

/// Text as HTML, with code where it stands between backticks.
fn marked(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return escape(text);
    }
    let mut out = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let piece = escape(piece);
        out += &if at % 2 == 1 { format!("<code>{piece}</code>") } else { piece };
    }
    out
}
