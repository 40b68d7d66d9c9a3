//! Reports of shards as one.

use super::{every_status, report, told, verdict};
use theoria::guide::verdict::merge::merge;
use theoria::guide::verdict::{Report, SCHEMA, Status};

/// The cells of a report dealt out in turn, as shards hold them; the mistakes of the site are in each.
fn shards(whole: &Report, of: usize) -> Vec<(String, Report)> {
    let part = |part: usize| {
        let cells = whole.cells.iter().enumerate().filter(|(at, _)| at % of == part).map(|(_, cell)| cell.clone());
        let seconds = whole.seconds - part as f64;
        let shard = Some(format!("{}/{of}", part + 1));
        (format!("{part}.json"), Report { shard, cells: cells.collect(), seconds, ..whole.clone() })
    };
    (0..of).map(part).collect()
}

#[test]
fn the_shards_are_the_whole() {
    let mut whole = every_status();
    whole.mistakes.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    for of in [1, 2, 3, 9] {
        let mut parts = shards(&whole, of);
        parts.reverse();
        let through_json = parts.into_iter().map(|(name, part)| {
            let json = serde_json::to_string(&part).expect("a report is JSON");
            (name, serde_json::from_str(&json).expect("its JSON is a report"))
        });
        let merged = merge(through_json.collect()).expect("the shards fit");
        // NaN is not equal to itself, but its text is.
        assert_eq!(format!("{merged:?}"), format!("{whole:?}"), "{of} shards");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let whole = every_status();
    let refuse = |parts: Vec<(String, Report)>, expected: &str| {
        let error = merge(parts).expect_err(expected);
        assert!(error.contains(expected), "'{error}', not '{expected}'");
    };
    refuse(Vec::new(), "there is no report to merge");
    let mut missing = shards(&whole, 3);
    missing.remove(1);
    refuse(missing, "no report speaks of fig-close, fig-drifted, fig-skipped: the report of a shard is missing");
    let mut doubled = shards(&whole, 3);
    doubled.push(("again.json".into(), doubled[2].1.clone()));
    refuse(doubled, "the cell `fig-failed` of 'again.json' is in a report before it too");
    let mut other = shards(&whole, 2);
    other[1].1.state = "other".into();
    refuse(other, "'1.json' and '0.json' are about different states of the site");
    let mut other = shards(&whole, 2);
    other[1].1.all.push("fig-more".into());
    refuse(other, "are about different states of the site");
    for at in [0, 1] {
        let mut old = shards(&whole, 2);
        old[at].1.schema = SCHEMA + 1;
        let text = format!("'{at}.json' has schema {}, and this Theoria reads schema {SCHEMA}", SCHEMA + 1);
        refuse(old, &text);
    }
}

#[test]
fn a_merged_report_has_each_mistake_once() {
    let site = told("dead-link", "error", ("content/b.md", 3), "leads nowhere");
    let own = told("drifted", "error", ("content/a.md", 3), "has drifted");
    let cells = |label: &str| vec![verdict(label, Status::Drifted)];
    let all = vec!["fig-a".to_owned(), "fig-b".to_owned()];
    let one = Report { all: all.clone(), ..report(cells("fig-b"), vec![site.clone()]) };
    let two = Report { all, seconds: 50.0, ..report(cells("fig-a"), vec![site.clone(), own.clone()]) };
    let merged = merge(vec![("1".into(), one), ("2".into(), two)]).expect("the shards fit");
    assert_eq!(merged.mistakes, [own, site]);
    let labels: Vec<&str> = merged.cells.iter().map(|cell| cell.label.as_str()).collect();
    assert_eq!((labels, merged.seconds), (vec!["fig-a", "fig-b"], 50.0));
}
