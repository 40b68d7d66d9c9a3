//! Cells, compiled and run: what comes back, and where mistakes are blamed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use theoria::guide::job::{Job, Manifest};
use theoria::guide::mistake::{Mistake, Span};
use theoria::guide::program;
use theoria::guide::tree::Tree;
use theoria::shell::cells::{self, Progress, Run, Settings};
use theoria::shell::sandbox::Guard;

/// Pages in memory, the jobs of their cells, and a folder to run them for.
struct Site {
    tree: Tree,
    jobs: Vec<Job>,
    settings: Settings,
}

impl Site {
    fn new(name: &str, pages: &[(&str, &str)]) -> Site {
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let root = shared.join("sites").join(name);
        fs::create_dir_all(&root).unwrap();
        let settings = Settings { cache: shared.join("cache"), threads: 2, ..Settings::new(&root).unwrap() };
        let mut site = Site { tree: Tree::default(), jobs: Vec::new(), settings };
        for (path, text) in pages {
            site.tree.insert(path, text.as_bytes().to_vec());
            site.jobs.extend(jobs(path, text));
        }
        site
    }

    fn job(&mut self, label: &str) -> &mut Job {
        self.jobs.iter_mut().find(|job| job.label == label).unwrap()
    }

    fn run(&self) -> Run {
        let jobs: Vec<&Job> = self.jobs.iter().collect();
        cells::run(&jobs, &self.tree, &self.settings, &|_| ()).unwrap()
    }

    /// Each mistake as `path:line:column code text`.
    fn lines(&self, run: &Run) -> Vec<String> {
        run.mistakes.iter().map(|mistake| format!("{} {} {}", self.at(mistake), mistake.code, mistake.text)).collect()
    }

    fn at(&self, mistake: &Mistake) -> String {
        let (line, column) = self.tree.position(&mistake.span);
        format!("{}:{line}:{column}", mistake.span.file)
    }
}

/// The cells of a page, as planning would find them.
fn jobs(path: &str, text: &str) -> Vec<Job> {
    let (mut jobs, mut open, mut at): (Vec<Job>, Option<Job>, usize) = (Vec::new(), None, 0);
    for line in text.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let indent = line.len() - line.trim_start_matches(' ').len();
        if let Some(mut job) = open.take() {
            if line.trim() == "```" {
                job.span.end = start + line.trim_end().len();
                jobs.push(job);
                continue;
            }
            match line.trim().strip_prefix("//| label: ") {
                Some(label) => job.label = label.to_owned(),
                None => job.body.push(start + indent..end),
            }
            open = Some(job);
        } else if line.trim() == "```rust cell" {
            open = Some(Job {
                label: String::new(),
                span: Span::new(&path.into(), start + indent..end),
                body: Vec::new(),
                prologue: String::new(),
                seed: 1,
                data: Vec::new(),
                absent: Vec::new(),
                time_limit: Duration::from_secs(20),
                manifest: Manifest::default(),
            });
        }
    }
    jobs
}

fn labels(run: &Run) -> Vec<&str> {
    run.finished.iter().map(|cell| cell.label.as_str()).collect()
}

#[track_caller]
fn assert_starts(lines: &[String], expected: &[&str]) {
    let good = lines.len() == expected.len() && lines.iter().zip(expected).all(|(line, start)| line.starts_with(start));
    assert!(good, "found\n  {}\nexpected\n  {}", lines.join("\n  "), expected.join("\n  "));
}

const GOOD: &str = r#"# A page
Text before.

```rust cell
//| label: one
# let hidden = 2.0;
show.value("twice", hidden * 3.5);
let x = [1.0, 2.0, 4.0];
show.line("", x, x.map(|x| x * x));
```

- In a list:

  ```rust cell
  //| label: two
  let table = show.csv("numbers.csv");
  println!("\u{1b}[31mseen\u{1b}[0m");
  show.value("sum", table.sum() + base);
  ```

