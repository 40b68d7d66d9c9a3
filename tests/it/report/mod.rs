//! Reports of verifications: what each form must tell, and that none can be broken by what it tells of.

mod forms;
mod merge;
mod page;
mod sample;
mod schema;

use theoria::guide::comparison::{Deviation, Drift, compare};
use theoria::guide::tolerance::{Tolerance, Tolerances};
use theoria::guide::verdict::{Broken, Report, SCHEMA, Status, Told, Verdict};
use theoria::record::{Record, text};

/// Text that no form may take for its own.
pub const HOSTILE: &str =
    "<b>&amp;\"'</b> ]]> %0A ::error:: , \u{1b}[31m\u{0}\u{7f}\u{ffff}\r\nsecond {{ line }} {% x %}";

pub fn verdict(label: &str, status: Status) -> Verdict {
    Verdict {
        label: label.into(),
        file: "content/a/01-one.md".into(),
        line: 12,
        status,
        seconds: Some(1.25),
        numbers: 40,
        identical: false,
        largest: None,
        drifts: Vec::new(),
        broken: Vec::new(),
        changed: Vec::new(),
        reason: None,
        recorded: None,
        fresh: None,
    }
}

pub fn told(code: &str, severity: &str, (file, line): (&str, usize), text: &str) -> Told {
    let (code, severity, file, text) = (code.into(), severity.into(), file.into(), text.into());
    Told { code, severity, file, line, column: 1, text, notes: Vec::new(), help: Some("do something".into()) }
}

pub fn report(cells: Vec<Verdict>, mistakes: Vec<Told>) -> Report {
    Report {
        schema: SCHEMA,
        theoria: "0.1.0".into(),
        site: "A guide".into(),
        state: "abc".into(),
        shard: None,
        all: cells.iter().map(|cell| cell.label.clone()).collect(),
        cells,
        mistakes,
        seconds: 41.234,
    }
}

pub fn deviation(place: &str, recorded: f64, fresh: f64, allowed: f64) -> Deviation {
    let size = if recorded.is_finite() && fresh.is_finite() { (fresh - recorded).abs() } else { f64::INFINITY };
    let place = place.to_owned();
    Deviation { place, index: 3, recorded, fresh, deviation: size, relative: size / recorded.abs(), allowed }
}

/// A cell that shows one record and is recorded with another, as a verification judges it.
pub fn drifted(label: &str, recorded: &Record, fresh: &Record) -> Verdict {
    let found = compare(recorded, fresh, &Tolerances::default(), &Tolerance::default());
    assert!(!found.drifts.is_empty(), "{label} has not drifted");
    Verdict {
        numbers: found.numbers,
        largest: found.largest,
        drifts: found.drifts,
        recorded: Some(text::inline(recorded)),
        fresh: Some(text::inline(fresh)),
        ..verdict(label, Status::Drifted)
    }
}

pub fn broken(claim: &str) -> Broken {
    Broken { claim: claim.into(), relation: "at-most".into(), measured: 1.5, predicted: 1.0, allowed: 0.25 }
}

/// A report with a cell of every status, and mistakes of cells and of the site.
pub fn every_status() -> Report {
    let number =
        |place, recorded, fresh| Drift::Number { worst: deviation(place, recorded, fresh, 1e-9), count: 3, of: 40 };
    let shape =
        Drift::Shape { place: "panel 2".into(), recorded: "'a', x 'n'".into(), fresh: "not shown any more".into() };
    let cells = vec![
        Verdict { identical: true, ..verdict("fig-same", Status::Reproduced) },
        Verdict {
            line: 20,
            largest: Some(deviation("panel 1, line 'a', y[3]", 1.0, 1.0 + 3e-12, 1e-9)),
            ..verdict("fig-close", Status::Reproduced)
        },
        Verdict {
            line: 30,
            reason: Some("this cell panicked: no\nsecond line".into()),
            seconds: None,
            ..verdict("fig-failed", Status::Failed)
        },
        Verdict { line: 40, broken: vec![broken("the slope is 1")], ..verdict("fig-claim", Status::ClaimBroken) },
        Verdict {
            line: 50,
            drifts: vec![number("value slope", 0.5, 0.75), number("panel 1, line 'a', y[3]", 1.0, f64::NAN), shape],
            changed: vec!["`seed` changed".into()],
            ..verdict("fig-drifted", Status::Drifted)
        },
        Verdict { file: "content/a/02-two.md".into(), ..verdict("fig-new", Status::Unrecorded) },
        Verdict {
            file: "content/a/02-two.md".into(),
            line: 33,
            changed: vec!["`code` changed".into()],
            ..verdict("fig-stale", Status::Stale)
        },
        Verdict {
            line: 70,
            seconds: None,
            reason: Some("the data file 'x' is not on this machine".into()),
            ..verdict("fig-skipped", Status::Skipped)
        },
        Verdict { line: 80, seconds: None, ..verdict("fig-unchanged", Status::Unchanged) },
    ];
    let page = "content/a/01-one.md";
    let mistakes = vec![
        told("cell-panicked", "error", (page, 33), "this cell panicked: no\nsecond line"),
        told("claim-broken", "error", (page, 40), "the claim 'the slope is 1' does not hold"),
        told("drifted", "error", (page, 50), "the cell `fig-drifted` has drifted: value slope"),
        told("dead-link", "error", (page, 90), "the link to 'x' leads nowhere"),
        told("stale-record", "error", ("content/a/02-two.md", 12), "the cell `fig-new` has no record"),
        told("needless-tolerance", "warning", (page, 50), "the tolerance was not needed"),
    ];
    report(cells, mistakes)
}

