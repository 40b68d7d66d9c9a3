//! Comparing records: what agrees, what has drifted and where, and what is said of tolerances.

use theoria::guide::comparison::{Advice, Comparison, Drift, compare};
use theoria::guide::tolerance::{self, Tolerance, Tolerances};
use theoria::record::{Claim, Entry, Gallery, Mark, Panel, Record, Series, Table, Value, text};

use crate::support::Dice;

fn declared(yaml: &str) -> Tolerances {
    tolerance::read(&serde_yaml::from_str(yaml).unwrap()).unwrap()
}

fn value(number: f64) -> Record {
    Record { values: vec![Value { name: "slope".into(), number }], ..Record::default() }
}

fn line(y: Vec<f64>) -> Record {
    let x = (0..y.len()).map(|x| x as f64).collect();
    let series = vec![Series { name: "a".into(), mark: Mark::Line, columns: vec![x, y] }];
    Record { panels: vec![Panel { series, ..Panel::default() }], ..Record::default() }
}

fn against(recorded: &Record, fresh: &Record, yaml: &str) -> Comparison {
    compare(recorded, fresh, &declared(yaml), &Tolerance::default())
}

/// Whether a recorded and a fresh number agree, and do so to the last bit.
fn pair(recorded: f64, fresh: f64, yaml: &str) -> (bool, bool) {
    let found = against(&value(recorded), &value(fresh), yaml);
    assert_eq!(found.numbers, 1);
    // A number in an array obeys the same rules.
    let lines = against(&line(vec![recorded]), &line(vec![fresh]), yaml);
    assert_eq!((lines.agrees(), lines.identical), (found.agrees(), found.identical), "{recorded} {fresh} {yaml}");
    (found.agrees(), found.identical)
}

#[test]
fn two_numbers_agree_by_the_stated_rules() {
    let (inf, nan, odd_nan) = (f64::INFINITY, f64::NAN, f64::from_bits(f64::NAN.to_bits() ^ 1));
    let same = (true, true);
    let within = (true, false);
    let drifted = (false, false);
    for (recorded, fresh, yaml, expected) in [
        (1.0, 1.0, "0", same),
        (1.0, 1.0 + f64::EPSILON, "0", drifted),
        (1.0, 1.0 + 5e-10, "default: 1e-9", within),
        (1.0, 1.0 + 2e-9, "default: 1e-9", drifted),
        (1.0, 1.0 - 2e-9, "default: 1e-9", drifted),
        (-1e300, -1.0000001e300, "1e-6", within),
        (1e-300, 1.0000001e-300, "1e-6", within),
        (0.0, 1e-300, "1e-6", drifted),
        (0.0, 0.015, "{abs: 0.02, reason: r}", within),
        (5.0, 5.03, "{abs: 0.02, reason: r}", drifted),
        (5.0, 5.03, "{abs: 0.02, rel: 0.01}", within),
        (0.0, -0.0, "default: 1e-9", within),
        (-0.0, 0.0, "0", drifted),
        (nan, nan, "0", same),
        (nan, odd_nan, "0", same),
        (nan, 1.0, "{abs: 1e300, rel: 1e300, reason: r}", drifted),
        (1.0, nan, "{abs: 1e300, rel: 1e300, reason: r}", drifted),
        (inf, inf, "0", same),
        (-inf, -inf, "1e-9", same),
        (inf, -inf, "{rel: 1e300, reason: r}", drifted),
        (inf, 1e308, "{rel: 1e300, reason: r}", drifted),
        (1e308, inf, "{abs: 1e300, rel: 1e300, reason: r}", drifted),
        (f64::MAX, -f64::MAX, "1e-9", drifted),
    ] {
        assert_eq!(pair(recorded, fresh, yaml), expected, "{recorded} {fresh} {yaml}");
    }
}