```rust cell
//| label: three
std::thread::sleep(std::time::Duration::from_millis(600));
show.value("env", std::env::vars().filter(|(name, _)| name.starts_with("THEORIA") || name == "HOME").count());
show.value("files", std::fs::read_dir(".")?.count());
```

```rust cell
//| label: four
std::thread::sleep(std::time::Duration::from_millis(600));
"#;

#[test]
fn values_come_back_in_the_order_of_the_jobs() {
    let text = format!("{GOOD}```\n");
    let mut site = Site::new("good", &[("content/a page/good.md", &text)]);
    fs::write(site.settings.root.join("numbers.csv"), "# note\n1,2\n3,4\n").unwrap();
    site.job("two").data = vec![("numbers.csv".into(), "numbers.csv".into())];
    site.job("two").prologue =
        program::prologue("let base = 100.0; // a base\nshow.value(\"base\", base);", 7).unwrap();
    let events = Mutex::new(Vec::new());
    let jobs: Vec<&Job> = site.jobs.iter().collect();
    let seen = |event: Progress| match event {
        Progress::Printed { label, text } => events.lock().unwrap().push(format!("{label} printed {text}")),
        Progress::Finished { label, .. } => events.lock().unwrap().push(format!("{label} finished")),
        _ => {}
    };
    let run = cells::run(&jobs, &site.tree, &site.settings, &seen).unwrap();
    assert_starts(&site.lines(&run), &[]);
    assert_eq!(labels(&run), ["one", "two", "three", "four"]);
    let value = |index: usize, name| run.finished[index].record.value(name);
    assert_eq!(value(0, "twice"), Some(7.0));
    assert_eq!(run.finished[0].record.panels[0].series[0].columns[1], [1.0, 4.0, 16.0]);
    assert_eq!((value(1, "sum"), value(1, "base")), (Some(110.0), None));
    assert_eq!((value(2, "env"), value(2, "files")), (Some(0.0), Some(0.0)));
    let events = events.into_inner().unwrap();
    assert_eq!(events.len(), 5, "{events:?}");
    assert!(events.contains(&"two printed seen\n".to_owned()), "{events:?}");
    runs_side_by_side(&site);
    assert_eq!(fs::read_dir(site.settings.cache.join("runs")).map_or(0, Iterator::count) % 2, 0);
}

/// Two cells that sleep for 0.6 s take less than 1.2 s.
fn runs_side_by_side(site: &Site) {
    let jobs: Vec<&Job> = site.jobs.iter().filter(|job| ["three", "four"].contains(&job.label.as_str())).collect();
    let started = Mutex::new(None);
    let took = Mutex::new(Duration::MAX);
    let seen = |event: Progress| match event {
        Progress::Started { .. } => drop(started.lock().unwrap().get_or_insert_with(Instant::now)),
        Progress::Finished { .. } => *took.lock().unwrap() = started.lock().unwrap().unwrap().elapsed(),
        _ => {}
    };
    cells::run(&jobs, &site.tree, &site.settings, &seen).unwrap();
    let took = took.into_inner().unwrap();
    assert!(took < Duration::from_millis(1150), "two cells at once took {took:?}");
}

const REFUSED: &str = r#"# Ünïcode

```rust cell
//| label: type-error
show.value("a", "text");
```

```rust cell
//| label: fine
show.value("a", 1);
```

```rust cell
//| label: unknown-name
let depths = [1.0, 2.0];
show.value("ü", 1); let é = deptsh[0];
```

```rust cell
//| label: no-semicolon
let a = 1
let b = 2;
```

```rust cell
//| label: open-brace
let f = |x: f64| { x + 1.0;
```

```rust cell
//| label: borrowed
let v = vec![1.0];
let w = v;
show.value("a", v[0]);
```

```rust cell
//| label: dropped
"1".parse::<f64>();
```

