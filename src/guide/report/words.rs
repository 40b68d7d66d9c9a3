//! What all forms of a report have in common: a verdict in words, and which mistake is told of which cell.

use crate::guide::comparison::{Deviation, Drift};
use crate::guide::number::significant;
use crate::guide::verdict::{Broken, Report, Status, Told, Verdict};

/// Mistakes that a run of a cell can end with. They lie anywhere in the cell.
const OF_RUNS: [&str; 7] = [
    "cell-does-not-compile",
    "cell-panicked",
    "cell-timed-out",
    "cell-too-loud",
    "cell-crashed",
    "bad-result",
    "unsteady-cell",
];

/// Mistakes that a comparison can end with. They lie on the first line of the cell, and its verdict says all of it.
const OF_RESULTS: [&str; 3] = ["drifted", "claim-broken", "stale-record"];

/// The mistakes of a report by whose they are.
pub struct Owners<'a> {
    /// One list for each verdict.
    pub of_cells: Vec<Vec<&'a Told>>,
    /// Those of the site, and whatever is not sure to be a cell's.
    pub of_site: Vec<&'a Told>,
}

impl<'a> Owners<'a> {
    pub fn new(report: &'a Report) -> Owners<'a> {
        let mut owners = Owners { of_cells: vec![Vec::new(); report.cells.len()], of_site: Vec::new() };
        for told in &report.mistakes {
            match owner(&report.cells, told) {
                Some(at) => owners.of_cells[at].push(told),
                None => owners.of_site.push(told),
            }
        }
        owners
    }
}

/// The bad cell that a mistake is about, if its verdict speaks of it.
fn owner(cells: &[Verdict], told: &Told) -> Option<usize> {
    if told.severity != "error" {
        return None;
    }
    if OF_RESULTS.contains(&told.code.as_str()) {
        let same = |cell: &Verdict| cell.status.is_bad() && cell.file == told.file && cell.line == told.line;
        return cells.iter().position(same);
    }
    if !OF_RUNS.contains(&told.code.as_str()) {
        return None;
    }
    let above = cells.iter().enumerate().filter(|(_, cell)| cell.file == told.file && cell.line <= told.line);
    let (at, cell) = above.max_by_key(|(_, cell)| cell.line)?;
    (cell.status == Status::Failed).then_some(at)
}

/// A mistake of a cell whose verdict does not say all of it.
pub fn is_said_by_verdict(told: &Told) -> bool {
    OF_RESULTS.contains(&told.code.as_str())
}

/// A mistake with all that belongs to it, one thing a line.
pub fn whole(told: &Told) -> String {
    let mut out = told.text.clone();
    for note in &told.notes {
        out += &format!("\nnote: {note}");
    }
    if let Some(help) = &told.help {
        out += &format!("\nhelp: {help}");
    }
    out
}

/// A number with all its digits, in the form in which programs read it.
pub fn exact(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NaN".into(),
        f64::INFINITY => "∞".into(),
        f64::NEG_INFINITY => "−∞".into(),
        _ => format!("{number:?}"),
    }
}

/// A share of 1 in per cent.
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{} %", significant(share * 100.0, 2)) } else { "∞".into() }
}

/// The gravest drift: the number farthest beyond what is allowed; what is not a number counts as farther still.
pub fn worst(drifts: &[Drift]) -> Option<&Drift> {
    let weight = |drift: &Drift| match drift {
        Drift::Shape { .. } => (1, f64::INFINITY),
        Drift::Number { worst, .. } => (0, worst.share()),
    };
    let heavier = |a: &&Drift, b: &&Drift| {
        let ((a_kind, a), (b_kind, b)) = (weight(a), weight(b));
        a_kind.cmp(&b_kind).then(a.total_cmp(&b))
    };
    // Of equals the first.
    drifts.iter().rev().max_by(heavier)
}