#[test]
fn what_remains_of_rounding_where_large_numbers_cancel_is_allowed() {
    let (old, new) = (line(vec![1000.0, 1e-14, 0.0]), line(vec![1000.0, 5e-14, -3e-13]));
    assert!(against(&old, &new, "default: 1e-9").agrees());
    assert!(!against(&old, &new, "0").agrees());
    assert!(!against(&line(vec![1.0, 1e-14]), &line(vec![1.0, 1e-13]), "default: 1e-9").agrees());
}

#[test]
fn a_drift_names_its_worst_number() {
    let mut y: Vec<f64> = (0..50).map(f64::from).collect();
    let old = line(y.clone());
    y[7] += 1e-3;
    y[31] += 1e-6;
    y[40] += 1e-12;
    let found = against(&old, &line(y), "1e-9");
    let [Drift::Number { worst, count, of }] = found.drifts.as_slice() else { panic!("{found:?}") };
    assert_eq!((worst.place.as_str(), worst.index, *count, *of), ("panel 1, line 'a', y[7]", 7, 2, 50));
    assert_eq!((worst.recorded, worst.fresh), (7.0, 7.001));
    assert!((worst.deviation - 1e-3).abs() < 1e-12 && (worst.relative - 1e-3 / 7.0).abs() < 1e-12);
    assert!((worst.allowed - 7e-9).abs() < 1e-20, "{}", worst.allowed);
    let found = against(&old, &line((0..50).map(|y| f64::from(y) * (1.0 + 3e-10)).collect()), "1e-9");
    let largest = found.largest.unwrap();
    assert!(found.drifts.is_empty() && !found.identical);
    assert!((largest.deviation / largest.allowed - 0.3).abs() < 1e-3, "{largest:?}");
}

/// A record with one of everything.
fn everything() -> Record {
    let x = vec![1.0, 2.0];
    let series = vec![
        Series { name: "a".into(), mark: Mark::Errors, columns: vec![x.clone(), x.clone(), x.clone()] },
        Series { name: "a".into(), mark: Mark::Errors, columns: vec![x.clone(), x.clone(), x.clone()] },
        Series { name: String::new(), mark: Mark::Band, columns: vec![Vec::new(); 3] },
    ];
    let mut panel = Panel { title: "P".into(), series, ..Panel::default() };
    panel.x.range = Some((0.0, 1.0));
    Record {
        values: vec![Value { name: "v".into(), number: 1.0 }, Value { name: "w".into(), number: 2.0 }],
        panels: vec![panel],
        galleries: vec![Gallery {
            title: "G".into(),
            height: 2,
            width: 2,
            channels: 1,
            columns: 1,
            range: (0.0, 1.0),
            captions: vec!["one".into(), "two".into()],
            pixels: (0..8).map(f64::from).collect(),
        }],
        tables: vec![Table {
            title: "T".into(),
            header: vec!["h".into(), "k".into()],
            rows: vec![vec![Entry::Number(1.0), "t".into()], vec![Entry::Number(2.0), Entry::Number(3.0)]],
        }],
        claims: vec![Claim { name: "It is so".into(), ..Claim::close(1.0, 1.01).rel(0.1) }],
    }
}

type Edit = fn(&mut Record);

