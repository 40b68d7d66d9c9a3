//! Building from folder to folder: what is written, what is left alone, and what runs again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use theoria::guide::job::Job;
use theoria::guide::ledger;
use theoria::guide::model;
use theoria::guide::plan::{Surroundings, plan};
use theoria::record::{Claim, Mark, Panel, Record, Series, Value};
use theoria::shell::build::{self, Request};
use theoria::shell::{disk, library};

use crate::support::{Folder, lines, listing, run};

const SITE: &str = "== theoria.yaml ==\ntitle: Tests\n== content/index.md ==\n# Home\n\nSee @fig-growth: {{growth.slope:.2}}.\n\
    == content/first/01-one.md ==\n---\ntitle: One\n---\n$x$ and @eq-a.\n\n```rust cell\n//| label: fig-growth\n//| caption: It grows.\n\
    //| alt: A line.\nshow.value(\"slope\", 2.0);\n```\n\n$$\ny = {{growth.slope}} \\label{eq-a}\n$$\n\
    == content/first/picture.svg ==\n<svg/>\n== content/second.md ==\n---\ntitle: Two\ndate: 2020-01-02\n---\n[One](first/01-one.md) ![A dot](first/picture.svg)\n";

/// What the cell of [`SITE`] would show, had it run.
fn record() -> Record {
    let columns = vec![vec![1.0, 2.0, 3.0], vec![2.0, 4.0, 6.0]];
    let panel = Panel { series: vec![Series { name: "a".into(), mark: Mark::Line, columns }], ..Panel::default() };
    let claim = Claim { name: "it is two".into(), ..Claim::close(2.0, 2.0) };
    Record {
        values: vec![Value { name: "slope".into(), number: 2.0 }],
        panels: vec![panel],
        claims: vec![claim],
        ..Record::default()
    }
}

fn jobs(root: &Path) -> Vec<Job> {
    let tree = disk::read(root).unwrap();
    let (guide, _) = model::parse(&tree);
    plan(&guide, &tree, &Surroundings { library: library::digest(), lock: None }).0
}

/// A record for a cell, as if it had run just now.
fn keep(folder: &Folder, label: &str, record: &Record) -> Vec<String> {
    let jobs = jobs(folder.path());
    let job = jobs.iter().find(|job| job.label == label).unwrap();
    let files = ledger::write(job, record);
    files.iter().for_each(|(path, bytes)| folder.write(path, bytes));
    files.into_iter().map(|(path, _)| path).collect()
}

fn fresh() -> Folder {
    let folder = Folder::new(SITE);
    keep(&folder, "fig-growth", &record());
    folder
}

/// When each file of a folder was last written.
fn times(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let time = |(path, _): (String, Vec<u8>)| {
        let path = folder.join(path);
        (path.clone(), fs::metadata(path).unwrap().modified().unwrap())
    };
    listing(folder).into_iter().map(time).collect()
}

#[test]
fn a_second_build_writes_nothing_and_runs_nothing() {
    let folder = fresh();
    let first = folder.build();
    assert_eq!(lines(&first.mistakes, &first.tree), Vec::<String>::new());
    assert!(first.written.unwrap() > 10 && first.ran.is_empty());
    assert_eq!((first.pages, first.cells), (3, 1));
    let before = times(folder.path());
    std::thread::sleep(std::time::Duration::from_millis(20));
    let second = folder.build();
    assert_eq!((second.written, second.ran.len()), (Some(0), 0));
    assert_eq!(times(folder.path()), before);
}

#[test]
fn two_folders_and_two_processes_give_the_same_bytes() {
    let (one, two) = (fresh(), fresh());
    one.build();
    let status = Command::new(env!("CARGO_BIN_EXE_theoria"))
        .args(["build", "--frozen", "--site"])
        .arg(two.path())
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .unwrap()
        .status;
    assert!(status.success());
    let (a, b) = (listing(&one.path().join("public")), listing(&two.path().join("public")));
    assert_eq!(a.iter().map(|file| &file.0).collect::<Vec<_>>(), b.iter().map(|file| &file.0).collect::<Vec<_>>());
    for (a, b) in a.iter().zip(&b) {
        assert!(a.1 == b.1, "{} differs:\n{}\n{}", a.0, String::from_utf8_lossy(&a.1), String::from_utf8_lossy(&b.1));
        assert!(!String::from_utf8_lossy(&a.1).contains(&*one.path().to_string_lossy()), "{} holds a path", a.0);
    }
}

