//! Every mistake an author can make: told at its place, in words that help, all at once.

mod cases;
mod cited;
mod notes;
mod places;
mod readers;
mod unsafe_html;

use std::fs;
use std::path::Path;

use theoria::guide::mistake::Code;
use theoria::shell::build::Request;

use self::cases::{CELLS, Case, HELPS, LABELS, LEDGERS, PAGES, RECORD, STALE, TEXT};
use self::cited::CITED;
use self::places::PLACES;
use self::readers::READERS;
use self::unsafe_html::UNSAFE;
use crate::support::{Folder, lines, run};

/// Codes that only verification gives: the test that covers each, in `tests/it/verify.rs`.
const IN_VERIFY: &[(Code, &str)] = &[
    (Code::Drifted, "a_changed_constant_turns_the_right_figures_red_and_only_those"),
    (Code::UnsteadyCell, "chance_and_threads_are_found_out_and_tolerances_are_weighed"),
    (Code::LooseTolerance, "chance_and_threads_are_found_out_and_tolerances_are_weighed"),
    (Code::NeedlessTolerance, "chance_and_threads_are_found_out_and_tolerances_are_weighed"),
];

/// Codes that only asking outside of the site gives: the test that covers each, in `tests/it/external.rs`.
const OUTSIDE: &[(Code, &str)] = &[
    (Code::DeadOutsideLink, "every_outside_link_is_asked_for_and_judged"),
    (Code::MovedLink, "every_outside_link_is_asked_for_and_judged"),
    (Code::UndecidedLink, "every_outside_link_is_asked_for_and_judged"),
];

/// Codes that need the compiler: the test that covers each, in `tests/it/cells.rs`.
const IN_CELLS: &[(Code, &str)] = &[
    (Code::CellDoesNotCompile, "what_the_compiler_refuses_is_shown_in_the_page"),
    (Code::CellPanicked, "what_fails_at_run_time_is_shown_in_the_page"),
    (Code::CellTimedOut, "what_fails_at_run_time_is_shown_in_the_page"),
    (Code::CellTooLoud, "what_fails_at_run_time_is_shown_in_the_page"),
    (Code::CellCrashed, "what_fails_at_run_time_is_shown_in_the_page"),
    (Code::BadResult, "what_fails_at_run_time_is_shown_in_the_page"),
];

fn cases() -> impl Iterator<Item = &'static Case> {
    [PAGES, LABELS, TEXT, notes::NOTES, CELLS, CITED, READERS, PLACES, UNSAFE].into_iter().flatten()
}

