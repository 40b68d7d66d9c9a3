//! When results were recorded, and what of them other programs can read.

use std::time::Duration;

use serde_json::Value;
use theoria::shell::cells::Finished;
use theoria::shell::{keep, open, today};

use crate::support::{Folder, lines, page, site};

const PAGE: &str =
    "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: one\nshow.value(\"x\", 2.0);\n```\n";

/// A folder with one record, made on a day of old.
fn folder() -> Folder {
    let folder = Folder::new(PAGE);
    let opened = open::open(folder.path()).unwrap();
    let record = theoria::record::Record {
        values: vec![theoria::record::Value { name: "x".into(), number: 2.0 }],
        ..Default::default()
    };
    for (path, bytes) in theoria::guide::ledger::write_on(&opened.jobs[0], &record, Some("2020-02-29".into())) {
        folder.write(&path, bytes);
    }
    folder
}

fn day_after(folder: &Folder, x: f64) -> Option<String> {
    let mut opened = open::open(folder.path()).unwrap();
    let mut record = (*opened.ledger.entries["one"].record).clone();
    record.values[0].number = x;
    let finished = Finished { label: "one".into(), record, took: Duration::ZERO };
    keep::keep_all(&mut opened, vec![finished], None).unwrap();
    let again = open::open(folder.path()).unwrap();
    assert_eq!(lines(&again.mistakes, &again.tree), Vec::<String>::new());
    assert!(again.ledger.is_fresh(&again.jobs[0]));
    again.ledger.entries["one"].recorded.clone()
}

#[test]
fn a_result_that_is_what_it_was_keeps_its_day() {
    let folder = folder();
    assert_eq!(day_after(&folder, 2.0).as_deref(), Some("2020-02-29"));
    let day = day_after(&folder, 3.0).expect("a new result has a day");
    assert!(day.as_str() > "2024", "{day}");
}

#[test]
fn the_day_of_a_record_is_one_of_the_calendar() {
    let folder = folder();
    let path = "content/a.ledger/one.record";
    let record = folder.read(path);
    for wrong in ["recorded 2020-13-01", "recorded yesterday", "recorded 2020-02-29T10"] {
        folder.write(path, record.replace("recorded 2020-02-29", wrong));
        let told = lines(&folder.check().mistakes, &folder.check().tree);
        assert!(told.len() == 1 && told[0].starts_with(&format!("{path}:3:1 bad-ledger: ")), "{wrong}: {told:?}");
    }
    folder.write(path, record.replace("recorded 2020-02-29\n", ""));
    assert!(folder.check().mistakes.is_empty());
    let days = [
        (0, "1970-01-01"),
        (951_782_400, "2000-02-29"),
        (1_709_251_199, "2024-02-29"),
        (1_709_251_200, "2024-03-01"),
        (1_767_225_599, "2025-12-31"),
    ];
    for (seconds, expected) in days {
        assert_eq!(today::day(seconds), expected);
    }
}

/// The files of a site whose figure, table and claims are recorded.
fn recorded() -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sites/ledger");
    let names = [
        "theoria.yaml",
        "content/a.md",
        "content/a.ledger/fig-growth.record",
        "content/a.ledger/quiet.record",
        "content/a.ledger/tbl-sizes.record",
    ];
    let read = |name: &&str| format!("== {name} ==\n{}", std::fs::read_to_string(root.join(name)).unwrap());
    let files: String = names.iter().map(read).collect();
    files.replace("cell fig-growth\n", "cell fig-growth\nrecorded 2026-11-20\n")
}

#[test]
fn figures_and_claims_are_data_too() {
    let site = site(&recorded());
    let json = |path: &str| serde_json::from_str::<Value>(page(&site, path)).unwrap();
    let figure = json("figures/fig-growth.json");
    assert_eq!(figure["recorded"], "2026-11-20");
    assert_eq!(figure["command"], "theoria verify fig-growth");
    let panel = &figure["panels"][0];
    let csv = page(&site, "figures/fig-growth.csv");
    let numbers = panel["series"][0]["columns"]["x"].as_array().unwrap();
    assert_eq!(csv.lines().nth(1).unwrap().split(',').nth(1).unwrap().parse::<f64>().ok(), numbers[0].as_f64());
    assert!(json("figures/tbl-sizes.json")["tables"][0]["rows"].is_array());
    let claims = json("claims/claims.json");
    let items = claims["items"].as_array().unwrap();
    let claimed = page(&site, "claims/index.html").matches("<tr class=").count();
    assert!(!items.is_empty() && items.len() == claimed, "{claims}");
    for key in ["label", "statement", "measured", "predicted", "allowed", "holds", "cell", "code", "command", "address"]
    {
        assert!(!items[0][key].is_null(), "{key}");
    }
    assert_eq!(json("figures/figures.json")["items"][0]["label"], "fig-growth");
    let html = page(&site, "a/index.html");
    assert!(html.contains("Recorded <time datetime=\"2026-11-20\">20 November 2026</time>"));
    assert!(html.contains("Reproduce with <code>theoria verify fig-growth</code>"));
    assert!(html.contains("href=\"../figures/fig-growth.json\" download>JSON</a>"));
}