#[test]
fn what_a_site_no_longer_has_disappears() {
    let folder = fresh();
    folder.build();
    assert!(folder.has("public/second/index.html") && folder.has("public/first/picture.svg"));
    fs::remove_file(folder.path().join("content/second.md")).unwrap();
    fs::remove_file(folder.path().join("content/first/picture.svg")).unwrap();
    folder.write("public/first/stray.txt", "put here by hand");
    assert!(folder.build().written.unwrap() > 0);
    for gone in ["public/second", "public/first/picture.svg", "public/first/stray.txt"] {
        assert!(!folder.has(gone), "{gone}");
    }
    assert!(folder.has("public/first/one/index.html"));
}

#[test]
fn a_file_may_become_a_folder_and_a_folder_a_file() {
    let folder = fresh();
    folder.write("content/note", "a file without an ending");
    folder.build();
    assert_eq!(folder.read("public/note"), "a file without an ending");
    fs::remove_file(folder.path().join("content/note")).unwrap();
    fs::remove_file(folder.path().join("content/second.md")).unwrap();
    folder.write("content/note.md", "---\ntitle: Note\n---\nNow a page.\n");
    folder.write("content/second", "now a file");
    assert!(folder.build().written.is_some());
    assert!(folder.read("public/note/index.html").contains("Now a page."));
    assert_eq!(folder.read("public/second"), "now a file");
}

#[test]
fn a_folder_with_files_of_others_is_refused() {
    let folder = fresh();
    folder.write("home/letter.txt", "mine");
    // A folder of that name is no mark: caches are called so, too.
    folder.write("home/.theoria/cache", "");
    let request = Request { output: folder.path().join("home"), ..folder.request() };
    let failure = build::build(&request, &|_| ()).unwrap_err().to_string();
    assert!(failure.contains("holds files that are not Theoria's") && failure.contains("--output"), "{failure}");
    assert_eq!(folder.read("home/letter.txt"), "mine");
    assert_eq!(listing(&folder.path().join("home")).len(), 2);
    let inside = Request { output: folder.path().to_owned(), ..folder.request() };
    assert!(build::build(&inside, &|_| ()).is_err());
    assert_eq!(folder.read("theoria.yaml"), "title: Tests\n");
}

#[test]
fn an_output_inside_the_input_is_refused() {
    let folder = fresh();
    let request = Request { output: folder.path().join("content/public"), ..folder.request() };
    let failure = build::build(&request, &|_| ()).unwrap_err().to_string();
    assert!(failure.contains("would be read again"), "{failure}");
    assert!(!folder.has("content/public"));
}

#[test]
fn after_any_edit_the_site_is_what_a_fresh_build_gives() {
    let folder = fresh();
    folder.build();
    let page = folder.read("content/first/01-one.md");
    for edit in 0..6 {
        match edit {
            0 => folder.write("content/first/01-one.md", page.replace("title: One", "title: \"One $x$\"")),
            1 => folder.write("content/first/02-new.md", "---\ntitle: New\n---\n::: {.question #q-a}\nWhy?\n:::\n"),
            2 => folder.write("content/first/sequence-metadata.yaml", "title: Renamed\nnumbered: false\n"),
            3 => fs::rename(folder.path().join("content/second.md"), folder.path().join("content/third.md")).unwrap(),
            4 => folder.write("templates/byline.html", "<p>By hand.</p>"),
            _ => fs::remove_file(folder.path().join("content/first/02-new.md")).unwrap(),
        }
        let report = folder.build();
        assert_eq!(lines(&report.mistakes, &report.tree), Vec::<String>::new(), "edit {edit}");
        assert!(report.written.unwrap() > 0, "edit {edit}");
        let elsewhere = tempfile::tempdir().unwrap();
        let output = elsewhere.path().join("fresh");
        run(&Request { output: output.clone(), ..folder.request() });
        assert!(listing(&output) == listing(&folder.path().join("public")), "edit {edit}");
    }
}

