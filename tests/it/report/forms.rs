//! JUnit XML, GitHub's commands and the terminal's text.

use super::{HOSTILE, Tag, attribute, deviation, drifted, every_status, hostile, report, told, verdict, xml};
use theoria::guide::report::{github, junit, rows, summary};
use theoria::guide::verdict::{Report, Status, Verdict};
use theoria::record::{Record, Value};

fn cases(tags: &[Tag]) -> Vec<&Tag> {
    tags.iter().filter(|tag| tag.0 == "testcase").collect()
}

#[test]
fn junit_counts_and_tells_every_cell_and_mistake() {
    let xml = xml(&junit(&every_status()));
    let suites: Vec<(&str, [&str; 3])> = xml
        .iter()
        .filter(|tag| tag.0.starts_with("testsuite"))
        .map(|tag| (attribute(tag, "name"), ["tests", "failures", "skipped"].map(|key| attribute(tag, key))))
        .collect();
    let expected = [
        ("A guide", ["10", "6", "2"]),
        ("content/a/01-one.md", ["7", "3", "2"]),
        ("content/a/02-two.md", ["2", "2", "0"]),
        ("site", ["1", "1", "0"]),
    ];
    assert_eq!(suites, expected);
    assert_eq!(attribute(&xml[0], "time"), "41.234");
    assert_eq!(xml.iter().filter(|tag| tag.0 == "failure").count(), 6);
    assert_eq!(xml.iter().filter(|tag| tag.0 == "skipped").count(), 2);
    let all = cases(&xml);
    assert_eq!((attribute(all[0], "classname"), attribute(all[0], "name")), ("content/a/01-one", "fig-same"));
    assert_eq!((attribute(all[0], "file"), attribute(all[0], "line")), ("content/a/01-one.md", "12"));
    assert_eq!(attribute(all[0], "time"), "1.250");
    let text = |kind: &str| &xml.iter().find(|tag| attribute(tag, "type") == kind).expect(kind).2;
    let drifted = text("drifted");
    for part in [
        "content/a/01-one.md:50\n",
        "value slope: recorded 0.5, now 0.75; deviation 0.25 (50 % of it), allowed 10⁻⁹; 3 of 40 numbers",
        "index 3, recorded 0.5, fresh 0.75, deviation 0.25, relative 0.5, allowed 1e-9",
        "recorded 1.0, fresh NaN, deviation ∞",
        "panel 2: recorded 'a', x 'n', now not shown any more",
        "since the record was made: `seed` changed",
        "help: do something",
    ] {
        assert!(drifted.contains(part), "no '{part}' in\n{drifted}");
    }
    let failed = text("failed");
    assert_eq!(failed.matches("second line").count(), 1, "{failed}");
    assert!(text("claim broken").contains("claim 'the slope is 1': measured 1.5, at most 1, allowed deviation 0.25"));
    assert!(text("stale").contains("`code` changed"));
    assert!(text("unrecorded").contains("no record to compare with"));
    assert!(text("dead-link").contains("01-one.md:90:1\nthe link to 'x' leads nowhere\nhelp: do something"));
    let printed = &xml.iter().rev().find(|tag| tag.0 == "system-out").expect("warnings").2;
    assert!(printed.contains("warning[needless-tolerance] content/a/01-one.md:50:1\nthe tolerance was not needed"));
}