/// The report with every text in it replaced by the hostile one, but for what is read by programs.
pub fn hostile() -> Report {
    let mut all = every_status();
    all.site = HOSTILE.into();
    for (index, cell) in all.cells.iter_mut().enumerate() {
        cell.label = format!("{HOSTILE}{index}");
        cell.file = HOSTILE.into();
        cell.reason = cell.reason.as_ref().map(|_| HOSTILE.into());
        cell.changed = vec![HOSTILE.into()];
        cell.broken.iter_mut().for_each(|broken| broken.claim = HOSTILE.into());
        for drift in &mut cell.drifts {
            match drift {
                Drift::Number { worst, .. } => worst.place = HOSTILE.into(),
                Drift::Shape { place, recorded, fresh } => {
                    [place, recorded, fresh].into_iter().for_each(|text| *text = HOSTILE.into());
                }
            }
        }
    }
    for told in &mut all.mistakes {
        (told.file, told.text, told.help) = (HOSTILE.into(), HOSTILE.into(), Some(HOSTILE.into()));
        told.notes = vec![HOSTILE.into()];
    }
    all.all = all.cells.iter().map(|cell| cell.label.clone()).collect();
    all
}

/// An element: its name, attributes, and the text directly after its tag.
pub type Tag = (String, Vec<(String, String)>, String);

/// The elements of a document, after checking that it is well-formed XML 1.0.
pub fn xml(text: &str) -> Vec<Tag> {
    let forbidden =
        text.chars().find(|c| c.is_control() && !"\t\n\r".contains(*c) || matches!(c, '\u{fffe}' | '\u{ffff}'));
    assert_eq!(forbidden, None, "a character that XML forbids");
    let mut rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").expect("a declaration").trim_start();
    let (mut open, mut found) = (Vec::new(), Vec::new());
    while let Some(tag) = rest.strip_prefix('<') {
        let (inside, after) = tag.split_once('>').expect("a tag ends");
        let end = after.find('<').unwrap_or(after.len());
        rest = &after[end..];
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "tags nest");
            assert_eq!(after[..end].trim(), "", "text after an element");
            continue;
        }
        let (name, attributes) = inside.split_once(' ').unwrap_or((inside.trim_end_matches('/'), ""));
        let mut pieces = attributes.trim_end_matches('/').split('"');
        let mut list = Vec::new();
        while let (Some(key), Some(value)) = (pieces.next(), pieces.next()) {
            assert!(key.ends_with('=') && !value.contains(['<', '\n', '\t']), "attribute {key}{value}");
            list.push((key.trim().trim_end_matches('=').to_owned(), plain(value)));
        }
        found.push((name.to_owned(), list, plain(&after[..end])));
        if !inside.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "left open: {open:?}, left over: {rest:?}");
    found
}

/// Text without entities; any other `&` is a mistake.
fn plain(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('&') {
        let (entity, behind) = after.split_once(';').expect("an entity ends");
        out.push_str(before);
        out.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            "#10" => '\n',
            "#9" => '\t',
            other => panic!("entity {other}"),
        });
        rest = behind;
    }
    assert!(!rest.contains(['<', '>']), "{rest}");
    out + rest
}

pub fn attribute<'t>(tag: &'t Tag, key: &str) -> &'t str {
    tag.1.iter().find(|(known, _)| known == key).map_or("", |(_, value)| value.as_str())
}