#[test]
fn mistakes_leave_the_last_good_site_alone() {
    let folder = fresh();
    folder.build();
    let good = listing(&folder.path().join("public"));
    folder.write("content/second.md", "---\ntitle: Two\n---\n@fig-none\n");
    let report = folder.build();
    assert_eq!((report.mistakes.errors(), report.written), (1, None));
    assert_eq!(listing(&folder.path().join("public")), good);
}

#[test]
fn a_spoilt_record_is_told_and_left_for_its_author() {
    let folder = fresh();
    let path = "content/first/01-one.ledger/fig-growth.record";
    let spoilt = folder.read(path).replacen("value slope", "<<<<<<< ours\nvalue slope", 1);
    folder.write(path, &spoilt);
    let report = run(&folder.request());
    assert!(lines(&report.mistakes, &report.tree).iter().any(|line| line.contains("bad-ledger")));
    assert_eq!((report.ran.len(), folder.read(path)), (0, spoilt));
}

#[test]
fn a_page_with_carriage_returns_has_the_same_programs() {
    let programs = |page: String| {
        let folder = Folder::new(SITE);
        folder.write("content/first/01-one.md", &page);
        let job = jobs(folder.path()).remove(0);
        (job.manifest.clone(), theoria::guide::job::module(&page, &[&job]).replace('\r', ""))
    };
    let page = fresh().read("content/first/01-one.md");
    let (manifest, module) = programs(page.replace('\n', "\r\n"));
    assert!(module.contains("show.value(\"slope\", 2.0);"), "{module}");
    assert_eq!((manifest, module), programs(page));
}

#[test]
fn a_crate_beside_the_site_is_part_of_what_a_result_depends_on() {
    let folder = fresh();
    folder.write("theoria.yaml", "title: T\ncells:\n  dependencies:\n    mine: {path: mine}\n");
    folder.write("mine/Cargo.toml", "[package]\nname = \"mine\"\n");
    folder.write("mine/src/lib.rs", "pub fn f() -> f64 { 2.5 }");
    folder.write("mine/target/debug/mine", "not a source");
    let calls = "```rust cell\n//| label: calls\nlet f = mine::f();\n```\n\n";
    let follows = "```rust cell\n//| label: follows\n//| after: calls\nshow.value(\"f\", f);\n```\n";
    folder.write("content/third.md", format!("---\ntitle: Three\n---\n{calls}{follows}"));
    let manifests = || jobs(folder.path()).into_iter().map(|job| (job.label, job.manifest)).collect::<BTreeMap<_, _>>();
    let before = manifests();
    let changes = || {
        let now = manifests();
        let of = |label: &str| now[label].changes(&before[label]).join("; ");
        ["fig-growth", "calls", "follows"].map(of)
    };
    folder.write("mine/target/debug/mine", "changed");
    assert_eq!(changes(), ["", "", ""]);
    folder.write("mine/src/lib.rs", "pub fn f() -> f64 { 9.5 }");
    assert_eq!(changes(), ["", "`crate mine` changed", "`crate mine` changed"], "who names no crate calls none");
    folder.write("mine/Cargo.toml", "[package]\nname = \"mine\"\n[dependencies]\nndarray = \"0.17\"\n");
    assert_eq!(changes()[0], "`crate mine/Cargo.toml` changed", "features are shared by all");
}

#[test]
fn what_is_hidden_from_the_reader_is_told() {
    let folder = Folder::new(SITE);
    let columns = vec![vec![0.0, 1.0], vec![1.0, 2.0]];
    let mut panel = Panel { series: vec![Series { name: "a".into(), mark: Mark::Line, columns }], ..Panel::default() };
    panel.x.log = true;
    keep(&folder, "fig-growth", &Record { panels: vec![panel], ..record() });
    folder.write(
        "content/third.md",
        "---\ntitle: Three\n---\n## Sec {#fig-growth-1}\n\n<b id=\"x\">x</b> <b id=\"x\">y</b>\n",
    );
    folder.write("content/404.html", "<p>");
    let report = run(&folder.request());
    let told = lines(&report.mistakes, &report.tree).join("\n");
    for part in [
        "content/first/01-one.md:6:1 warning bad-result: the figure `fig-growth` is not drawn as it was shown",
        "content/404.html:1:1 duplicate-url",
    ] {
        assert!(told.contains(part), "{part} in\n{told}");
    }
    std::fs::remove_file(folder.path().join("content/404.html")).unwrap();
    let report = run(&folder.request());
    let told = lines(&report.mistakes, &report.tree).join("\n");
    assert!(told.contains("duplicate-label: the finished page 'third/index.html' has the id `x` twice"), "{told}");
}