#[test]
fn a_mistake_is_told_once_and_never_lost() {
    let page = "content/a/01-one.md";
    // Good cells, other lines and cells below have no part in a mistake.
    let cells = vec![
        Verdict { identical: true, ..verdict("fig-a", Status::Reproduced) },
        Verdict { line: 20, ..verdict("fig-b", Status::Failed) },
        Verdict { line: 40, ..verdict("fig-c", Status::Reproduced) },
    ];
    let mistakes = vec![
        told("claim-broken", "error", (page, 12), "recorded as broken"),
        told("cell-panicked", "error", (page, 15), "above"),
        told("cell-panicked", "error", (page, 25), "inside"),
        told("cell-panicked", "error", (page, 45), "below"),
        told("cell-panicked", "error", ("content/b.md", 25), "elsewhere"),
        told("bad-formula", "error", (page, 25), "of another kind"),
    ];
    let xml = xml(&junit(&report(cells, mistakes)));
    assert_eq!(attribute(&xml[0], "tests"), "8");
    for text in ["recorded as broken", "above", "inside", "below", "elsewhere", "of another kind"] {
        assert_eq!(xml.iter().filter(|tag| tag.2.contains(text)).count(), 1, "{text}");
    }
    let site: Vec<&Tag> = cases(&xml).into_iter().filter(|tag| attribute(tag, "name").contains(" at ")).collect();
    assert_eq!(site.len(), 5);
}

#[test]
fn xml_is_well_formed_whatever_is_told() {
    let tags = xml(&junit(&hostile()));
    let label = attribute(cases(&tags)[0], "name");
    assert!(label.starts_with("<b>&amp;\"'</b> ]]> %0A"), "{label}");
    assert!(label.contains("\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}\u{fffd}\nsecond"), "{label:?}");
    assert_eq!(xml(&junit(&report(Vec::new(), Vec::new()))).len(), 1);
}

#[test]
fn github_has_a_line_for_each_mistake() {
    let lines = github(&every_status(), "/docs/guide/");
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(
        lines[3],
        "::error file=docs/guide/content/a/01-one.md,line=90,col=1,title=dead-link::the link to 'x' leads nowhere%0Ahelp: do something"
    );
    assert_eq!(
        lines[0],
        "::error file=docs/guide/content/a/01-one.md,line=33,col=1,title=cell-panicked::this cell panicked: no%0Asecond line%0Ahelp: do something"
    );
    assert!(lines[5].starts_with("::warning file=docs/guide/content/a/01-one.md,line=50,"));
    // The stale cell has no mistake in this report.
    assert_eq!(lines.len(), 7);
    assert!(lines[6].starts_with(
        "::error file=docs/guide/content/a/02-two.md,line=33,col=1,title=stale::fig-stale: `code` changed"
    ));
    assert!(github(&every_status(), "").starts_with("::error file=content/a/01-one.md,"));
}

#[test]
fn github_commands_cannot_be_forged() {
    let all = github(&hostile(), "");
    assert_eq!(all.lines().count(), 8);
    for line in all.lines() {
        assert!(!line.contains(|c: char| c.is_control()) && !line[1..].contains("\u{1b}"), "{line}");
        let (command, text) = line[2..].split_once("::").expect("a command");
        assert_eq!(command.matches(',').count(), 3, "{command}");
        assert_eq!(command.matches(':').count(), 0, "{command}");
        assert!(command.contains("%250A %3A%3Aerror%3A%3A %2C ") && text.contains("%250A ::error:: , "), "{line}");
        assert!(text.contains("%0D%0Asecond"), "{line}");
    }
}