/// A drift in one line, without its place.
pub fn drift(drift: &Drift) -> String {
    match drift {
        Drift::Shape { recorded, fresh, .. } => format!("recorded {recorded}, now {fresh}"),
        Drift::Number { worst, count, of } => {
            let mut out = format!("recorded {}, now {}", exact(worst.recorded), exact(worst.fresh));
            if worst.deviation.is_finite() {
                out += &format!("; deviation {}", significant(worst.deviation, 2));
                if worst.relative.is_finite() && worst.recorded != 0.0 {
                    out += &format!(" ({} of it)", percent(worst.relative));
                }
            }
            out += &match worst.allowed {
                0.0 => ", none allowed".into(),
                allowed => format!(", allowed {}", significant(allowed, 2)),
            };
            if *of > 1 {
                out += &format!("; {count} of {of} numbers");
            }
            out
        }
    }
}

/// A claim that does not hold, with its numbers.
pub fn claim(broken: &Broken) -> String {
    let relation = match broken.relation.as_str() {
        "at-most" => "at most",
        "at-least" => "at least",
        _ => "predicted",
    };
    let allowed = match broken.allowed {
        0.0 => String::new(),
        allowed => format!(", allowed deviation {}", significant(allowed, 2)),
    };
    let number = |number| significant(number, 6);
    format!(
        "claim '{}': measured {}, {relation} {}{allowed}",
        broken.claim,
        number(broken.measured),
        number(broken.predicted)
    )
}

/// A deviation that is allowed, beside what is.
pub fn within(largest: &Deviation) -> String {
    format!("{} ({} of what is allowed)", significant(largest.deviation, 2), percent(largest.share()))
}

/// A verdict in one line.
pub fn headline(cell: &Verdict) -> String {
    let reason = || cell.reason.as_deref().and_then(|reason| reason.lines().next()).map(str::to_owned);
    let more = |count: usize| if count > 1 { format!("; and {} more", count - 1) } else { String::new() };
    match cell.status {
        Status::Failed => reason().unwrap_or_else(|| "it did not come to its end".into()),
        Status::ClaimBroken => {
            let text = cell.broken.first().map_or_else(|| "a claim does not hold".into(), claim);
            text + &more(cell.broken.len())
        }
        Status::Drifted => match worst(&cell.drifts) {
            Some(found) => format!("{}: {}{}", found.place(), drift(found), more(cell.drifts.len())),
            None => "it is not as recorded".into(),
        },
        Status::Unrecorded => "there is no record to compare with".into(),
        Status::Stale if cell.changed.is_empty() => "its record is out of date; its results are the same".into(),
        Status::Stale => format!("{}; its results are the same", cell.changed.join("; ")),
        Status::Skipped => reason().unwrap_or_else(|| "a file that it reads is not on this machine".into()),
        Status::Unchanged => "not run: nothing that it depends on has changed".into(),
        Status::Reproduced => match &cell.largest {
            _ if cell.identical => "reproduced bit for bit".into(),
            Some(largest) => format!("reproduced; largest deviation {} at {}", within(largest), largest.place),
            None => "reproduced".into(),
        },
    }
}

/// All that is known of a bad cell, as lines of text.
pub fn details(cell: &Verdict, mistakes: &[&Told]) -> String {
    let mut out: Vec<String> = Vec::new();
    let said: Vec<String> = mistakes.iter().filter(|told| !is_said_by_verdict(told)).map(|told| whole(told)).collect();
    out.extend(cell.reason.iter().filter(|reason| !said.iter().any(|text| text.starts_with(*reason))).cloned());
    out.extend(said);
    out.extend(cell.broken.iter().map(claim));
    for found in &cell.drifts {
        out.push(format!("{}: {}", found.place(), drift(found)));
        if let Drift::Number { worst, .. } = found {
            out.push(format!(
                "    index {}, recorded {}, fresh {}, deviation {}, relative {}, allowed {}",
                worst.index,
                exact(worst.recorded),
                exact(worst.fresh),
                exact(worst.deviation),
                exact(worst.relative),
                exact(worst.allowed)
            ));
        }
    }
    if !cell.changed.is_empty() {
        out.push(format!("since the record was made: {}", cell.changed.join("; ")));
    }
    if out.is_empty() {
        out.push(headline(cell));
    }
    let helps = mistakes.iter().filter(|told| is_said_by_verdict(told)).filter_map(|told| told.help.as_ref());
    out.extend(helps.map(|help| format!("help: {help}")));
    out.join("\n")
}