```rust cell
//| label: unfinished
let a =
```

```rust cell
//| label: macro
let v: Vec<f64> = vec![1.0, "b"];
```

```rust cell
//| label: after-bad
show.value("a", 1);
```

```rust cell
//| label: also-fine
let unused = 1;
show.value("a", 2);
```
"#;

#[test]
fn what_the_compiler_refuses_is_shown_in_the_page() {
    let crlf = "Text\r\n\r\n```rust cell\r\n//| label: crlf\r\nshow.value(\"a\", 1);\r\nlet x: f64 = 'c';\r\n```\r\n\
                ```rust cell\r\n//| label: crlf-fine\r\nshow.value(\"a\", \"x\r\ny\".len());\r\n```\r\n";
    let mut site = Site::new("refused", &[("content/a.md", REFUSED), ("content/crlf.md", crlf)]);
    site.job("after-bad").prologue = program::prologue("let x: f64 = 1;", 7).unwrap();
    let mut run = site.run();
    run.mistakes.sort();
    let expected = [
        "content/a.md:5:17 cell-does-not-compile the trait bound `&str: ",
        "content/a.md:16:29 cell-does-not-compile cannot find value `deptsh` in this scope (E0425)",
        "content/a.md:21:10 cell-does-not-compile expected `;`, found keyword `let`",
        "content/a.md:27:18 cell-does-not-compile this '{' is never closed",
        "content/a.md:34:17 cell-does-not-compile borrow of moved value: `v` (E0382)",
        "content/a.md:39:1 cell-does-not-compile unused `Result` that must be used",
        "content/a.md:44:7 cell-does-not-compile expected expression, found `;`",
        "content/a.md:49:29 cell-does-not-compile mismatched types (E0308)",
        "content/a.md:52:1 cell-does-not-compile mismatched types (E0308)",
        "content/crlf.md:6:14 cell-does-not-compile mismatched types (E0308)",
    ];
    assert_starts(&site.lines(&run), &expected);
    assert_eq!(labels(&run), ["fine", "also-fine", "crlf-fine"]);
    assert_eq!(run.finished[2].record.value("a"), Some(3.0));
    let help = |index: usize| run.mistakes.iter().nth(index).unwrap().help.clone().unwrap_or_default();
    assert!(help(1).contains("let é = depths[0];"), "{}", help(1));
    let moved: Vec<String> = run.mistakes.iter().nth(4).unwrap().notes.iter().map(|note| note.text.clone()).collect();
    assert!(moved.iter().any(|text| text == "value moved here"), "{moved:?}");
    assert_eq!(help(8), "use a float literal", "the fence is no code to mend");
    assert!(run.mistakes.iter().nth(8).unwrap().notes.iter().any(|note| note.text.contains("`after:`")));
}

const FAILING: &str = r#"
```rust cell
//| label: panic
let é = 1; panic!("no {é} here");
```

```rust cell
//| label: bounds
println!("about to");
let a = Array2::<f64>::zeros((2, 2));
show.value("é", 1.0); let b = a[[5, 5]];
```

```rust cell
//| label: product
let a = Array2::<f64>::zeros((2, 2));
let f = |k: usize| Array2::<f64>::zeros((k, 2));
let b = a.dot(&f(3));
```

```rust cell
//| label: error
let a: f64 =
    "one".parse()?;
```

```rust cell
//| label: loop
let mut n = 0u64;
loop { n = std::hint::black_box(n.wrapping_add(1)); }
```

```rust cell
//| label: loud
let line = "a line of text ".repeat(100);
loop { println!("{line}"); }
```

```rust cell
//| label: deep
fn deep(n: u64) -> u64 { std::hint::black_box([n; 100]); 1 + deep(n + 1) }
show.value("deep", deep(0));
```

```rust cell
//| label: abort
eprintln!("last words");
std::process::abort();
```

```rust cell
//| label: exit
show.value("a", 1);
std::process::exit(0);
```

