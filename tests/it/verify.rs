//! `theoria verify` and `accept`, from end to end: what turns red, what does not, and what is written.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Folder, listing};

/// Runs the program on a site: exit code, standard output and standard error.
fn theoria(folder: &Folder, words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_theoria"));
    command.args(words).arg("--site").arg(folder.path()).env_remove("GITHUB_ACTIONS");
    command.env("THEORIA_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// A verification: exit code, the verdict of each cell by its label, and what was said on standard error.
fn verify(folder: &Folder, words: &[&str]) -> (i32, BTreeMap<String, Value>, String) {
    let before = listing(folder.path());
    let (code, stdout, stderr) = theoria(folder, &[&["verify", "--format", "json"], words].concat());
    assert!(listing(folder.path()) == before, "verification writes nothing");
    let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}\n{stderr}"));
    let cells = report["cells"].as_array().unwrap().iter();
    (code, cells.map(|cell| (cell["label"].as_str().unwrap().to_owned(), cell.clone())).collect(), stderr)
}

/// Each cell's status, as `label status`.
fn statuses(cells: &BTreeMap<String, Value>) -> Vec<String> {
    cells.iter().map(|(label, cell)| format!("{label} {}", cell["status"].as_str().unwrap())).collect()
}

fn build(folder: &Folder) -> String {
    let (code, _, told) = theoria(folder, &["build"]);
    assert_eq!(code, 0, "{told}");
    told
}

fn edit(folder: &Folder, path: &str, from: &str, to: &str) {
    let text = folder.read(path);
    assert!(text.contains(from), "'{from}' in {text}");
    folder.write(path, text.replacen(from, to, 1));
}

/// A crate with a constant; a figure that uses it, one that comes after it, and one that does not.
const SITE: &str = "== theoria.yaml ==\ntitle: T\ncells:\n  dependencies:\n    mine: {path: mine}\n\
    == mine/Cargo.toml ==\n[package]\nname = \"mine\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\
    == mine/src/lib.rs ==\npub fn speed(x: f64) -> f64 {\n    3.0 * x\n}\n\
    == content/a.md ==\n---\ntitle: A\n---\nWords, and {{uses.speed}}.\n\n\
    ```rust cell\n//| label: fig-uses\n//| caption: c\n//| alt: a\nlet x: Vec<f64> = (0..20).map(f64::from).collect();\n\
    show.line(\"path\", &x, x.iter().map(|x| mine::speed(*x)));\nshow.value(\"speed\", mine::speed(1.0));\n\
    show.claim(\"Three\", Claim::close(mine::speed(1.0), 3.0).rel(0.01));\n```\n\n\
    ```rust cell\n//| label: fig-follows\n//| after: fig-uses\n//| caption: c\n//| alt: a\n\
    let y: Vec<f64> = (0..700).map(|i| mine::speed(x[3]) + f64::from(i)).collect();\n\
    show.points(\"dots\", 0..700, &y);\n```\n\n\
    == content/b.md ==\n---\ntitle: B\n---\n```rust cell\n//| label: plain\nshow.value(\"one\", 1.0);\n\
    let mut rng = show.rng();\nshow.value(\"draw\", rng.normal());\n```\n";

#[test]
fn a_changed_constant_turns_the_right_figures_red_and_only_those() {
    let folder = Folder::new(SITE);
    build(&folder);
    let (code, cells, told) = verify(&folder, &[]);
    assert_eq!((code, told.contains("error")), (0, false), "{told}");
    assert_eq!(statuses(&cells), ["fig-follows reproduced", "fig-uses reproduced", "plain reproduced"]);
    assert!(cells.values().all(|cell| cell["identical"] == true && cell["numbers"].as_u64().unwrap() > 0));
    // Prose, captions and comments are no part of a result.
    edit(&folder, "content/a.md", "Words", "Other words");
    edit(&folder, "content/a.md", "caption: c", "caption: d");
    edit(&folder, "content/b.md", "show.value", "// why\nshow.value");
    assert!(build(&folder).contains("3 cells, 0 run"));
    assert_eq!(verify(&folder, &[]).0, 0);

    edit(&folder, "mine/src/lib.rs", "3.0", "3.000003");
    let (code, cells, told) = verify(&folder, &[]);
    assert_eq!(code, 1);
    assert_eq!(statuses(&cells), ["fig-follows drifted", "fig-uses drifted", "plain reproduced"]);
    let worst = &cells["fig-uses"]["drifts"][0]["worst"];
    assert_eq!(worst["place"], "value speed");
    assert_eq!((worst["recorded"].as_f64(), worst["fresh"].as_f64()), (Some(3.0), Some(3.000003)));
    assert!((worst["relative"].as_f64().unwrap() / 1e-6 - 1.0).abs() < 1e-6);
    assert_eq!(cells["fig-uses"]["changed"][0], "`crate mine` changed");
    assert_eq!(cells["fig-follows"]["drifts"][0]["count"], 700);
    for part in [
        "error[drifted]: the cell `fig-uses` has drifted: value speed: recorded 3.0, now 3.000003",
        "content/a.md:6:1",
        "theoria accept fig-follows",
        "since the record was made, `crate mine` changed",
    ] {
        assert!(told.contains(part), "'{part}' in {told}");
    }
    assert_eq!(verify(&folder, &["plain"]).0, 0);
    assert_eq!(verify(&folder, &["uses", "plain"]).1.len(), 2);

    // What is accepted is recorded, that alone, and its diff says what moved.
    let before: BTreeMap<_, _> = listing(folder.path()).into_iter().collect();
    let (code, told, _) = theoria(&folder, &["accept"]);
    assert_eq!(code, 0);
    assert!(told.contains("value speed: was 3.0, is 3.000003") && told.contains("2 cells recorded, 1 left"), "{told}");
    let after: BTreeMap<_, _> = listing(folder.path()).into_iter().collect();
    let changed: Vec<&str> =
        after.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes)).map(|(path, _)| path.as_str()).collect();
    assert_eq!(changed.len(), 3, "{changed:?}");
    assert!(changed.iter().all(|path| path.starts_with("content/a.ledger/fig-")), "{changed:?}");
    let record = folder.read("content/a.ledger/fig-follows.record");
    assert!(record.contains("count 700 from 0.0 to 699.0 mean 349.5"), "{record}");
    assert_eq!(verify(&folder, &[]).0, 0);
    // And `build` says so when it replaces a record with other results.
    edit(&folder, "mine/src/lib.rs", "3.000003", "3.0");
    let told = build(&folder);
    assert!(
        told.contains("fig-uses has other results than were recorded: value speed: was 3.000003, is 3.0"),
        "{told}"
    );
    assert_eq!(verify(&folder, &["--repeat", "2"]).0, 0);
}