#[test]
fn every_mistake_is_told_once_and_at_its_place() {
    let mut wrong = Vec::new();
    for Case { code, files, told } in cases() {
        let report = Folder::new(files).check();
        let found = lines(&report.mistakes, &report.tree);
        let alike = found.len() == told.len() && found.iter().zip(*told).all(|(line, start)| line.starts_with(start));
        if !alike || report.mistakes.iter().all(|mistake| mistake.code != *code) {
            wrong.push(format!("{code}: of\n{files}found\n  {}\nnot\n  {}\n", found.join("\n  "), told.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_has_a_case() {
    let file =
        |name: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(name)).unwrap();
    let (cells, verify, external) = (file("cells.rs"), file("verify.rs"), file("external.rs"));
    for code in Code::ALL {
        let here = cases().any(|case| case.code == *code) || STALE.0 == *code || LEDGERS.0 == *code;
        let verified = IN_VERIFY.iter().any(|(known, test)| {
            known == code
                && verify.contains(&format!("fn {test}()"))
                && verify.contains(&format!("[{}]: ", code.name()))
        });
        let there = IN_CELLS.iter().any(|(known, test)| {
            known == code && cells.contains(&format!("fn {test}()")) && cells.contains(&format!(" {} ", code.name()))
        });
        let outside = OUTSIDE.iter().any(|(known, test)| {
            known == code
                && external.contains(&format!("fn {test}()"))
                && external.contains(&format!(" {}: ", code.name()))
        });
        assert!(here || there || verified || outside, "no test shows the mistake '{code}'");
    }
}

#[test]
fn a_frozen_build_says_what_changed() {
    let folder = Folder::new(STALE.1);
    let report = run(&Request { frozen: true, ..folder.request() });
    let expected = [
        "content/a.md:4:1 stale-record: the record of the cell `one` is out of date: `data x.csv` is new; \
         `program` changed; `theoria` is new; `sweep` is gone",
        "content/a.md:9:1 stale-record: the record of the cell `two` is out of date: it has no record yet",
    ];
    assert_eq!(lines(&report.mistakes, &report.tree), expected);
    assert!(report.written.is_none() && report.ran.is_empty() && !folder.has("public"));
    // Looking for mistakes is not freezing.
    assert!(folder.check().mistakes.is_empty());
}

#[test]
fn every_way_to_spoil_a_ledger_is_told() {
    let page =
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: fig-one\n//| caption: c\n//| alt: a\n```\n";
    let told = |record: &str| {
        let report = Folder::new(&format!("{page}== content/a.ledger/fig-one.record ==\n{record}")).check();
        lines(&report.mistakes, &report.tree)
    };
    assert_eq!(told(RECORD), Vec::<String>::new());
    let mut wrong = Vec::new();
    for (line, spoiled, expected) in LEDGERS.1 {
        assert!(RECORD.contains(line), "{line}");
        let found = told(&RECORD.replacen(line, spoiled, 1));
        let expected = format!("content/a.ledger/fig-one.record:{expected}");
        if found.len() != 1 || !found[0].starts_with(&expected) {
            wrong.push(format!("{spoiled:?}:\n  {}\nnot\n  {expected}", found.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_array_that_was_changed_by_hand_is_told() {
    use theoria::guide::job::{Job, Manifest};
    use theoria::guide::ledger;
    use theoria::guide::mistake::Span;
    use theoria::record::{Mark, Panel, Record, Series};

    let numbers: Vec<f64> = (0..600).map(f64::from).collect();
    let series = Series { name: "long".into(), mark: Mark::Line, columns: vec![numbers.clone(), numbers] };
    let record = Record { panels: vec![Panel { series: vec![series], ..Panel::default() }], ..Record::default() };
    let job = Job {
        label: "fig-one".into(),
        span: Span::top("content/a.md"),
        body: Vec::new(),
        prologue: String::new(),
        seed: 0,
        data: Vec::new(),
        absent: Vec::new(),
        time_limit: std::time::Duration::ZERO,
        manifest: Manifest::default(),
    };
    let page =
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: fig-one\n//| caption: c\n//| alt: a\n```\n";
    let folder = Folder::new(page);
    let files = ledger::write(&job, &record);
    assert_eq!(files.len(), 2);
    files.iter().for_each(|(path, bytes)| folder.write(path, bytes));
    assert!(folder.check().mistakes.is_empty());
    let (path, good) = &files[0];
    let mut spoiled = good.clone();
    *spoiled.last_mut().unwrap() ^= 1;
    for bytes in [&spoiled[..], &good[..good.len() - 8], &good[..100], b""] {
        folder.write(path, bytes);
        let report = folder.check();
        let found = lines(&report.mistakes, &report.tree);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("content/a.ledger/fig-one.record:7:1 bad-ledger: "), "{found:?}");
        assert!(found[0].contains("it was changed by hand or damaged"), "{found:?}");
    }
}

#[test]
fn all_mistakes_of_a_site_are_told_at_once_from_top_to_bottom() {
    let files = "== theoria.yaml ==\ntitel: A\n== content/b.md ==\n---\ntitle: B\n---\n@fig-none\n\n$\\nope$\n\n[x](gone.md)\n\n{{HOLE}}\n\
                 == content/a.md ==\n---\ntitle: A\nhiden: true\n---\n[^none]\n\n```rust cell\n//| label: one\n//| after: none\n```\n\
                 == templates/page.html ==\n{% if %}\n== content/s/c.md ==\n---\n---\nWords.\n";
    let report = Folder::new(files).check();
    let found: Vec<String> = lines(&report.mistakes, &report.tree);
    let places: Vec<&str> = found.iter().map(|line| line.split(": ").next().unwrap()).collect();
    let expected = [
        "content/a.md:3:1 unknown-key",
        "content/a.md:5:1 missing-footnote",
        "content/a.md:9:5 missing-cell",
        "content/b.md:4:1 missing-label",
        "content/b.md:6:2 bad-formula",
        "content/b.md:8:1 dead-link",
        "content/b.md:10:1 unfilled-hole",
        "content/s/c.md:1:1 missing-title",
        "templates/page.html:1:7 bad-template",
        "theoria.yaml:1:1 unknown-key",
    ];
    assert_eq!(places, expected);
    assert_eq!(report.mistakes.errors(), 10);
}

#[test]
fn mistakes_come_with_what_to_do() {
    for (text, help) in HELPS {
        let report = Folder::new(&format!("== content/a.md ==\n{text}")).check();
        let found: Vec<_> = report.mistakes.iter().map(|mistake| mistake.help.as_deref().unwrap_or_default()).collect();
        assert_eq!(found, [*help], "{text}");
    }
}

#[test]
fn a_duplicate_label_points_at_the_first() {
    let files = "== content/a.md ==\n---\ntitle: A\n---\n# One {#sec-one}\n\n# Two {#sec-one}\n";
    let report = Folder::new(files).check();
    let mistake = report.mistakes.iter().next().unwrap();
    let first = mistake.notes[0].span.clone().unwrap();
    assert_eq!((report.tree.position(&first), mistake.notes[0].text.as_str()), ((4, 1), "first given here"));
}

#[test]
fn a_title_may_be_the_first_heading() {
    let files = "== content/s/a.md ==\n---\ndate: 2020-01-01\n---\n# Words, words\n\nText.\n";
    let report = Folder::new(files).check();
    assert_eq!(lines(&report.mistakes, &report.tree), Vec::<String>::new());
}