```rust cell
//| label: nan
let x = [1.0, 2.0, 3.0];
show.value("a", 1);
show.line("curve", x, x.map(|x: f64| (2.0 - x).sqrt()));
show.value("a", 2);
```

```rust cell
//| label: wraps
let counts = std::hint::black_box([1usize, 2]);
show.value("a", counts[0] - counts[1]);
```

```rust cell
//| label: large
std::io::copy(&mut std::io::repeat(0), &mut std::fs::File::create("large")?)?;
```

```rust cell
//| label: thread
std::thread::spawn(|| panic!("in a thread")).join().unwrap();
```

```rust cell
//| label: memory
let v = vec![0u8; std::hint::black_box(1 << 60)];
show.value("a", v[0]);
```

```rust cell
//| label: merged
let a = Array2::<f64>::zeros((2, 2));
  show.value("é", a[[0, 0]] + a[[5, 5]]);
```

```rust cell
//| label: after-bad
show.value("a", a);
```
"#;

#[test]
fn what_fails_at_run_time_is_shown_in_the_page() {
    let mut site = Site::new("failing", &[("content/a.md", FAILING)]);
    site.job("after-bad").prologue = program::prologue("let a: f64 =\n \"x\".parse()?;", 1).unwrap();
    site.job("loop").time_limit = Duration::from_secs(1);
    let run = site.run();
    let expected = [
        "content/a.md:4:12 cell-panicked this cell panicked: no 1 here",
        "content/a.md:11:32 cell-panicked this cell panicked: ndarray: index",
        "content/a.md:18:11 cell-panicked this cell panicked: ndarray: inputs 2",
        "content/a.md:24:5 cell-panicked this cell returned an error: invalid float literal",
        "content/a.md:27:1 cell-timed-out this cell was stopped after 1 second",
        "content/a.md:33:1 cell-too-loud this cell was stopped when it had printed 16 MiB",
        "content/a.md:39:1 cell-crashed this cell's process overflowed its stack (SIGABRT)",
        "content/a.md:45:1 cell-crashed this cell's process was killed by SIGABRT",
        "content/a.md:51:1 cell-crashed this cell's process ended with exit code 0 before",
        "content/a.md:61:6 bad-result y of the series 'curve' is NaN at index 2",
        "content/a.md:62:6 bad-result the value 'a' is shown twice",
        "content/a.md:68:17 cell-panicked this cell panicked: attempt to subtract with overflow",
        "content/a.md:71:1 cell-too-loud this cell showed or wrote more than 256 MiB",
        "content/a.md:78:23 cell-panicked this cell panicked: in a thread",
        "content/a.md:81:1 cell-crashed this cell's process could not have more memory (SIGABRT)",
        "content/a.md:90:3 cell-panicked this cell panicked: ndarray: index",
        "content/a.md:93:1 cell-panicked this cell returned an error: invalid float literal (in the code that `after:`",
    ];
    assert_starts(&site.lines(&run), &expected);
    assert_eq!(labels(&run), Vec::<&str>::new());
    let notes = |index: usize| run.mistakes.iter().nth(index).unwrap().notes.clone();
    assert!(notes(0).is_empty(), "{:?}", notes(0));
    assert_eq!(notes(1)[0].text, "it printed:\nabout to");
    assert_eq!(notes(7)[0].text, "it printed:\nlast words");
    assert!(notes(5)[0].text.len() < 4000);
    assert!(run.mistakes.iter().nth(4).unwrap().help.as_ref().unwrap().contains("`//| time_limit: 2`"));
}

#[test]
fn what_a_cell_starts_ends_with_it_without_a_sandbox_too() {
    let text = "```rust cell\n//| label: parent\nstd::process::Command::new(\"/bin/sleep\").arg(\"1000\").spawn()?;\n\
        show.value(\"a\", 1);\n```\n";
    let mut site = Site::new("parent", &[("content/a.md", text)]);
    site.settings.guard = Guard::Off;
    let run = site.run();
    assert_eq!(labels(&run), ["parent"]);
    assert!(run.finished[0].took < Duration::from_secs(5), "what a cell leaves behind is not waited for");
}

