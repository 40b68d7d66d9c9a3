//! The page that stands alone.

use std::path::Path;

use super::sample::{hostile_record, sample};
use super::{HOSTILE, drifted, every_status, hostile, report, told, verdict};
use crate::support::between;
use theoria::guide::report::html;
use theoria::guide::verdict::{Report, Status, Verdict};
use theoria::record::{Axis, Entry, Gallery, Mark, Panel, Record, Series, Table};

/// The page, after checking that it is whole, safe, and needs nothing else.
fn page(report: &Report) -> String {
    let page = html(report);
    assert_eq!(page, html(report), "the same report gives the same page");
    for outside in ["<script", "<link", "src=", "@import", "@font-face", "url(", env!("CARGO_MANIFEST_DIR")] {
        assert!(!page.contains(outside), "{outside}");
    }
    let hrefs = page.split("href=\"").skip(1);
    hrefs.for_each(|rest| assert!(rest.starts_with('#') || rest.starts_with("data:image/png;base64,"), "{:.60}", rest));
    assert_eq!(page.chars().find(|c| c.is_control() && !"\n\t".contains(*c)), None);
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or("")).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids are unique");
    nested(&page);
    page
}

/// Checks that all tags nest.
fn nested(page: &str) {
    let body = page.split_once("</style>").expect("a style sheet").1;
    let mut open = vec!["html", "head"];
    for tag in body.split('<').skip(1) {
        let (inside, text) = tag.split_once('>').expect("a tag ends");
        assert!(!text.contains('>'), "bare > in {text}");
        assert_eq!(inside.matches('"').count() % 2, 0, "{inside}");
        let name = inside.split([' ', '/']).next().unwrap_or("");
        match inside.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "tags nest near {text:.80}"),
            None if inside.ends_with('/') || name == "br" => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// The section of the nth cell, counted from 1.
fn section(page: &str, at: usize) -> &str {
    between(page, &format!("id=\"cell-{at}\">"), "</section>")
}

fn outcome(page: &str) -> &str {
    between(page, "<h1>", "</h1>")
}

fn axis(label: &str) -> Axis {
    Axis { label: label.into(), ..Axis::default() }
}

fn series(name: &str, mark: Mark, columns: &[&[f64]]) -> Series {
    Series { name: name.into(), mark, columns: columns.iter().map(|column| column.to_vec()).collect() }
}

fn figure(series: Vec<Series>) -> Record {
    let panel = Panel { title: "A figure".into(), x: axis("depth"), y: axis("loss"), series };
    Record { panels: vec![panel], ..Record::default() }
}

/// The page of one cell that has drifted.
fn drift(recorded: &Record, fresh: &Record) -> String {
    page(&report(vec![drifted("fig-x", recorded, fresh)], Vec::new()))
}

#[test]
fn the_shipped_guide_gone_wrong() {
    let page = page(&sample());
    // For whoever wants to look at it.
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("verification.html"), &page).expect("a place for it");
    let guide = theoria::shell::disk::read(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the guide");
    let cells =
        guide.files.iter().filter(|(path, _)| path.starts_with("content/") && path.ends_with(".record")).count();
    let rest = "1 has a broken claim, 10 have drifted, 1 has no record, 1 has a stale record, and the site has 1 error";
    assert_eq!(outcome(&page), format!("1 of {cells} cells failed, {rest}"));
    assert_eq!(page.matches("<section class=\"cell-section\" id=").count(), 14);
    for text in [
        "The series “Gaussian” had 25 points, and now has 20 points: there is no residual.",
        "x has moved, so the residual is drawn against the index.",
        "16 of 24 images differ. The 12 that differ the most are shown.",
        "allowed for the worst, ±0.0049",
        "<span class=\"digits\">16.504180<b>417162353</b></span>",
        "fitting <code>width</code> 256",
        "the ideal machine returns the images that it has seen",
        "the link to &#39;../old/&#39; leads nowhere",
    ] {
        assert!(page.contains(text), "no '{text}'");
    }
}

#[test]
fn the_outcome_is_said_first() {
    let said = |cells: Vec<Verdict>, errors: usize| {
        let told = (0..errors).map(|at| told("dead-link", "error", ("a.md", at + 1), "leads nowhere")).collect();
        outcome(&page(&report(cells, told))).to_owned()
    };
    let cell = |at: usize, status| Verdict { identical: true, ..verdict(&format!("fig-{at}"), status) };
    let cells = |statuses: &[Status]| statuses.iter().enumerate().map(|(at, status)| cell(at, *status)).collect();
    use Status::{Drifted, Reproduced, Skipped, Unchanged};
    assert_eq!(said(cells(&[Reproduced; 3]), 0), "All 3 cells are reproduced");
    assert_eq!(said(cells(&[Reproduced]), 0), "The one cell is reproduced");
    assert_eq!(said(cells(&[Reproduced; 3]), 2), "All 3 cells are reproduced, but the site has 2 errors");
    assert_eq!(said(cells(&[Drifted, Drifted, Reproduced]), 0), "2 of 3 cells have drifted");
    assert_eq!(said(cells(&[Drifted]), 1), "1 of 1 cell has drifted, and the site has 1 error");
    assert_eq!(
        said(cells(&[Reproduced, Skipped, Unchanged]), 0),
        "1 of 3 cells is reproduced, 1 was not run, 1 was skipped"
    );
    assert_eq!(said(cells(&[Skipped, Skipped]), 0), "2 of 2 cells were skipped");
    assert_eq!(said(Vec::new(), 0), "No cell was looked at");
    let part = Report {
        shard: Some("2/3".into()),
        all: vec!["a".into(), "b".into()],
        ..report(cells(&[Drifted]), Vec::new())
    };
    assert!(page(&part).contains("shard 2/3: 1 of the site&#39;s 2 cells"));
}

#[test]
fn every_bad_cell_has_a_section_and_no_other() {
    let page = page(&every_status());
    let bad = ["fig-failed", "fig-claim", "fig-drifted", "fig-new", "fig-stale"];
    assert_eq!(page.matches("<section class=\"cell-section\" id=").count(), bad.len());
    bad.iter().for_each(|label| assert!(page.contains(&format!("<h2>{label}</h2>")), "{label}"));
    assert!(section(&page, 3).contains("<p class=\"text\">this cell panicked: no\nsecond line</p>"));
    assert!(section(&page, 4).contains("measured <b>1.5</b>, at most <b>1</b>, allowed deviation 0.25"));
    let drifted = section(&page, 5);
    for text in
        ["3 of 40 numbers; the worst:", "<b>NaN</b>", "not shown any more", "<code>seed</code> changed", "do something"]
    {
        assert!(drifted.contains(text), "no {text} in {drifted}");
    }
    assert!(page.contains("3×10<sup>−12</sup></span>") || page.contains("3×10<sup>−12</sup><span"));
}

#[test]
fn nothing_that_is_told_becomes_markup() {
    let pages = [page(&hostile()), drift(&hostile_record(0.0), &hostile_record(1.0))];
    let mut strange = drifted("fig-x", &hostile_record(0.0), &hostile_record(1.0));
    strange.recorded = Some("panel \"a\"\n  nonsense \"<b>\"\n".into());
    for page in pages.into_iter().chain([page(&report(vec![strange], Vec::new()))]) {
        let body = page.split_once("</style>").expect("a style sheet").1;
        assert!(!body.contains("<b>&amp;") && body.contains("&lt;b&gt;") && !body.contains("&amp;lt;"));
        assert!(HOSTILE.contains("{{ line }}") && body.contains("{{ line }}"));
    }
}

#[test]
fn each_mark_is_drawn_twice_and_its_difference_once() {
    let x = [1.0, 2.0, 3.0];
    for mark in Mark::ALL {
        let all = |shift: f64| {
            let y = [1.0, 2.0 + shift, 1.5];
            let columns: [&[f64]; 3] = [&x, &y, &[0.1, 0.2, 0.3]];
            series("a", mark, &columns[..mark.columns().len()])
        };
        let other = || series("untouched", Mark::Line, &[&x, &x]);
        let page = drift(&figure(vec![all(0.0), other()]), &figure(vec![all(0.1), other()]));
        let name = mark.name();
        // A lone prediction is drawn in ink.
        let (ours, theirs) = if mark == Mark::Dashed { ("theory", "s0") } else { ("s0", "s1") };
        for class in [format!("{ours} old {name}"), "worst points".into(), format!("{theirs} line")] {
            // On a wide and on a narrow drawing, as a curve and in the legend.
            assert_eq!(page.matches(&format!("<g class=\"{class}\">")).count(), 4, "{name}: {class}");
        }
        for text in [
            "<title>a: recorded</title>",
            "<title>a: fresh</title>",
            "<title>untouched</title>",
            "fresh − recorded: loss",
        ] {
            assert_eq!(page.matches(text).count(), 2, "{name}: {text}");
        }
        assert_eq!(page.matches("class=\"residual\"").count(), 1, "{name}");
    }
}

#[test]
fn columns_of_errors_and_places_have_differences_of_their_own() {
    let errors = |x: f64, error: f64| figure(vec![series("a", Mark::Errors, &[&[1.0, x], &[1.0, 2.0], &[0.1, error]])]);
    let page = drift(&errors(2.0, 0.2), &errors(2.0, 0.3));
    assert!(page.contains(">a, error</text>") && !page.contains("x has moved"));
    let page = drift(&errors(2.0, 0.2), &errors(2.5, 0.3));
    assert_eq!(page.matches("class=\"residual\"").count(), 2);
    assert!(page.contains("x has moved, so the residual") && page.contains("x has moved too, so the residual"));
    assert!(page.contains(">index</text>"));
}

#[test]
fn what_has_no_partner_has_no_difference() {
    let x = [1.0, 2.0, 3.0];
    let a = || series("a", Mark::Line, &[&x, &x]);
    let page = drift(
        &figure(vec![a(), series("b", Mark::Line, &[&x, &x])]),
        &figure(vec![a(), series("c", Mark::Points, &[&x, &x])]),
    );
    for text in [
        "The series “b” is not shown any more.",
        "The series “c” is new.",
        "<title>b: recorded</title>",
        "<title>c: fresh</title>",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("class=\"residual\""));
    let two = Record {
        panels: vec![figure(vec![a()]).panels[0].clone(), figure(vec![a()]).panels[0].clone()],
        ..Record::default()
    };
    assert!(drift(&two, &figure(vec![a()])).contains("This panel is not shown any more."));
    assert!(drift(&figure(vec![a()]), &two).contains("This panel is new."));
    let page = drift(&figure(vec![a()]), &figure(vec![series("a", Mark::Line, &[&x[..2], &x[..2]])]));
    assert!(page.contains("The series “a” had 3 points, and now has 2 points: there is no residual."));
    let nan = figure(vec![series("a", Mark::Line, &[&x, &[1.0, f64::NAN, 3.0]])]);
    let page = drift(&figure(vec![a()]), &nan);
    assert!(
        page.contains("1 point without a finite difference, not drawn.")
            && page.contains("1 point not finite, not drawn")
    );
    // Series of one name and mark are told apart by their order.
    let twins = |last: f64| figure(vec![a(), series("a", Mark::Line, &[&x, &[3.0, 2.0, last]])]);
    assert_eq!(drift(&twins(1.0), &twins(1.5)).matches("class=\"residual\"").count(), 1);
    let unnamed = |last: f64| figure(vec![series("", Mark::Line, &[&x, &[3.0, 2.0, last]])]);
    assert!(drift(&unnamed(1.0), &unnamed(1.5)).contains("<title>recorded</title>"));
}

#[test]
fn images_stand_beside_their_difference() {
    let gallery = |pixels: Vec<f64>, channels: usize| {
        let captions = vec![String::new(); pixels.len() / 4 / channels];
        let (title, range) = (String::new(), (0.0, 1.0));
        let gallery = Gallery { title, height: 2, width: 2, channels, columns: 4, range, captions, pixels };
        Record { galleries: vec![gallery], ..Record::default() }
    };
    let bump =
        |count: usize, at: usize| (0..count).map(|index| if index == at { 0.75 } else { 0.5 }).collect::<Vec<f64>>();
    for channels in [1, 3] {
        let page =
            drift(&gallery(bump(12 * channels, 99), channels), &gallery(bump(12 * channels, 5 * channels), channels));
        assert!(page.contains("1 of 3 images differs."));
        assert_eq!(page.matches("<image ").count(), 6);
        assert!(page.contains("−0.25 (") && page.contains("image 2: recorded"), "{channels}");
    }
    let page = drift(&gallery(bump(12, 1), 1), &gallery(bump(8, 1), 1));
    assert!(page.contains("there is no difference") && page.matches("<image ").count() == 10);
    let page = drift(&gallery(bump(8, 99), 1), &gallery(vec![f64::NAN; 8], 1));
    assert!(page.contains("2 of 2 images differ."));
    let mut ranged = gallery(bump(8, 1), 1);
    ranged.galleries[0].range.1 = 2.0;
    let page = drift(&gallery(bump(8, 1), 1), &ranged);
    assert!(
        page.contains("0 of 2 images differ.") && page.contains("have changed; both are drawn with the fresh ones")
    );
}

#[test]
fn changed_entries_of_tables_show_both() {
    let table = |number: f64, text: &str, rows: usize| {
        let row = vec![Entry::Number(number), Entry::Text(text.into()), Entry::Number(0.125)];
        let header = ["n", "t", "same"].map(String::from).to_vec();
        Record { tables: vec![Table { title: "T".into(), header, rows: vec![row; rows] }], ..Record::default() }
    };
    let page = drift(&table(1.0, "old", 1), &table(1.000001, "new", 1));
    assert!(page.contains("<span class=\"entry-old\">1.0</span> → <span class=\"new\">1.000001</span>"));
    assert!(page.contains("<span class=\"entry-old\">old</span> → <span class=\"new\">new</span>"));
    assert!(page.contains("<td>0.125</td>"));
    let page = drift(&table(1.0, "old", 1), &table(1.0, "old", 2));
    assert!(page.contains("Table 1, as it is recorded") && page.contains("Table 1, as it is now"));
    assert!(!page.contains("class=\"entry-old\""));
}
