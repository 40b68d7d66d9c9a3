//! Records as text: the same bits again, and no damage that passes for a record.

use std::collections::BTreeMap;

use theoria::guide::job::{Job, Manifest};
use theoria::guide::ledger::{self, Ledger};
use theoria::guide::mistake::{Mistakes, Span};
use theoria::guide::number;
use theoria::guide::tree::Tree;
use theoria::record::outcome::{Column, Complaint, Ending, Outcome, Place};
use theoria::record::text::{self, Node};
use theoria::record::{Axis, Claim, Entry, Gallery, Mark, Panel, Record, Relation, Series, Table, Value, npy};

use crate::support::Dice;

const PATH: &str = "content/a.ledger/fig-a.record";

fn job() -> Job {
    Job {
        label: "fig-a".into(),
        span: Span::top("content/a.md"),
        body: Vec::new(),
        prologue: String::new(),
        seed: 0,
        data: Vec::new(),
        absent: Vec::new(),
        time_limit: std::time::Duration::ZERO,
        manifest: Manifest { lines: vec![("program".into(), "00ff".into()), ("data a b".into(), "\"".into())] },
    }
}

fn files(record: &Record) -> Vec<(String, Vec<u8>)> {
    ledger::write(&job(), record)
}

fn read(files: &[(String, Vec<u8>)]) -> (Ledger, Mistakes) {
    let mut tree = Tree::default();
    files.iter().for_each(|(path, bytes)| tree.insert(path, bytes.clone()));
    ledger::read(&tree, &[job()])
}

/// Debug text tells -0.0 from 0.0, which equality does not.
#[track_caller]
fn check_round_trip(record: &Record) {
    let files = files(record);
    let (ledger, mistakes) = read(&files);
    assert!(mistakes.is_empty(), "{:?} of\n{}", mistakes, String::from_utf8_lossy(&files.last().unwrap().1));
    let entry = &ledger.entries["fig-a"];
    assert_eq!(format!("{:?}", entry.record), format!("{record:?}"));
    assert_eq!((&entry.manifest, entry.file.as_str()), (&job().manifest, PATH));
    assert!(ledger.is_fresh(&job()));
}

const NUMBERS: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.5,
    0.1,
    1.0 / 3.0,
    f64::MIN_POSITIVE,
    5e-324,
    -2.2e-310,
    f64::MAX,
    f64::MIN,
    f64::EPSILON,
    1e21,
    123_456_789_012_345_680.0,
];

const TEXTS: &[&str] = &[
    "",
    "plain",
    "two words",
    " edge ",
    "\"",
    "\\",
    "\\n",
    "\n",
    "\r\n",
    "\t",
    "\u{0}",
    "\u{7f}\u{1b}[31m",
    "é文🎈",
    "\u{2028}",
    "\u{a0}",
    "in",
    "NaN",
    "inf",
    "end",
    "1.0",
    "from",
    "log",
    "<<<<<<< HEAD",
    "=======",
    "# value",
    "a\u{85}b",
];

fn words(dice: &mut Dice) -> String {
    (0..dice.below(3)).map(|_| *dice.pick::<&str>(TEXTS)).collect()
}

fn number(dice: &mut Dice) -> f64 {
    let any = f64::from_bits(dice.bits());
    if dice.below(2) == 0 && any.is_finite() { any } else { *dice.pick(NUMBERS) }
}

fn numbers(dice: &mut Dice, count: usize) -> Vec<f64> {
    (0..count).map(|_| number(dice)).collect()
}

fn axis(dice: &mut Dice) -> Axis {
    let range = (dice.below(2) == 0).then(|| (number(dice), number(dice)));
    Axis { label: words(dice), log: dice.below(2) == 0, range }
}

fn panel(dice: &mut Dice) -> Panel {
    let series = |dice: &mut Dice| {
        let mark = *dice.pick(&Mark::ALL);
        let rows = *dice.pick(&[0, 1, 3, 700]);
        let columns = mark.columns().iter().map(|_| numbers(dice, rows)).collect();
        Series { name: words(dice), mark, columns }
    };
    Panel {
        title: words(dice),
        x: axis(dice),
        y: axis(dice),
        series: (0..dice.below(3)).map(|_| series(dice)).collect(),
    }
}