#[test]
fn every_change_is_found_where_it_is() {
    let edits: &[(Edit, &str)] = &[
        (|r| r.values[1].number = 3.0, "value w"),
        (|r| drop(r.values.remove(0)), "value v"),
        (|r| r.values[0].name = "u".into(), "value v | value u"),
        (|r| r.panels[0].title = "Q".into(), "panel 1"),
        (|r| r.panels[0].x.label = "q".into(), "panel 1"),
        (|r| r.panels[0].y.log = true, "panel 1"),
        (|r| r.panels[0].x.range = Some((0.0, 2.0)), "panel 1[1]"),
        (|r| r.panels[0].x.range = None, "panel 1"),
        (|r| r.panels[0].series[0].columns[2][1] = 9.0, "panel 1, errors 'a', error[1]"),
        (|r| r.panels[0].series[1].columns[1][0] = 9.0, "panel 1, errors 'a' (2), y[0]"),
        (
            |r| r.panels[0].series[2].columns.iter_mut().for_each(|column| column.push(1.0)),
            "panel 1, band 3, x | panel 1, band 3, low | panel 1, band 3, high",
        ),
        (|r| r.panels.push(Panel::default()), "panel 2"),
        (|r| r.galleries[0].pixels[7] = 0.5, "gallery 1, image 2, row 1, column 1"),
        (|r| r.galleries[0].captions[0] = "uno".into(), "gallery 1, range"),
        (|r| r.galleries[0].range.1 = 2.0, "gallery 1, range[1]"),
        (|r| (r.galleries[0].height, r.galleries[0].width) = (1, 4), "gallery 1"),
        (|r| r.tables[0].rows[1][1] = Entry::Number(4.0), "table 1, row 2, 'k'"),
        (|r| r.tables[0].rows[0][1] = "s".into(), "table 1, row 1, 'k'"),
        (|r| drop(r.tables[0].rows.pop()), "table 1"),
        (|r| r.tables[0].header[0] = "g".into(), "table 1"),
        (|r| r.claims[0].measured = 1.02, "claim 'It is so', measured"),
        (|r| r.claims[0].rel = 0.2, "claim 'It is so', relative tolerance"),
        (|r| r.claims.clear(), "claim 'It is so'"),
    ];
    let old = everything();
    let same = against(&old, &old.clone(), "0");
    assert!(same.identical && same.agrees() && same.numbers > 20, "{same:?}");
    for (edit, expected) in edits {
        let mut new = old.clone();
        edit(&mut new);
        let found = against(&old, &new, "default: 1e-3");
        let places: Vec<&str> = found.drifts.iter().map(Drift::place).collect();
        let expected: Vec<&str> = expected.split(" | ").collect();
        // A table with another header is another table: its entries are not told one by one.
        assert!(places.starts_with(&expected[..1]) && places.len() <= 3, "{places:?}, not {expected:?}");
        assert!(expected.len() == 1 || places.len() >= 2, "{places:?}, not {expected:?}");
        assert!(!found.identical);
        // Both ways.
        assert!(!against(&new, &old, "default: 1e-3").agrees(), "{expected:?}");
    }
}

#[test]
fn a_tolerance_is_for_what_bears_its_name() {
    let (old, mut new) = (everything(), everything());
    new.values[1].number = 2.1;
    new.panels[0].series[0].columns[1][0] = 1.1;
    new.galleries[0].pixels[7] = 7.1;
    new.tables[0].rows[0][0] = Entry::Number(1.1);
    new.claims[0].measured = 1.1;
    let yaml = "{w: {abs: 0.2}, a: {abs: 0.2}, G: {abs: 0.2}, T: {abs: 0.2}, claim-it-is-so: {abs: 0.2}}";
    assert!(against(&old, &new, yaml).agrees());
    for (name, place) in [
        ("w", "value w"),
        ("a", "panel 1, errors 'a', y[0]"),
        ("G", "gallery 1, image 2, row 1, column 1"),
        ("T", "table 1, row 1, 'h'"),
        ("claim-it-is-so", "claim 'It is so', measured"),
    ] {
        let found = against(&old, &new, &yaml.replace(&format!("{name}: {{abs: 0.2}}"), &format!("{name}: 1e-3")));
        let places: Vec<&str> = found.drifts.iter().map(Drift::place).collect();
        assert_eq!(places, [place]);
    }
}

#[test]
fn the_digits_of_a_residual_mean_nothing() {
    let claim = |measured, bound| Record {
        claims: vec![Claim { name: "equal".into(), ..Claim::at_most(measured, bound) }],
        ..Record::default()
    };
    assert!(against(&claim(1e-15, 1e-12), &claim(7e-14, 1e-12), "1e-9").agrees());
    assert!(!against(&claim(1e-15, 1e-12), &claim(2e-12, 1e-12), "1e-9").agrees());
    assert!(!against(&claim(1e-15, 1e-12), &claim(1e-15, 1e-11), "1e-9").agrees(), "the bound is no residual");
    assert!(!against(&claim(0.01, 0.02), &claim(0.011, 0.02), "1e-9").agrees());
    assert!(!against(&claim(1e-15, 1e-12), &claim(f64::NAN, 1e-12), "1e-9").agrees());
}