#[test]
fn a_crate_that_cannot_be_had_is_a_failure() {
    let mut site = Site::new("crates", &[("content/a.md", "```rust cell\n//| label: a\nlocal::f();\n```\n")]);
    let missing = toml::Table::from_iter([("path".to_owned(), "nowhere".into())]);
    site.settings.dependencies.insert("local".into(), missing.into());
    let jobs: Vec<&Job> = site.jobs.iter().collect();
    let failure = cells::run(&jobs, &site.tree, &site.settings, &|_| ()).unwrap_err().to_string();
    assert!(failure.starts_with("cargo: ") && failure.contains("nowhere"), "{failure}");
}

#[test]
fn a_site_may_bring_a_crate_of_its_own() {
    let page = "```rust cell\n//| label: a\nshow.value(\"a\", local::answer());\n```\n";
    let mut site = Site::new("own-crate", &[("content/a.md", page)]);
    let local: PathBuf = site.settings.root.join("local");
    fs::create_dir_all(local.join("src")).unwrap();
    fs::write(local.join("Cargo.toml"), "[package]\nname = \"local\"\nversion = \"1.0.0\"\nedition = \"2024\"\n")
        .unwrap();
    fs::write(local.join("src/lib.rs"), "pub fn answer() -> u32 {\n    42\n}\n").unwrap();
    let table = toml::Table::from_iter([("path".to_owned(), "local".into())]);
    site.settings.dependencies.insert("local".into(), table.into());
    let run = site.run();
    assert_starts(&site.lines(&run), &[]);
    assert_eq!(run.finished[0].record.value("a"), Some(42.0));
    site.settings.lock = run.lock;
    assert!(site.settings.lock.as_ref().unwrap().contains("name = \"local\""));
    assert_eq!(site.run().lock, None);
}

/// Killed in the middle of a run, the builder takes its cells with it, and a later run sweeps up.
#[test]
#[cfg(target_os = "linux")]
fn cells_end_with_their_builder() {
    let runs = Site::new("killed", &[]).settings.cache.join("runs");
    let mut builder = std::process::Command::new(std::env::current_exe().unwrap());
    let mut builder = builder.args(["--exact", "cells::builder_to_be_killed", "--ignored"]).spawn().unwrap();
    let ours = format!("{}-", builder.id());
    let (work, pid) = wait_for(|| {
        let entries = fs::read_dir(&runs).ok()?.flatten().map(|entry| entry.path());
        let is_ours = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&ours));
        let work = entries.filter(is_ours).map(|path| path.join("0-work")).find(|path| path.exists())?;
        let pid = fs::read_to_string(work.join("pid")).ok().filter(|pid| pid.ends_with('\n'))?;
        Some((work, pid.trim().to_owned()))
    });
    builder.kill().unwrap();
    builder.wait().unwrap();
    let stat = format!("/proc/{pid}/stat");
    wait_for(|| fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")).then_some(()).xor(Some(())));
    Site::new("killed", &[("content/a.md", "```rust cell\n//| label: a\n```\n")]).run();
    assert!(!work.exists());
}

#[test]
#[ignore = "run and killed by the test above"]
fn builder_to_be_killed() {
    let page = "```rust cell\n//| label: a\nstd::fs::write(\"pid\", format!(\"{}\\n\", std::process::id()))?;\n\
                loop { std::thread::park(); }\n```\n";
    Site::new("killed", &[("content/a.md", page)]).run();
}

#[cfg(target_os = "linux")]
fn wait_for<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(120), "waited in vain");
        std::thread::sleep(Duration::from_millis(10));
    }
}