fn gallery(dice: &mut Dice) -> Gallery {
    let (height, width, channels) = (1 + dice.below(4), 1 + dice.below(20), *dice.pick(&[1, 3]));
    let captions: Vec<String> = (0..1 + dice.below(9)).map(|_| words(dice)).collect();
    let pixels = numbers(dice, height * width * channels * captions.len());
    Gallery {
        title: words(dice),
        height,
        width,
        channels,
        columns: 1 + dice.below(4),
        range: (-1.0, 0.5),
        captions,
        pixels,
    }
}

fn table(dice: &mut Dice) -> Table {
    let header: Vec<String> = (0..dice.below(4)).map(|_| words(dice)).collect();
    let entry = |dice: &mut Dice| match dice.below(2) {
        0 => Entry::Number(number(dice)),
        _ => Entry::Text(words(dice)),
    };
    let rows = (0..dice.below(4)).map(|_| header.iter().map(|_| entry(dice)).collect()).collect();
    Table { title: words(dice), header, rows }
}

fn record(seed: u64) -> Record {
    let dice = &mut Dice::new(seed);
    let values =
        (0..dice.below(4)).map(|at| Value { name: format!("{at}{}", words(dice)), number: number(dice) }).collect();
    let claim = |dice: &mut Dice| Claim {
        name: words(dice),
        relation: *dice.pick(&Relation::ALL),
        measured: number(dice),
        predicted: number(dice),
        abs: number(dice).abs(),
        rel: number(dice).abs(),
    };
    Record {
        values,
        panels: (0..dice.below(3)).map(|_| panel(dice)).collect(),
        galleries: (0..dice.below(2)).map(|_| gallery(dice)).collect(),
        tables: (0..dice.below(3)).map(|_| table(dice)).collect(),
        claims: (0..dice.below(3)).map(|_| claim(dice)).collect(),
    }
}

#[test]
fn records_come_back_bit_for_bit() {
    check_round_trip(&Record::default());
    (0..500).for_each(|seed| check_round_trip(&record(seed)));
}

#[test]
fn long_arrays_lie_beside_the_text_under_the_name_of_their_content() {
    let series = |numbers: Vec<f64>| {
        let series = Series { name: "a".into(), mark: Mark::Line, columns: vec![numbers.clone(), numbers] };
        Record { panels: vec![Panel { series: vec![series.clone(), series], ..Panel::default() }], ..Record::default() }
    };
    let at_most = series(vec![1.0; 500]);
    assert_eq!(files(&at_most).len(), 1);
    let more = series(vec![-0.0; 501]);
    check_round_trip(&more);
    let kept = files(&more);
    // Two series of the same numbers share a file.
    assert_eq!(kept.len(), 2);
    assert!(kept[0].0.starts_with("content/a.ledger/fig-a.") && kept[0].0.ends_with(".npy"), "{}", kept[0].0);
    assert_ne!(files(&series(vec![0.0; 501]))[0].0, kept[0].0);
}

/// The form of a record's text: how many words stand on each line, and which lines stand below it.
fn form(files: &[(String, Vec<u8>)]) -> String {
    fn outline(nodes: &[Node]) -> String {
        nodes.iter().map(|node| format!("{}({})", node.words.len(), outline(&node.children))).collect()
    }
    outline(&text::read(std::str::from_utf8(&files.last().unwrap().1).unwrap()).unwrap())
}

#[test]
fn a_record_that_was_cut_short_is_never_read() {
    for seed in [1, 2, 3, 5, 8] {
        let good = files(&record(seed));
        let (path, bytes) = good.last().unwrap();
        for length in (0..bytes.len()).rev().take(3000) {
            let mut cut = good.clone();
            cut.last_mut().unwrap().1.truncate(length);
            let (ledger, mistakes) = read(&cut);
            assert!(
                ledger.entries.is_empty() && mistakes.len() == 1,
                "{path} cut to {length} bytes of {}",
                bytes.len()
            );
        }
    }
}