#[test]
fn needless_and_loose_tolerances_are_pointed_out() {
    let advice = |new: f64, yaml: &str| against(&value(2.0), &value(new), yaml).advice;
    let (empty, slope) = (String::new(), "slope".to_owned());
    assert_eq!(advice(2.0, "1e-6"), [Advice::NotNeeded { name: empty.clone() }]);
    assert_eq!(advice(2.0 + 1e-10, "1e-6"), [Advice::NotNeeded { name: empty.clone() }]);
    assert_eq!(advice(2.0 + 1e-7, "1e-6"), []);
    assert_eq!(advice(2.0, "{rel: 1e-6, reason: other processors}"), []);
    // One that is not wider than the site's restricts.
    assert_eq!(advice(2.0, "0"), []);
    assert_eq!(advice(2.0, "{slope: 1e-12}"), []);
    assert_eq!(advice(2.0, "{slope: {abs: 0.1}}"), [Advice::NotNeeded { name: slope.clone() }]);
    assert_eq!(advice(2.05, "{slope: {abs: 0.1}}"), []);
    assert_eq!(advice(2.0, "{slope: {abs: 0.5}}"), [Advice::Loose { name: slope.clone(), share: 0.25 }]);
    assert_eq!(advice(2.3, "{slope: {rel: 0.25}}"), [Advice::Loose { name: slope, share: 0.25 }]);
    assert_eq!(advice(2.3, "{slope: {rel: 0.25, reason: a mean of four}}"), []);
    let near = Some("slope".to_owned());
    assert_eq!(advice(2.0, "{slpoe: 1e-6}"), [Advice::NamesNothing { name: "slpoe".into(), near }]);
    // Named and for the whole cell; the named one is not needed.
    assert_eq!(advice(2.0, "{default: 1e-12, slope: 1e-6}").len(), 1);
}

#[test]
fn a_record_as_one_text_is_read_back_to_the_last_bit() {
    let mut dice = Dice::new(3);
    let long: Vec<f64> = (0..3000).map(|_| dice.bits() as f64 / 1e9).collect();
    for record in [everything(), line(long), Record::default()] {
        let written = text::inline(&record);
        assert!(!written.contains(".npy"));
        let read = text::of_inline(&written).unwrap();
        assert!(against(&record, &read, "0").identical);
        assert_eq!(read, record);
    }
}

/// Whatever is changed by more than is allowed is found, and what is changed by less is not.
#[test]
fn the_border_of_a_tolerance_is_where_it_is_said_to_be() {
    let power = |exponent: i32| format!("1e{exponent}").parse::<f64>().unwrap();
    let mut dice = Dice::new(5);
    for _ in 0..2000 {
        let number = (dice.bits() as f64 / 9.3e18 - 1.0) * power(dice.below(40) as i32 - 20);
        let rel = power(-(dice.below(10) as i32) - 2);
        let sign = if dice.below(2) == 0 { 1.0 } else { -1.0 };
        let yaml = format!("{{rel: {rel:?}, reason: r}}");
        let moved = |share: f64| number + sign * number.abs() * rel * share;
        assert!(pair(number, moved(0.999), &yaml).0, "{number:e} {rel:e}");
        assert!(!pair(number, moved(1.001), &yaml).0, "{number:e} {rel:e}");
    }
}

#[test]
fn what_is_no_tolerance_is_refused() {
    for yaml in
        ["-1", "{abs: -1}", "{rel: x}", "[1]", "{slope: {}}", "{slope: {abs: .inf}}", "{slope: {width: 1}}", ".nan"]
    {
        let value: serde_yaml::Value = serde_yaml::from_str(yaml).unwrap();
        let read = tolerance::read(&value);
        assert!(read.is_err(), "{yaml}: {read:?}");
    }
}
