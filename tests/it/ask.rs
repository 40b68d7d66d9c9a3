//! What a site answers when it is asked: `theoria list` and `theoria explain`.

use std::path::Path;
use std::process::Command;

use serde_json::{Value as Json, json};
use theoria::guide::durations::FILE;
use theoria::guide::job::Job;
use theoria::guide::ledger;
use theoria::record::{Axis, Claim, Gallery, Mark, Panel, Record, Series, Table, Value};
use theoria::shell::{disk, open};

use crate::support::{Folder, listing};

/// One of everything, in two files.
const SITE: &str = r#"== theoria.yaml ==
title: Tests
cells:
  time_limit: 30
== content/index.md ==
# Home

See @q-why and @claim-two-is-two.
== content/first/01-one.md ==
---
title: One
---
## Some section {#sec-some}

$$
x = 1 \label{eq-x}
$$

::: {.theorem #thm-big}
It holds.
:::

```rust cell
//| label: fig-growth
//| caption: 'Of $x$ by @eq-x: {{growth.slope:.2}}'
//| alt: A line.
//| seed: 7
//| data: numbers.csv
//| tolerance: {slope: {abs: 0.02}}
let slope = 2.0; // two
# let hidden = 1;
show.value("slope", slope);
```

::: {.question #q-why status=partly-answered topic="reasons"}
Why is $x$ one?

Nobody knows.
:::

```rust cell
//| label: tbl-after
//| after: growth
//| time_limit: 5
show.value("twice", 2.0 * slope);
```

```rust cell
//| label: later
//| after: after
show.value("later", 1);
```
== content/first/numbers.csv ==
1,2
"#;

fn growth() -> Record {
    let series = |mark, length: usize| {
        let columns = mark_columns(mark, length);
        Series { name: format!("{} of {length}", Mark::name(mark)), mark, columns }
    };
    let axis = |label: &str, log| Axis { label: label.into(), log, range: None };
    let panel = Panel {
        title: "growth".into(),
        x: axis("n", true),
        y: axis("", false),
        series: vec![series(Mark::Line, 600), series(Mark::Points, 3)],
    };
    let gallery = Gallery {
        title: "pictures".into(),
        height: 2,
        width: 3,
        channels: 1,
        columns: 2,
        range: (0.0, 1.0),
        captions: vec![String::new(); 2],
        pixels: vec![0.5; 12],
    };
    Record {
        values: vec![Value { name: "slope".into(), number: 2.125 }],
        panels: vec![panel],
        galleries: vec![gallery],
        claims: vec![Claim { name: "Two is two".into(), ..Claim::close(2.125, 2.0).rel(0.125) }],
        ..Record::default()
    }
}

fn mark_columns(mark: Mark, length: usize) -> Vec<Vec<f64>> {
    mark.columns().iter().map(|_| (1..=length).map(|n| n as f64).collect()).collect()
}

fn table() -> Record {
    let table =
        Table { title: "all".into(), header: vec!["a".into(), "b".into()], rows: vec![vec!["x".into(), 1.5.into()]] };
    let claim = |name: &str, claim| Claim { name: name.into(), ..claim };
    let claims = vec![claim("Below", Claim::at_most(1.0, 2.0)), claim("Above", Claim::at_least(3.0, 2.0).abs(0.5))];
    Record { tables: vec![table], claims, ..Record::default() }
}

fn keep(folder: &Folder, label: &str, record: &Record) {
    let opened = open::open(folder.path()).unwrap();
    let job: &Job = opened.jobs.iter().find(|job| job.label == label).unwrap();
    ledger::write(job, record).iter().for_each(|(path, bytes)| folder.write(path, bytes));
}

/// [`SITE`] with a fresh, a fresh and a missing record, and durations for two of its cells.
fn site() -> Folder {
    let folder = Folder::new(SITE);
    keep(&folder, "fig-growth", &growth());
    keep(&folder, "tbl-after", &table());
    folder.write(FILE, "fig-growth 1.5\ngone 3\n");
    folder
}

/// Exit code, standard output and standard error of a command that must leave the site and the cache alone.
fn ask(folder: &Folder, words: &[&str]) -> (Option<i32>, String, String) {
    let before = listing(folder.path());
    let cache = tempfile::tempdir().unwrap();
    let answer = with_cache(folder, words, &cache.path().join("cache"));
    assert!(listing(folder.path()) == before, "{words:?} wrote into the site");
    assert!(listing(cache.path()).is_empty(), "{words:?} wrote into the cache");
    answer
}

fn with_cache(folder: &Folder, words: &[&str], cache: &Path) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_theoria"));
    command.args(words).arg("--site").arg(folder.path()).env("THEORIA_CACHE", cache);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn items(folder: &Folder, kind: &str) -> Json {
    let (code, out, told) = ask(folder, &["list", kind, "--format", "json"]);
    let answer: Json = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error} in {out}"));
    assert_eq!(code, Some(0), "{told}");
    assert_eq!((&answer["schema"], &answer["kind"]), (&json!(1), &json!(kind)));
    answer["items"].clone()
}

const PAGE: &str = "content/first/01-one.md";

#[test]
fn lists_of_cells_figures_claims_and_questions() {
    let folder = site();
    assert_eq!(
        items(&folder, "cells"),
        json!([
            {"label": "fig-growth", "file": PAGE, "line": 14, "state": "fresh", "seed": 7,
             "data": ["content/first/numbers.csv"], "after": [], "seconds": 1.5, "values": 1, "series": 2, "claims": 1},
            {"label": "tbl-after", "file": PAGE, "line": 32, "state": "fresh", "seed": 0,
             "data": [], "after": ["growth"], "seconds": null, "values": 0, "series": 0, "claims": 2},
            {"label": "later", "file": PAGE, "line": 39, "state": "unrecorded", "seed": 0,
             "data": [], "after": ["after"], "seconds": null, "values": 0, "series": 0, "claims": 0},
        ])
    );
    assert_eq!(
        items(&folder, "figures"),
        json!([{"label": "fig-growth", "number": "Figure 1.1", "file": PAGE, "line": 14, "address": "first/one/#fig-growth",
            "caption": "Of x by (1.1): 2.12", "panels": 1, "galleries": 1}])
    );
    let claim = |name: &str, label: &str, numbers: [f64; 3], relation: &str, cell: &str, line: usize| {
        json!({"label": label, "name": name, "measured": numbers[0], "predicted": numbers[1], "relation": relation,
            "allowed": numbers[2], "holds": true, "cell": cell, "file": PAGE, "line": line,
            "address": format!("first/one/#{label}")})
    };
    assert_eq!(
        items(&folder, "claims"),
        json!([
            claim("Two is two", "claim-two-is-two", [2.125, 2.0, 0.25], "close", "fig-growth", 14),
            claim("Below", "claim-below", [1.0, 2.0, 0.0], "at-most", "tbl-after", 32),
            claim("Above", "claim-above", [3.0, 2.0, 0.5], "at-least", "tbl-after", 32),
        ])
    );
    assert_eq!(
        items(&folder, "questions"),
        json!([{"label": "q-why", "title": "Why is x one?", "status": "partly answered", "topic": "reasons",
            "file": PAGE, "line": 26, "address": "questions/why/", "mentions": 1}])
    );
}

#[test]
fn a_list_of_all_that_can_be_cited() {
    let rows = items(&site(), "labels");
    let text = |row: &Json, key: &str| row[key].as_str().unwrap().to_owned();
    let short: Vec<[String; 4]> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| [text(row, "label"), text(row, "kind"), text(row, "name"), text(row, "address")])
        .collect();
    let expected = [
        ["ch-index", "chapter", "Home", ""],
        ["ch-one", "chapter", "Chapter 1", "first/one/"],
        ["claim-above", "claim", "Claim 1.3", "first/one/#claim-above"],
        ["claim-below", "claim", "Claim 1.2", "first/one/#claim-below"],
        ["claim-two-is-two", "claim", "Claim 1.1", "first/one/#claim-two-is-two"],
        ["eq-x", "equation", "(1.1)", "first/one/#eq-x"],
        ["fig-growth", "figure", "Figure 1.1", "first/one/#fig-growth"],
        ["later", "cell", "the cell ‘later’", "first/one/#later"],
        ["q-why", "question", "Open question 1", "first/one/#q-why"],
        ["sec-some", "section", "‘Some section’", "first/one/#sec-some"],
        ["tbl-after", "table", "Table 1.1", "first/one/#tbl-after"],
        ["thm-big", "theorem", "Theorem 1.1", "first/one/#thm-big"],
    ];
    assert_eq!(short, expected.map(|row| row.map(str::to_owned)));
}