#[test]
fn damage_is_told_or_is_another_record_of_the_same_form() {
    let mut told = 0;
    for seed in 0..4000 {
        let dice = &mut Dice::new(seed);
        let record = record(seed % 40);
        let good = files(&record);
        let mut bad = good.clone();
        let at = dice.below(bad.len());
        let is_text = at + 1 == bad.len();
        let bytes = &mut bad[at].1;
        let place = dice.below(bytes.len());
        match dice.below(4) {
            0 => bytes[place] ^= 1 << dice.below(8),
            1 => drop(bytes.remove(place)),
            2 => bytes.insert(place, *dice.pick(b" \n\"\\0-.ae")),
            _ => drop(bytes.drain(place..(place + 1 + dice.below(40)).min(bytes.len()))),
        }
        let (ledger, mistakes) = read(&bad);
        let Some(entry) = ledger.entries.values().next() else {
            assert_eq!(mistakes.len(), 1, "seed {seed}");
            told += 1;
            continue;
        };
        let same = format!("{:?}", entry.record) == format!("{record:?}");
        assert!(is_text || same, "seed {seed}: a damaged array was read");
        // What was read is all that is there: written again, it has the same form.
        let mut again = job();
        (again.label, again.manifest) = (ledger.entries.keys().next().unwrap().clone(), entry.manifest.clone());
        let again = ledger::write(&again, &entry.record);
        assert!(form(&again) == form(&bad), "seed {seed}: {}", String::from_utf8_lossy(&bad.last().unwrap().1));
    }
    assert!(told > 1000, "only {told} told");
}

#[test]
fn arrays_are_read_whole_or_not_at_all() {
    let good = npy::encode(2, 3, &[0.0, -0.0, 5e-324, f64::MAX, 0.1, -1.0]);
    assert!(good.len() % 64 == 48 && good.starts_with(b"\x93NUMPY"), "the data begins at a multiple of 64");
    let (rows, columns, numbers) = npy::decode(&good).unwrap();
    assert_eq!(
        (rows, columns, format!("{numbers:?}")),
        (2, 3, "[0.0, -0.0, 5e-324, 1.7976931348623157e308, 0.1, -1.0]".into())
    );
    for length in 0..good.len() {
        assert!(npy::decode(&good[..length]).is_err(), "{length}");
    }
    for at in 0..good.len() - 48 {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            if let Ok((rows, columns, numbers)) = npy::decode(&bad) {
                assert_eq!((rows * columns, numbers.len()), (6, 6), "byte {at} bit {bit}");
            }
        }
    }
    let huge = String::from_utf8_lossy(&good[10..128]).replace("(2, 3)", &format!("({}, 3)", usize::MAX));
    let mut bytes = good[..8].to_vec();
    bytes.extend((huge.len() as u16).to_le_bytes());
    bytes.extend(huge.bytes());
    assert!(npy::decode(&bytes).is_err());
}

#[test]
fn an_outcome_comes_back_and_never_panics() {
    let place = Place { file: "content/a b.md".into(), line: 3, column: Column::Character(7) };
    let endings = [
        Ending::Finished,
        Ending::Failed { place: Some(place.clone()), text: "a \"b\"\nc".into() },
        Ending::Panicked { place: None, text: String::new() },
    ];
    for (seed, ending) in (0..).zip(endings) {
        let complaints = vec![Complaint { place: place.clone(), text: "é\u{0}".into() }];
        let outcome = Outcome { record: record(seed), complaints, ending };
        let (text, arrays) = outcome.write();
        let arrays: BTreeMap<String, Vec<u8>> = arrays.into_iter().collect();
        let find = |name: &str| arrays.get(name).cloned();
        assert_eq!(format!("{:?}", Outcome::read(&text, &find)), format!("{:?}", Ok::<_, ()>(outcome)));
        for length in (0..text.len()).filter(|length| text.is_char_boundary(*length)).rev().take(2000) {
            assert!(Outcome::read(&text[..length], &find).is_err(), "cut to {length} of\n{text}");
        }
    }
}