#[test]
fn a_ledger_that_was_tampered_with_is_never_silently_accepted() {
    let folder = Folder::new(SITE);
    build(&folder);
    let path = "content/b.ledger/plain.record";
    let good = folder.read(path);
    edit(&folder, path, "value one 1.0", "value one 1.0001");
    let (code, cells, told) = verify(&folder, &[]);
    assert_eq!((code, statuses(&cells)[2].as_str()), (1, "plain drifted"), "{told}");
    assert!(told.contains("value one: recorded 1.0001, now 1.0"), "{told}");
    std::fs::remove_file(folder.path().join(path)).unwrap();
    let (code, cells, told) = verify(&folder, &[]);
    assert_eq!((code, statuses(&cells)[2].as_str()), (1, "plain unrecorded"), "{told}");
    let utf16: Vec<u8> = "\u{feff}".encode_utf16().chain(good.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (spoilt, why) in [
        (good.as_bytes()[..good.len() / 2].to_vec(), "cut short"),
        (good.replace("value one", "<<<<<<< ours\nvalue one").into_bytes(), "unresolved merge"),
        (utf16, "not UTF-8"),
        (Vec::new(), "cut short"),
        (good.replace("value one 1.0", "value one nan").into_bytes(), "not a finite number"),
    ] {
        folder.write(path, &spoilt);
        let (code, cells, told) = verify(&folder, &["plain"]);
        assert_eq!((code, statuses(&cells)[0].as_str()), (1, "plain unrecorded"), "{told}");
        assert!(told.contains("error[bad-ledger]") && told.contains(why) && told.contains(path), "{told}");
        assert_eq!(told.matches("error[").count(), 1, "{told}");
        // Nobody but its author throws it away.
        assert_eq!(theoria(&folder, &["build"]).0, 1);
        assert_eq!(theoria(&folder, &["accept"]).0, 1);
        assert!(listing(folder.path()).iter().any(|(name, bytes)| name == path && *bytes == spoilt), "{why}");
    }
    let (code, told, _) = theoria(&folder, &["accept", "plain"]);
    assert_eq!((code, folder.read(path)), (0, good), "{told}");
    assert_eq!(verify(&folder, &[]).0, 0);
}

/// One cell for each verdict.
const VERDICTS: &str = "== content/a.md ==\n---\ntitle: A\n---\n\
    ```rust cell\n//| label: good\n//| tolerance: {a: {rel: 1e-6, reason: none}}\nshow.value(\"a\", 1.0);\n```\n\n\
    ```rust cell\n//| label: fails\nlet x: f64 = \"1.0\".parse()?;\nshow.value(\"x\", x);\n```\n\n\
    ```rust cell\n//| label: claims\nshow.claim(\"two is two\", Claim::close(2.5, 2.0).abs(0.25));\n```\n\n\
    ```rust cell\n//| label: reads\n//| data: large.csv\nshow.value(\"sum\", show.csv(\"large.csv\").sum());\n```\n\n\
    ```rust cell\n//| label: seeded\nshow.value(\"a\", 4.0);\n```\n\n\
    ```rust cell\n//| label: clock\nlet now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;\n\
    show.value(\"now\", now.subsec_nanos());\n```\n\n\
    ```rust cell\n//| label: threads\nshow.value(\"threads\", ::theoria::theory::parallel::threads());\n```\n\
    == content/large.csv ==\n1,2\n3,4\n";

#[test]
fn every_verdict_is_given_where_it_is_due() {
    let folder = Folder::new(VERDICTS);
    assert_eq!(theoria(&folder, &["build"]).0, 1, "a claim is broken");
    let edit = |from: &str, to: &str| edit(&folder, "content/a.md", from, to);
    edit("\"1.0\".parse", "\"one\".parse");
    edit("label: seeded", "label: seeded\n//| seed: 5");
    edit("rel: 1e-6, reason: none", "rel: 0.5");
    edit("a: {rel", "b: 1, a: {rel");
    std::fs::remove_file(folder.path().join("content/large.csv")).unwrap();
    std::fs::remove_file(folder.path().join("content/a.ledger/good.record")).unwrap();
    edit_record(&folder, "content/a.ledger/threads.record", "value threads", "value thread");
    let (code, cells, told) = verify(&folder, &[]);
    assert_eq!(code, 1);
    let expected = [
        "claims claim-broken",
        "clock drifted",
        "fails failed",
        "good unrecorded",
        "reads skipped",
        "seeded stale",
        "threads drifted",
    ];
    assert_eq!(statuses(&cells), expected, "{told}");
    assert_eq!(cells["claims"]["broken"][0]["measured"].as_f64(), Some(2.5));
    assert_eq!(cells["seeded"]["changed"][0], "`seed` changed");
    assert!(cells["fails"]["reason"].as_str().unwrap().contains("invalid float literal"));
    assert!(cells["reads"]["reason"].as_str().unwrap().contains("'content/large.csv' is not on this machine"));
    assert!(cells["fails"]["seconds"].is_null() && cells["reads"]["seconds"].is_null());
    for part in [
        "error[cell-panicked]",
        "error[claim-broken]",
        "error[stale-record]: the record of the cell `seeded` is out of date: `seed` changed; its results are the same",
        "error[stale-record]: the cell `good` has no record to compare with",
        "warning[missing-data]: the data file 'content/large.csv' is not here",
        "value threads: recorded nothing of the kind, now a number",
    ] {
        assert!(told.contains(part), "'{part}' in {told}");
    }
    // The record of what cannot be computed here is used as it is, frozen or not, and stays as it is.
    let record = folder.read("content/a.ledger/reads.record");
    let (_, _, told) = theoria(&folder, &["build"]);
    assert!(!told.contains("missing-data] the data") && !told.contains("running reads"), "{told}");
    assert_eq!(folder.read("content/a.ledger/reads.record"), record);
    // With its program changed it is of no use.
    edit("show.csv(\"large.csv\").sum()", "show.csv(\"large.csv\").sum() + 1.0");
    let (code, _, told) = verify(&folder, &["reads"]);
    assert!(
        code == 1 && told.contains("error[missing-data]: the data file 'content/large.csv' does not exist"),
        "{told}"
    );
}

fn edit_record(folder: &Folder, path: &str, from: &str, to: &str) {
    edit(folder, path, from, to);
}

#[test]
fn chance_and_threads_are_found_out_and_tolerances_are_weighed() {
    let folder = Folder::new(&VERDICTS.replace("2.5, 2.0", "2.2, 2.0"));
    theoria(&folder, &["build"]);
    let (code, cells, told) = verify(&folder, &["clock", "threads", "good", "--repeat", "2"]);
    assert_eq!(
        (code, statuses(&cells)),
        (1, ["clock failed", "good reproduced", "threads reproduced"].map(str::to_owned).to_vec())
    );
    assert!(
        told.contains("error[unsteady-cell]: this cell was run twice, and its results differ: value now: first"),
        "{told}"
    );
    let (code, cells, told) = verify(&folder, &["threads", "good", "--threads", "1,3"]);
    assert_eq!((code, statuses(&cells)), (1, ["good reproduced", "threads failed"].map(str::to_owned).to_vec()));
    assert!(
        told.contains(
            "this cell was run with 1 and with 3 threads, and its results differ: value threads: first 1.0, then 3.0"
        ),
        "{told}"
    );
    let warned = |tolerance: &str, part: &str| {
        edit(
            &folder,
            "content/a.md",
            "//| tolerance: {a: {rel: 1e-6, reason: none}}",
            &format!("//| tolerance: {tolerance}"),
        );
        let (code, _, told) = verify(&folder, &["good"]);
        assert!(code == 0 && told.contains(part) && told.contains("content/a.md:6:5"), "'{part}' in {told}");
        assert_eq!(verify(&folder, &["good", "--strict"]).0, 1);
        edit(
            &folder,
            "content/a.md",
            &format!("//| tolerance: {tolerance}"),
            "//| tolerance: {a: {rel: 1e-6, reason: none}}",
        );
    };
    warned("{a: 1e-6}", "warning[needless-tolerance]: the tolerance for `a` of the cell `good` was not needed");
    warned(
        "{a: 0.2}",
        "warning[loose-tolerance]: the tolerance for `a` of the cell `good` allows 20 % of what it is for",
    );
    warned(
        "{ab: 1e-6}",
        "warning[needless-tolerance]: a tolerance is declared for `ab`, but the cell `good` shows nothing",
    );
    let (code, cells, told) = verify(&folder, &["good", "--strict"]);
    assert_eq!((code, statuses(&cells)[0].as_str()), (0, "good reproduced"), "{told}");
    let (code, _, told) = theoria(&folder, &["verify", "goood"]);
    assert!(code == 2 && told.contains("there is no cell `goood`; did you mean `good`?"), "{told}");
}

#[test]
fn shards_are_disjoint_and_merge_into_the_whole() {
    let folder = Folder::new(SITE);
    build(&folder);
    edit(&folder, "content/b.ledger/plain.record", "value one 1.0", "value one 1.5");
    let mut merged = vec!["verify".to_owned(), "--format".into(), "json".into(), "--merge".into()];
    let mut codes = Vec::new();
    let reports = tempfile::tempdir().unwrap();
    for part in 1..=3 {
        let (file, shard) = (reports.path().join(format!("{part}.json")), format!("{part}/3"));
        codes.push(theoria(&folder, &["verify", "--shard", &shard, "--json", file.to_str().unwrap()]).0);
        merged.push(file.to_str().unwrap().to_owned());
    }
    codes.sort_unstable();
    assert_eq!(codes, [0, 0, 1]);
    let words: Vec<&str> = merged.iter().map(String::as_str).collect();
    let (code, stdout, _) = theoria(&folder, &words);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let labels = |cells: &Value| {
        cells.as_array().unwrap().iter().map(|cell| cell["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((code, labels(&report["cells"])), (1, ["fig-uses", "fig-follows", "plain"].map(str::to_owned).to_vec()));
    assert_eq!(report["cells"][2]["status"], "drifted");
    let (code, _, told) = theoria(&folder, &words[..words.len() - 1]);
    assert!(code == 2 && told.contains("the report of a shard is missing"), "{told}");
    let (code, _, told) = theoria(&folder, &["verify", "--shard", "4/3"]);
    assert!(code == 2 && told.contains("write it as 1/3"), "{told}");
}

#[test]
fn only_what_has_changed_since_a_revision_is_run() {
    let folder = Folder::new(SITE);
    build(&folder);
    let git = |words: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder.path()).args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(words);
        assert!(command.output().expect("git is installed").status.success(), "git {words:?}");
    };
    git(&["init", "-q"]);
    folder.write(".gitignore", "public\n");
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "one"]);
    let since = |folder: &Folder| {
        let (code, cells, told) = verify(folder, &["--changed-since", "HEAD"]);
        let run: Vec<String> = statuses(&cells).into_iter().filter(|line| !line.ends_with(" unchanged")).collect();
        assert_eq!(cells.len(), 3, "{told}");
        (code, run)
    };
    assert_eq!(since(&folder), (0, vec![]));
    edit(&folder, "content/a.md", "Words", "Other words");
    assert_eq!(since(&folder), (0, vec![]));
    let page = folder.read("content/b.md");
    edit(&folder, "content/b.md", "\"one\", 1.0", "\"one\", 2.0");
    assert_eq!(since(&folder), (1, vec!["plain drifted".into()]));
    // A record that was changed by hand, and a tolerance, are changes too.
    folder.write("content/b.md", page);
    edit(&folder, "content/b.ledger/plain.record", "value one 1.0", "value one 1.5");
    assert_eq!(since(&folder), (1, vec!["plain drifted".into()]));
    git(&["checkout", "-q", "content/b.ledger"]);
    edit(&folder, "content/b.md", "//| label: plain", "//| label: plain\n//| tolerance: 0");
    assert_eq!(since(&folder), (0, vec!["plain reproduced".into()]));
    edit(&folder, "mine/src/lib.rs", "3.0", "2.9");
    assert_eq!(since(&folder).1, ["fig-follows drifted", "fig-uses claim-broken", "plain reproduced"]);
    let (code, _, told) = theoria(&folder, &["verify", "--changed-since", "nowhere"]);
    assert!(code == 2 && told.contains("git: "), "{told}");
}