#[test]
fn tables_are_aligned_and_mistakes_are_told_beside_them() {
    let folder = site();
    let (code, out, told) = ask(&folder, &["list", "cells"]);
    let expected = "\
label       state       seconds  seed  values  series  claims  needs         place
fig-growth  fresh          1.50     7       1       2       1  numbers.csv   content/first/01-one.md:14
tbl-after   fresh                   0       ·       ·       2  after growth  content/first/01-one.md:32
later       unrecorded              0       ·       ·       ·  after after   content/first/01-one.md:39
";
    assert_eq!((code, out.as_str(), told.as_str()), (Some(0), expected, ""));
    let (code, out, told) = ask(&folder, &["list", "claims"]);
    let expected = "\
holds  measured     predicted  allowed  cell        place                       claim
yes       2.125  ≈  2          ±0.25    fig-growth  content/first/01-one.md:14  Two is two
yes           1  ≤  2                   tbl-after   content/first/01-one.md:32  Below
yes           3  ≥  2          ±0.5     tbl-after   content/first/01-one.md:32  Above
";
    assert_eq!((code, out.as_str()), (Some(0), expected));
    assert!(told.contains("what 1 cell would show is not known: run `theoria build`"), "{told}");

    folder.write("content/third.md", "---\ntitle: Three\n---\n@fig-none\n");
    let (code, out, told) = ask(&folder, &["list", "figures"]);
    assert!(code == Some(1) && out.contains("Figure 1.1  fig-growth"), "{out}{told}");
    assert!(told.contains("error[missing-label]") && told.contains("content/third.md:4:1"), "{told}");

    // A warning alone is no reason to fail.
    let folder = Folder::new("== content/a.md ==\nNo front matter.\n");
    let (code, out, told) = ask(&folder, &["list", "questions"]);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    assert!(told.contains("warning[") && told.ends_with("there are no questions in this guide\n"), "{told}");
    assert_eq!(items(&folder, "cells"), json!([]));
    assert_eq!(
        ask(&folder, &["list", "cells", "--format", "json"]).1,
        "{\"schema\": 1, \"kind\": \"cells\", \"items\": []}\n"
    );
    assert_eq!(ask(&folder, &["list", "cakes"]).0, Some(2));
}