#[test]
fn claims_hold_by_these_rules() {
    let (close, at_most, at_least) = (Claim::close, Claim::at_most, Claim::at_least);
    let holds = [
        close(1.0, 1.0),
        close(0.0, -0.0),
        close(1.25, 1.0).abs(0.25),
        close(-2.5, -2.0).rel(0.25),
        close(1.5, 1.0).abs(0.5).rel(0.1),
        close(1.1, 1.0).abs(0.0).rel(0.2),
        at_most(1.0, 1.0),
        at_most(f64::MIN, 0.0),
        at_most(1.25, 1.0).abs(0.25),
        at_most(-1.75, -2.0).rel(0.125),
        at_least(1.0, 1.0),
        at_least(0.75, 1.0).abs(0.25),
        at_least(f64::INFINITY, 1.0),
    ];
    let breaks = [
        close(1.0, 1.0 + f64::EPSILON),
        close(1.5, 1.0).abs(0.25),
        close(-2.5, -2.0).rel(0.125),
        close(0.1, 0.0).rel(1.0),
        close(f64::NAN, 1.0).abs(9.0),
        close(1.0, f64::NAN).rel(9.0),
        close(f64::NAN, f64::NAN),
        close(f64::INFINITY, f64::INFINITY),
        close(f64::INFINITY, 1.0).abs(9.0),
        close(1.0, 1.5).abs(f64::NAN),
        at_most(1.0 + f64::EPSILON, 1.0),
        at_most(f64::NAN, 1.0).abs(9.0),
        at_most(1.0, f64::NAN),
        at_most(f64::INFINITY, 1.0),
        at_least(1.0 - f64::EPSILON, 1.0),
        at_least(f64::NAN, f64::NEG_INFINITY),
        at_least(f64::NEG_INFINITY, 0.0),
    ];
    holds.iter().for_each(|claim| assert!(claim.holds(), "{claim:?}"));
    breaks.iter().for_each(|claim| assert!(!claim.holds(), "{claim:?}"));
    assert_eq!(Claim { name: "The NTK's slope, é!".into(), ..close(1.0, 1.0) }.label(), "claim-the-ntk-s-slope-é");
}

#[test]
fn numbers_are_written_as_a_reader_writes_them() {
    for (number, format, text) in [
        (0.5, "", "0.5"),
        (1.0 / 3.0, "", "0.3333"),
        (-1.0 / 3.0, "", "−0.3333"),
        (1200.0, "", "1200"),
        (0.0, "", "0"),
        (-0.0, "", "0"),
        (123_456.0, "", "123500"),
        (999_999.0, "", "10⁶"),
        (1_234_567.0, "", "1.235×10⁶"),
        (4.2e-7, "", "4.2×10⁻⁷"),
        (-1e-7, "", "−1×10⁻⁷"),
        (0.000_123_4, "", "0.0001234"),
        (1e300, "", "10³⁰⁰"),
        (5e-324, "", "4.941×10⁻³²⁴"),
        (std::f64::consts::PI, ".3", "3.142"),
        (std::f64::consts::PI, ".0", "3"),
        (-2.5, ".1", "−2.5"),
        (-0.000_4, ".2", "0.00"),
        (1234.5, ".2e", "1.23×10³"),
        (0.123_45, ".1%", "12.3%"),
        (0.5, "%", "50%"),
        (1234.5, ".2g", "1200"),
        (9.999, ".2g", "10"),
        (1.0, ".17", "1.00000000000000000"),
    ] {
        assert_eq!(number::format(number, format).as_deref(), Some(text), "{number:?} as '{format}'");
    }
    for format in ["3", ".", ".x", ".18", "f", ".3f", "..3", ".-1", ".3 ", "é", ".3é", "%%", "0.3"] {
        assert_eq!(number::format(1.0, format), None, "{format}");
    }
    for (written, tex) in
        [("−4.2×10⁻⁷", "-4.2\\times 10^{-7}"), ("10³⁰⁰", "10^{300}"), ("12.3%", "12.3\\%"), ("0.5", "0.5")]
    {
        assert_eq!(number::latex(written), tex);
    }
    // Whatever the number, what is written reads back as nearly the same.
    for seed in 0..5000 {
        let exact = f64::from_bits(Dice::new(seed).bits());
        if !exact.is_finite() || exact.abs() < 1e-300 {
            continue;
        }
        let tex = number::latex(&number::significant(exact, 6));
        let plain = tex.replace("\\times 10^{", "e").replace('}', "").replace("10^{", "1e");
        let back: f64 = plain.parse().unwrap_or_else(|_| panic!("{exact:?} is written {tex}"));
        assert!((back / exact - 1.0).abs() < 1e-5, "{exact:?} is written {tex}");
    }
}