#[test]
fn the_summary_tells_what_is_wrong_and_never_takes_the_unknown_for_good() {
    let text = summary(&every_status());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "failed        fig-failed   this cell panicked: no",
            "claim broken  fig-claim    claim 'the slope is 1': measured 1.5, at most 1, allowed deviation 0.25",
            "drifted       fig-drifted  panel 2: recorded 'a', x 'n', now not shown any more; and 2 more",
            "unrecorded    fig-new      there is no record to compare with",
            "stale         fig-stale    `code` changed; its results are the same",
            "skipped       fig-skipped  the data file 'x' is not on this machine",
            "not run, since nothing has changed: fig-unchanged",
            "",
            "9 cells: 2 reproduced (1 bit for bit, 1 within tolerance; largest deviation 3×10⁻¹² of fig-close: \
             `panel 1, line 'a', y[3]`, 0.3 % of what is allowed), 1 NOT RUN (unchanged), 1 SKIPPED (nothing is known of it), \
             1 stale, 1 unrecorded, 1 drifted, 1 claim broken, 1 failed, 1 other error, 1 warning; 41.2 s",
        ]
    );
    let good = |cells: usize| {
        let cell = |at| Verdict { identical: true, ..verdict(&format!("fig-{at}"), Status::Reproduced) };
        report((0..cells).map(cell).collect(), Vec::new())
    };
    assert_eq!(summary(&good(19)), "19 cells: 19 reproduced, all bit for bit; 41.2 s\n");
    assert_eq!(summary(&good(0)), "0 cells: nothing to verify; 41.2 s\n");
    let all = (0..19).map(|at| format!("fig-{at}")).collect();
    let part = Report { shard: Some("2/3".into()), all, ..good(6) };
    assert_eq!(summary(&part), "shard 2/3: 6 of 19 cells: 6 reproduced, all bit for bit; 41.2 s\n");
    let visible = |text: &str| !text.chars().any(|c| c.is_control() && c != '\n');
    assert!(visible(&summary(&hostile())));
    assert_eq!(summary(&hostile()).lines().count(), 9);
}

#[test]
fn every_cell_has_a_row() {
    let rows = rows(&every_status());
    let rows: Vec<[&str; 5]> = rows.iter().map(|row| std::array::from_fn(|at| row[at].as_str())).collect();
    let close = "3×10⁻¹² (0.3 % of what is allowed)";
    assert_eq!(rows[0], ["fig-same", "content/a/01-one.md:12", "reproduced", "bit for bit", "1.2"]);
    assert_eq!(rows[1], ["fig-close", "content/a/01-one.md:20", "reproduced", close, "1.2"]);
    assert_eq!(rows[4][2..4], ["drifted", "panel 2: recorded 'a', x 'n', now not shown any more"]);
    assert_eq!(rows[7][2..], ["skipped", "the data file 'x' is not on this machine", ""]);
    assert_eq!(rows[8][2..4], ["unchanged", "not run: nothing that it depends on has changed"]);
    let bad = |row: &[String; 5]| row.iter().any(|text| text.contains(|c: char| c.is_control()));
    assert!(!theoria::guide::report::rows(&hostile()).iter().any(bad));
}

#[test]
fn the_worst_drift_is_the_farthest_beyond_its_tolerance() {
    let values = |numbers: [f64; 3]| Record {
        values: ["a", "b", "c"]
            .into_iter()
            .zip(numbers)
            .map(|(name, number)| Value { name: name.into(), number })
            .collect(),
        ..Record::default()
    };
    let one = drifted("fig-x", &values([1.0, 1000.0, 2.0]), &values([1.1, 1001.0, 2.0]));
    let text = summary(&report(vec![one], Vec::new()));
    assert!(
        text.starts_with(
            "drifted  fig-x  value a: recorded 1.0, now 1.1; deviation 0.1 (10 % of it), allowed 10⁻⁹; and 1 more\n"
        ),
        "{text}"
    );
    let nan = drifted("fig-x", &values([1.0, 1000.0, 2.0]), &values([1.1, f64::NAN, 2.0]));
    let text = summary(&report(vec![nan], Vec::new()));
    assert!(
        text.starts_with("drifted  fig-x  value b: recorded 1000.0, now NaN, allowed 10⁻⁶; and 1 more\n"),
        "{text}"
    );
}

#[test]
fn the_same_report_gives_the_same_text() {
    let forms = |report: &Report| (junit(report), github(report, "x"), summary(report), rows(report));
    assert_eq!(forms(&every_status()), forms(&every_status()));
    assert!(!junit(&every_status()).contains(env!("CARGO_MANIFEST_DIR")));
    assert!(HOSTILE.contains("%0A") && deviation("", 0.0, 1.0, 0.0).relative.is_infinite());
}
