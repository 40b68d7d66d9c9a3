//! How long cells run: what is written down, when it changes, and how work is split by it.

use std::fs;
use std::time::Duration;

use theoria::guide::durations::{Durations, FILE};
use theoria::guide::tree::Tree;
use theoria::shell::cells::Settings;
use theoria::shell::durations::{History, remember};

use crate::support::{Dice, Folder, lines, listing, site};

fn durations(text: &str) -> Durations {
    let mut tree = Tree::default();
    tree.insert(FILE, text.as_bytes());
    Durations::read(&tree)
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

#[test]
fn reading_never_fails() {
    let text = "fig-a 1.5\n<<<<<<< HEAD\nfig-b 2\n=======\nfig-b 7\n>>>>>>> 12\nfig-c\nfig-d x\nfig-e -1\nfig-f inf\nfig-g NaN\n\
        fig-h 1e300\n\n  fig-i   0.25 \r\nfig j 3\n";
    let known = durations(text);
    assert_eq!(known.known("fig-a"), Some(seconds(1.5)));
    assert_eq!(known.known("fig-b"), Some(seconds(7.0)), "the longer of two");
    assert_eq!(known.known("fig-i"), Some(seconds(0.25)));
    for label in ["fig-c", "fig-d", "fig-e", "fig-f", "fig-g", "fig-h", ">>>>>>>", "fig"] {
        assert_eq!((known.known(label), known.of(label)), (None, seconds(1.5)), "{label}: the median");
    }
    assert_eq!(Durations::read(&Tree::default()).of("fig-a"), seconds(1.0));
    let mut tree = Tree::default();
    tree.insert(FILE, vec![0xff, b'\n', b'a', b' ', b'2', b'\n']);
    assert_eq!(Durations::read(&tree).known("a"), Some(seconds(2.0)));
    let mut dice = Dice::new(1);
    for _ in 0..500 {
        let bytes: Vec<u8> = (0..dice.below(60)).map(|_| *dice.pick(b"ab- \t\r\n0129.e<>=\xff")).collect();
        let mut tree = Tree::default();
        tree.insert(FILE, bytes);
        assert!(Durations::read(&tree).of("a") > Duration::ZERO);
    }
}

#[test]
fn the_file_changes_only_when_it_is_wrong() {
    let all = ["a", "b", "c"];
    let old = durations("a 1\nb 0.05\nc 100\n");
    for (label, time, new) in [
        ("a", 1.9, None),
        ("a", 0.55, None),
        ("a", 2.1, Some("a 2.1\nb 0.05\nc 100\n")),
        ("a", 0.4567, Some("a 0.46\nb 0.05\nc 100\n")),
        ("b", 0.14, None),
        ("b", 0.16, Some("a 1\nb 0.16\nc 100\n")),
        ("c", 51.0, None),
        ("c", 12345.6, Some("a 1\nb 0.05\nc 12000\n")),
        ("c", 0.0, Some("a 1\nb 0.05\nc 0.05\n")),
    ] {
        assert_eq!(old.with(&[(label, seconds(time))], &all).as_deref(), new, "{label} {time}");
    }
    assert_eq!(old.with(&[], &all), None);
    assert_eq!(old.with(&[], &["c", "a"]).as_deref(), Some("a 1\nc 100\n"), "what is gone is dropped");
    assert_eq!(durations("").with(&[("z", seconds(0.001))], &["z"]).as_deref(), Some("z 0.05\n"));
    assert_eq!(durations("").with(&[("gone", seconds(1.0))], &[]), None);
    assert_eq!(durations("a 1\r\nb 0.05\r\n").with(&[], &all), None, "line ends are the author's");
    let merged = durations("a 1\n<<<<<<< HEAD\nb 1\n=======\nb 2\n>>>>>>> x\n");
    assert_eq!(merged.with(&[], &all).as_deref(), Some("a 1\nb 2\n"));
    let mut dice = Dice::new(2);
    for _ in 0..500 {
        // Whatever is written, the same times written again change nothing.
        let ran: Vec<(&str, Duration)> =
            all.iter().map(|label| (*label, Duration::from_micros(dice.bits() >> (24 + dice.below(40))))).collect();
        let text = durations("").with(&ran, &all).unwrap();
        assert_eq!(durations(&text).with(&ran, &all), None, "{text}");
    }
}

/// The best that any split can do, by trying all.
fn optimum(times: &[Duration], load: &mut [Duration]) -> Duration {
    let Some((first, rest)) = times.split_first() else { return load.iter().copied().max().unwrap() };
    let try_part = |part: usize, load: &mut [Duration]| {
        load[part] += *first;
        let best = optimum(rest, load);
        load[part] -= *first;
        best
    };
    (0..load.len()).map(|part| try_part(part, load)).min().unwrap()
}

#[test]
fn a_split_is_exact_and_even_and_always_the_same() {
    let mut dice = Dice::new(3);
    for round in 0..400 {
        let small = round % 2 == 0;
        let count = dice.below(if small { 8 } else { 60 });
        let n = 1 + dice.below(if small { 3 } else { 9 });
        let labels: Vec<String> = (0..count).map(|index| format!("cell-{index}")).collect();
        // Some cells are not in the file, and many times are equal.
        let line = |label: &String, dice: &mut Dice| {
            (dice.below(5) > 0).then(|| format!("{label} {}\n", (1 + dice.below(30)) as f64 / 4.0))
        };
        let known = durations(&labels.iter().filter_map(|label| line(label, &mut dice)).collect::<String>());
        let mut labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let parts = known.split(&labels, n);
        assert_eq!(parts.len(), n);

        let mut covered: Vec<&str> = parts.iter().flatten().copied().collect();
        let mut expected = labels.clone();
        covered.sort_unstable();
        expected.sort_unstable();
        assert_eq!(covered, expected);

        let times: Vec<Duration> = labels.iter().map(|label| known.of(label)).collect();
        let longest_part =
            parts.iter().map(|part| part.iter().map(|label| known.of(label)).sum::<Duration>()).max().unwrap();
        // Greedy, hence never worse than this, whatever the best may be.
        let (sum, longest) = (times.iter().sum::<Duration>(), times.iter().max().copied().unwrap_or_default());
        let bound = sum.as_secs_f64() / n as f64 + longest.as_secs_f64() * (1.0 - 1.0 / n as f64);
        assert!(longest_part.as_secs_f64() <= bound + 1e-9, "{longest_part:?} {bound}");
        assert!(longest_part.as_secs_f64() + 1e-9 >= longest.as_secs_f64().max(sum.as_secs_f64() / n as f64));
        if small {
            let best = optimum(&times, &mut vec![Duration::ZERO; n]).as_secs_f64();
            let bound = best * (4.0 / 3.0 - 1.0 / (3.0 * n as f64));
            assert!(longest_part.as_secs_f64() <= bound + 1e-9, "{longest_part:?} {best} {n} {times:?}");
        }

        for at in (1..labels.len()).rev() {
            labels.swap(at, dice.below(at + 1));
        }
        assert_eq!(known.split(&labels, n), parts, "in any order");
    }
    assert_eq!(durations("").split(&["a", "a", "b"], 0), [["a", "b"]]);
}

#[test]
fn the_last_runs_are_remembered() {
    let (folder, cache) = (Folder::new(""), tempfile::tempdir().unwrap());
    let settings = Settings { cache: cache.path().to_owned(), ..Settings::new(folder.path()).unwrap() };
    assert_eq!(History::read(&settings), History::default());
    for run in 1..=7 {
        remember(&settings, &[("a".into(), seconds(f64::from(run))), (format!("b-{run}"), seconds(0.5))]);
    }
    let history = History::read(&settings);
    assert_eq!(history.of("a"), [3.0, 4.0, 5.0, 6.0, 7.0].map(seconds));
    assert_eq!((history.of("b-1"), history.of("none")), (&[seconds(0.5)][..], &[][..]));
    let files = listing(&cache.path().join("sites"));
    assert!(files.len() == 1 && files[0].0.ends_with(".history"), "{files:?}");
    fs::write(cache.path().join("sites").join(&files[0].0), b"a 1 x -2 1e300 2\n\xff\n\n").unwrap();
    assert_eq!(History::read(&settings).of("a"), [1.0, 2.0].map(seconds));
    // Where it cannot be written, nothing happens.
    let nowhere = Settings { cache: folder.path().join("file"), ..settings };
    folder.write("file", "");
    remember(&nowhere, &[("a".into(), seconds(1.0))]);
    assert_eq!(History::read(&nowhere), History::default());
}

#[test]
fn durations_are_read_and_concern_no_page() {
    let files = "== content/index.md ==\n# Home\n\nWords.\n";
    let folder = Folder::new(files);
    folder.write(FILE, "fig-a 12\n<<<<<<< HEAD\n");
    let report = folder.build();
    assert_eq!(lines(&report.mistakes, &report.tree), Vec::<String>::new());
    assert_eq!(Durations::read(&report.tree).known("fig-a"), Some(seconds(12.0)));
    assert_eq!(folder.read(FILE), "fig-a 12\n<<<<<<< HEAD\n", "nothing ran, so nothing is written");
    for (path, bytes) in site(files).files {
        assert_eq!(fs::read(folder.path().join("public").join(&*path)).unwrap(), *bytes, "{path}");
    }
}