#[test]
fn a_template_may_replace_one_block_of_the_default() {
    let folder = fresh();
    folder.write(
        "templates/404.html",
        "{% extends \"theoria/404.html\" %}{% block footer %}<footer>Mine</footer>{% endblock %}",
    );
    let report = run(&folder.request());
    assert_eq!(lines(&report.mistakes, &report.tree), Vec::<String>::new());
    let page = folder.read("public/404.html");
    assert!(page.contains("<footer>Mine</footer>") && page.contains("There is no page here"));
}

#[test]
fn a_folder_in_order_gives_its_address_without_the_number() {
    let folder = fresh();
    folder.write("content/02-later/01-a.md", "---\ntitle: A\n---\n![A dot](dot.svg) [again](?x=1#y)\n\n## Y\n");
    folder.write("content/02-later/100% a#b.txt", "words");
    folder.write("content/02-later/02-b.md", "---\ntitle: B\n---\n[words](<100%25 a%23b.txt>)\n");
    folder.write("content/02-later/dot.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    folder.write("content/02-later/sequence-metadata.yaml", "title: Later chapters\n");
    let report = run(&folder.request());
    assert_eq!(lines(&report.mistakes, &report.tree), Vec::<String>::new());
    assert!(folder.read("public/later/b/index.html").contains("href=\"../../later/100%25%20a%23b.txt\""));
    assert!(folder.read("public/later/a/index.html").contains("src=\"../../later/dot.svg\""));
    assert!(folder.has("public/later/dot.svg") && folder.read("public/later/index.html").contains("Later chapters"));
}

#[test]
fn a_broken_claim_is_published_with_its_mistake() {
    let folder = Folder::new(SITE);
    let claim = Claim { name: "it is two".into(), ..Claim::close(2.5, 2.0).abs(0.25) };
    keep(&folder, "fig-growth", &Record { claims: vec![claim], ..record() });
    let report = folder.build();
    let told = "content/first/01-one.md:6:1 claim-broken: the claim 'it is two' does not hold: measured 2.5, predicted 2, allowed";
    assert!(lines(&report.mistakes, &report.tree)[0].starts_with(told));
    assert!(report.written.is_some());
    assert!(folder.read("public/first/one/index.html").contains("<span class=\"verdict\">broken</span>"));
    assert!(folder.read("public/claims/index.html").contains("it is two"));
}

#[test]
fn what_is_stale_and_what_is_not() {
    let folder = fresh();
    let page = folder.read("content/first/01-one.md");
    let stale = |from: &str, to: &str| {
        assert!(page.contains(from), "{from}");
        folder.write("content/first/01-one.md", page.replacen(from, to, 1));
        let report = run(&Request { frozen: true, check_only: true, ..folder.request() });
        let mut told = lines(&report.mistakes, &report.tree);
        told.retain(|line| line.contains("stale-record"));
        told
    };
    for (from, to) in [
        ("It grows.", "It grows faster."),
        ("A line.", "A straight line."),
        ("show.value", "// why\n/* not */ show.value"),
        ("2.0);", "2.0 ) ;\n"),
        ("$x$", "More words.\n\n$x$"),
        ("//| alt", "//| time_limit: 7\n//| echo: true\n//| alt"),
    ] {
        assert_eq!(stale(from, to), Vec::<String>::new(), "{to}");
    }
    for (from, to, why) in [
        ("2.0);", "3.0);", "`program` changed"),
        ("//| alt", "//| seed: 7\n//| alt", "`seed` changed"),
        ("//| alt", "//| data: picture.svg\n//| alt", "`data picture.svg` is new"),
    ] {
        let told = stale(from, to);
        assert_eq!(told.len(), 1, "{to}: {told:?}");
        assert!(told[0].contains("stale-record: the record of the cell `fig-growth` is out of date: "), "{told:?}");
        assert!(told[0].ends_with(why), "{told:?}");
    }
}

#[test]
fn a_cell_that_moved_is_not_answered_by_its_old_record() {
    let folder = fresh();
    let page = folder.read("content/first/01-one.md");
    let (before, rest) = page.split_once("```rust").unwrap();
    let (cell, after) = rest.split_once("```\n").unwrap();
    folder.write("content/first/01-one.md", format!("{before}{after}"));
    let cell = cell.replace("2.0);", "3.0);");
    let picture = "![A dot](first/picture.svg)";
    folder.write("content/second.md", format!("---\ntitle: Two\n---\n{picture}\n\n```rust{cell}```\n"));
    let moved = Record { values: vec![Value { name: "slope".into(), number: 3.0 }], ..record() };
    keep(&folder, "fig-growth", &moved);
    let report = run(&Request { frozen: true, ..folder.request() });
    let orphan =
        "content/first/01-one.ledger/fig-growth.record:1:1 warning orphan-record: no cell asks for this record";
    assert_eq!(lines(&report.mistakes, &report.tree), [orphan]);
    assert!(folder.read("public/index.html").contains(">3.00</span>"));
}

#[test]
fn a_site_elsewhere_is_built_there() {
    let (folder, elsewhere) = (fresh(), tempfile::tempdir().unwrap());
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_theoria"));
        let output =
            command.args(words).arg("--site").arg(folder.path()).current_dir(elsewhere.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(run(&["check"]).0, Some(0));
    assert!(!folder.has("public"));
    assert_eq!(run(&["build", "--frozen"]).0, Some(0));
    assert!(folder.has("public/index.html") && listing(elsewhere.path()).is_empty());
    assert_eq!(run(&["build", "--frozen", "--output", "site"]).0, Some(0));
    assert!(elsewhere.path().join("site/index.html").exists());
    folder.write("content/second.md", "---\ntitle: Two\n---\n@fig-none\n");
    let (code, told) = run(&["check"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("error[missing-label]: nothing has the label `fig-none`"), "{told}");
    assert!(told.contains("content/second.md:4:1"), "{told}");
    let (code, told) = run(&["serve", "--output", "nowhere"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("run `theoria build` first"), "{told}");
}

/// Three cells, the second after the first, run by the compiler: once for all that needs one.
const CELLS: &str = "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: base\nlet base = 2.0; // two\nshow.value(\"base\", base);\n```\n\n\
    ```rust cell\n//| label: fig-after\n//| after: base\n//| caption: One.\n//| alt: Two.\nlet x: Vec<f64> = (0..600).map(f64::from).collect();\n\
    show.line(\"\", &x, x.iter().map(|x| x * base));\n```\n\n```rust cell\n//| label: alone\nshow.value(\"alone\", 7);\n```\n\n{{base.base}} {{alone.alone}}\n";

/// Labels of the cells that a build ran, as its messages tell, and the arrays that it kept.
fn ran(folder: &Folder) -> (Vec<String>, Vec<String>) {
    let output = Command::new(env!("CARGO_BIN_EXE_theoria"))
        .args(["build", "--site"])
        .arg(folder.path())
        .env("THEORIA_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    let mut labels: Vec<String> =
        told.lines().filter_map(|line| line.strip_prefix("running ")).map(str::to_owned).collect();
    labels.sort();
    let arrays = listing(&folder.path().join("content/a.ledger")).into_iter().map(|(name, _)| name);
    (labels, arrays.filter(|name| name.ends_with(".npy")).collect())
}

#[test]
fn a_change_runs_the_cells_that_it_concerns_and_no_other() {
    let folder = Folder::new(CELLS);
    let edit = |from: &str, to: &str| {
        let page = folder.read("content/a.md");
        assert!(page.contains(from), "{from}");
        folder.write("content/a.md", page.replacen(from, to, 1));
    };
    let (labels, first) = ran(&folder);
    assert_eq!((labels, first.len()), (vec!["alone".into(), "base".into(), "fig-after".into()], 1));
    assert_eq!(ran(&folder), (vec![], first.clone()));
    edit("One.", "A caption.");
    edit("// two", "// still two");
    assert_eq!(ran(&folder), (vec![], first.clone()));
    edit("2.0", "3.0");
    let (labels, second) = ran(&folder);
    assert_eq!((labels, second.len()), (vec!["base".to_owned(), "fig-after".to_owned()], 1));
    assert_ne!(second, first, "the old array is gone and the new one has another name");
    edit("7", "8");
    assert_eq!(ran(&folder).0, ["alone"]);
    assert!(folder.read("public/a/index.html").contains(">8</span>"));
}