#[test]
fn a_fresh_cell_is_explained() {
    let folder = site();
    let (code, out, told) = ask(&folder, &["explain", "growth"]);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    assert_eq!(ask(&folder, &["explain", "fig-growth"]).1, out);
    for line in [
        "fig-growth\nFigure 1.1, content/first/01-one.md:14\n\nfresh: ",
        "  program           ",
        "  its tokens: comments and layout do not count\n",
        "  data numbers.csv  ",
        "  theoria           ",
        "\n  file   content/first/01-one.ledger/fig-growth.record  ",
        "\n  array  content/first/01-one.ledger/fig-growth.",
        "\n  value     slope        2.125\n",
        "\n  panel     growth       x ‘n’, logarithmic, y\n    line    line of 600  600 points\n    points  points of 3  3 points\n",
        "\n  gallery   pictures     2 images of 2 by 3 pixels, in grey\n",
        "\n  claim     Two is two   holds: 2.125 ≈ 2, ±12.5 %\n",
        "\n  data        numbers.csv: content/first/numbers.csv, 4 bytes\n",
        "\n  time limit  30 s, as for every cell of the site\n",
        "\n              ‘slope’: a deviation of 0.02\n",
        "\n  committed  1.5 s\n",
        "\nProgram as rustc sees content/first/01-one.md\n  14 │ pub fn cell_0(",
        "\n  21 │ let slope = 2.0; // two\n  22 │   let hidden = 1;\n  23 │ show.value(\"slope\", slope);\n  24 │ ; Ok(()) }\n",
    ] {
        assert!(out.contains(line), "no '{line}' in\n{out}");
    }
    assert!(!out.contains('≠') && !out.contains('\x1b') && !out.contains("this machine"), "{out}");
    assert!(out.ends_with("}\n"), "{out}");
}

#[test]
fn reasons_to_run_are_told() {
    let folder = site();
    let explained = |label: &str| {
        let (code, out, told) = ask(&folder, &["explain", label]);
        assert_eq!(code, Some(0), "{told}");
        out
    };
    let out = explained("later");
    for line in [
        "unrecorded: it has no record yet",
        "those of 2 cells before it",
        "fig-growth, then tbl-after",
        "not there yet",
    ] {
        assert!(out.contains(line), "no '{line}' in\n{out}");
    }
    assert!(out.contains(" let slope = 2.0 ; let hidden = 1 ;"), "the prologue is part of the program:\n{out}");
    let page = folder.read(PAGE).replace("2.0; // two", "3.0;").replace("//| data: numbers.csv\n", "");
    folder.write(PAGE, page);
    let out = explained("growth");
    for line in [
        "stale: `program` changed, `data numbers.csv` is gone; the next build runs it",
        "  ≠  program ",
        "  was ",
        "is gone",
    ] {
        assert!(out.contains(line), "no '{line}' in\n{out}");
    }
    assert!(explained("after").contains("stale: `program` changed; "), "so does what comes before a cell");
    folder.write("content/first/01-one.ledger/tbl-after.record", "theoria record 1\n");
    let (code, out, told) = ask(&folder, &["explain", "after"]);
    assert!(out.contains("unreadable: ") && out.contains("cannot be read"), "{out}");
    assert_eq!(code, Some(0), "the mistake is in the ledger, not in the cell: {told}");
    folder.write(PAGE, folder.read(PAGE).replace("after: growth", "after: growht"));
    let (code, out, told) = ask(&folder, &["explain", "later"]);
    assert!(code == Some(1) && out.contains("faulty: it cannot be run"), "{out}");
    assert!(told.contains("error[missing-cell]") && !out.contains("Program"), "{told}");
}

#[test]
fn a_cell_that_is_not_there_is_told_with_the_nearest() {
    let folder = site();
    let (code, out, told) = ask(&folder, &["explain", "grwoth"]);
    assert_eq!(
        (code, out.as_str(), told.as_str()),
        (Some(1), "", "no cell is called `grwoth`: do you mean `fig-growth`?\n")
    );
    let (code, _, told) = ask(&folder, &["explain", "something-else"]);
    assert_eq!(code, Some(1));
    assert_eq!(told, "no cell is called `something-else`: there are `fig-growth`, `tbl-after`, `later`\n");
    let (_, _, told) = ask(&Folder::new("== content/index.md ==\n# Home\n"), &["explain", "x"]);
    assert_eq!(told, "no cell is called `x`: this guide has no cells\n");
}

#[test]
fn a_build_writes_down_how_long_cells_ran() {
    let folder = Folder::new(
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: one\nshow.value(\"one\", 1);\n```\n\n\
         ```rust cell\n//| label: two\nshow.value(\"two\", 2);\n```\n",
    );
    folder.write(FILE, "gone 7\none 60\n");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let run = |words: &[&str]| {
        let (code, out, told) = with_cache(&folder, words, &cache);
        assert_eq!(code, Some(0), "{told}");
        out
    };
    run(&["build"]);
    let written = folder.read(FILE);
    let labels: Vec<&str> = written.lines().map(|line| line.split_once(' ').unwrap().0).collect();
    assert_eq!(labels, ["one", "two"], "{written}");
    assert!(!written.contains("one 60"), "{written}");
    assert!(disk::read(folder.path()).unwrap().files.contains_key(FILE));
    let before = listing(folder.path());
    run(&["build"]);
    assert!(listing(folder.path()) == before);
    let out = run(&["explain", "one"]);
    assert!(out.contains("\n  committed     0.") && out.contains("\n  this machine  0."), "{out}");
    // The history is in the cache alone, and what is public knows nothing of time.
    folder.write(FILE, "one 30\n");
    run(&["build", "--frozen"]);
    let public = |files: Vec<(String, Vec<u8>)>| {
        files.into_iter().filter(|file| file.0.starts_with("public/")).collect::<Vec<_>>()
    };
    assert!(public(listing(folder.path())) == public(before));
}
