//! A page by someone who means harm: each of its cells ends as a mistake, and nothing remains of it.

mod cells;
mod crates;
mod parts;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use theoria::shell::sandbox;

use self::cells::{CALLS, CELLS, Hostile};
use crate::support::{Folder, listing};

/// Whether this kernel has the whole sandbox; says so where it has not, and fails where it must have.
pub fn is_whole() -> bool {
    let missing = sandbox::missing();
    if missing.is_empty() {
        return true;
    }
    assert!(std::env::var_os("THEORIA_REQUIRE_SANDBOX").is_none_or(|value| value != "1"), "missing: {missing:?}");
    println!("skipped: this system lacks {missing:?}");
    false
}

fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// What a run of the program gave.
pub struct Ran {
    pub code: Option<i32>,
    pub told: String,
    pub process: u32,
}

/// Runs the program for a site, as a user with this home folder and a secret in the environment.
pub fn theoria(words: &[&str], site: &Path, home: &Path, change: impl FnOnce(&mut Command)) -> Ran {
    let own = |name: &str, folder: &str| {
        let set = std::env::var_os(name).map(PathBuf::from);
        set.unwrap_or_else(|| std::env::home_dir().expect("a home folder").join(folder))
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_theoria"));
    command.args(words).arg("--site").arg(site).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.env("CARGO_HOME", own("CARGO_HOME", ".cargo")).env("RUSTUP_HOME", own("RUSTUP_HOME", ".rustup"));
    command.env("HOME", home).env("THEORIA_CACHE", cache()).env("A_SECRET", "known to nobody");
    change(&mut command);
    let child = command.spawn().expect("the program starts");
    let process = child.id();
    let output = child.wait_with_output().expect("it ends");
    Ran { code: output.status.code(), told: String::from_utf8_lossy(&output.stderr).into_owned(), process }
}

/// Whether a process lives that was started by this run, or has its mark in its arguments.
pub fn survivors(process: u32, mark: &str) -> Vec<String> {
    let runs = format!("/runs/{process}-");
    let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let commands = processes.filter_map(|path| fs::read(path.join("cmdline")).ok());
    let texts = commands.map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "));
    texts.filter(|text| text.contains(&runs) || (!mark.is_empty() && text.contains(mark))).collect()
}

/// Everything below a folder: names, contents, rights and when it was changed.
fn state(folder: &Path) -> Vec<(String, u32, i64, i64)> {
    let mut out = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            out.push((name, metadata.mode(), metadata.size() as i64, metadata.ctime_nsec() ^ metadata.ctime()));
            if metadata.is_dir() {
                open.push(path);
            }
        }
    }
    out.sort();
    out
}

const GOOD: &str = "---\ntitle: Good\n---\nText.\n\n```rust cell\n//| label: good\n//| data: numbers.csv\n\
    let table = show.csv(\"numbers.csv\");\nstd::fs::write(\"scratch\", \"mine\")?;\n\
    let own = std::fs::read_to_string(\"scratch\")?;\nstd::fs::remove_file(\"scratch\")?;\n\
    let sums: Vec<f64> = std::thread::scope(|s| (0..4).map(|_| s.spawn(|| table.sum())).collect::<Vec<_>>()\
    .into_iter().map(|t| t.join().unwrap()).collect());\n\
    show.value(\"sum\", sums[3]); show.value(\"own\", own.len());\n```\nIt is {{good.sum}}.\n";

/// The page, and the line at which each cell begins.
fn page(cells: &[&Hostile], replace: &dyn Fn(&str) -> String) -> (String, Vec<usize>) {
    let mut text = "---\ntitle: Bad\n---\nText.\n".to_owned();
    let mut starts = Vec::new();
    for Hostile { name, code, limit, .. } in cells {
        text += "\n";
        starts.push(text.matches('\n').count() + 1);
        let limit = limit.map_or(String::new(), |limit| format!("//| time_limit: {limit}\n"));
        text += &format!(
            "```rust cell\n//| label: {name}\n{limit}{}\n{}\nshow.value(\"done\", 1);\n```\n",
            CALLS.trim(),
            replace(code)
        );
    }
    (text, starts)
}

/// The mistakes of a run: code, text and line.
fn mistakes(told: &str) -> Vec<(String, String, usize)> {
    let lines: Vec<&str> = told.lines().collect();
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((code, text)) = line.strip_prefix("error[").and_then(|rest| rest.split_once("]: ")) else { continue };
        let place = lines[at..].iter().find_map(|line| line.trim_start().strip_prefix("--> content/bad.md:"));
        let number = place.and_then(|place| place.split(':').next()?.parse().ok());
        out.push((code.to_owned(), text.to_owned(), number.unwrap_or(0)));
    }
    out
}

#[test]
fn each_hostile_cell_is_a_mistake_and_nothing_remains() {
    if !is_whole() {
        return;
    }
    let (home, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::create_dir(home.path().join(".ssh")).unwrap();
    fs::write(home.path().join(".ssh/id_ed25519"), "a key").unwrap();
    fs::write(outside.path().join("victim"), "whole").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let agent = UnixListener::bind(outside.path().join("socket")).unwrap();
    agent.set_nonblocking(true).unwrap();
    let site = Folder::new("== theoria.yaml ==\ntitle: Tests\n== content/numbers.csv ==\n1,2\n3,4\n");
    site.write("content/good.md", GOOD);
    let built = theoria(&["build", "--require-sandbox"], site.path(), home.path(), |_| ());
    assert_eq!(built.code, Some(0), "{}", built.told);
    assert!(site.read("public/good/index.html").contains(">10<"));

    let port = listener.local_addr().unwrap().port().to_string();
    let paths = [home.path(), outside.path(), site.path()].map(|path| path.display().to_string());
    let replace = |code: &str| {
        let [home, outside, site] = &paths;
        code.replace("HOME/", &format!("{home}/"))
            .replace("\"HOME\"", &format!("{home:?}"))
            .replace("OUTSIDE", outside)
            .replace("SITE", site)
            .replace("PORT", &port)
    };
    let (text, starts) = page(&CELLS.iter().collect::<Vec<_>>(), &replace);
    site.write("content/bad.md", &text);
    let seen = |path: &Path| (state(path), path.join("socket").exists());
    let before = (seen(home.path()), seen(outside.path()), listing(&site.path().join("content")));
    let (durations, public) = (site.read("cells.durations"), listing(&site.path().join("public")));

    let ran = theoria(&["build"], site.path(), home.path(), |_| ());
    assert_eq!(ran.code, Some(1), "{}", ran.told);
    let found = mistakes(&ran.told);
    let mut wrong = Vec::new();
    for (nth, cell) in CELLS.iter().enumerate() {
        let range = starts[nth]..starts.get(nth + 1).copied().unwrap_or(usize::MAX);
        let of_cell: Vec<_> = found.iter().filter(|(_, _, line)| range.contains(line)).collect();
        let good =
            matches!(of_cell.as_slice(), [(code, text, _)] if code == cell.says[0] && text.contains(cell.says[1]));
        if !good {
            wrong.push(format!("{}: {of_cell:?} is not {:?}", cell.name, cell.says));
        }
    }
    assert!(wrong.is_empty() && found.len() == CELLS.len(), "{}\n\n{}", wrong.join("\n"), ran.told);
    assert!(CELLS.len() >= 25 && !ran.told.contains(['\u{1b}', '\u{7}', '\r']));

    let after = (seen(home.path()), seen(outside.path()), listing(&site.path().join("content")));
    assert!(before == after, "something outside has changed");
    assert!(durations == site.read("cells.durations") && public == listing(&site.path().join("public")));
    assert!(listener.accept().is_err() && agent.accept().is_err(), "something came in");
    assert_eq!(survivors(ran.process, ""), Vec::<String>::new());
    let runs = fs::read_dir(cache().join("runs")).unwrap().flatten().map(|entry| entry.file_name());
    let left: Vec<_> = runs.filter(|name| name.to_string_lossy().starts_with(&format!("{}-", ran.process))).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// It is the sandbox that refuses, not the machine: without it these do what they want.
#[test]
fn without_a_sandbox_hostile_cells_succeed() {
    let harmless = [
        "read-passwd",
        "read-record",
        "read-config",
        "read-neighbours",
        "listen",
        "own-proc",
        "hidden-file",
        "include",
    ];
    let cells: Vec<&Hostile> = CELLS.iter().filter(|cell| harmless.contains(&cell.name)).collect();
    assert_eq!(cells.len(), harmless.len());
    let site = Folder::new("== theoria.yaml ==\ntitle: Tests\n== content/good.ledger/good.record ==\nx\n");
    let place = site.path().display().to_string();
    site.write("content/bad.md", page(&cells, &|code| code.replace("SITE", &place)).0);
    let home = tempfile::tempdir().unwrap();
    let ran = theoria(&["build", "--no-sandbox"], site.path(), home.path(), |_| ());
    assert!(ran.told.contains("8 run") && !ran.told.contains("error["), "{}", ran.told);
}

#[test]
fn what_a_cell_shows_is_text_on_the_page() {
    if !is_whole() {
        return;
    }
    let site = Folder::new("== theoria.yaml ==\ntitle: Tests\n");
    site.write(
        "content/a.md",
        "---\ntitle: A\n---\nText.\n\n```rust cell\n//| label: fig-a\n//| caption: C.\n//| alt: A.\n\
         let bad = \"</svg><script>alert(1)</script><img src=x onerror=alert(2)>\";\n\
         show.line(bad, [1.0, 2.0], [1.0, 2.0]).x_label(bad);\nshow.table(bad, [bad], [[bad.into()]]);\n\
         show.claim(bad, Claim::close(1.0, 1.0));\n```\n",
    );
    let home = tempfile::tempdir().unwrap();
    let built = theoria(&["build"], site.path(), home.path(), |_| ());
    assert_eq!(built.code, Some(0), "{}", built.told);
    for (path, bytes) in listing(&site.path().join("public")) {
        let text = String::from_utf8_lossy(&bytes);
        let markup = path.ends_with(".html") || path.ends_with(".svg") || path.ends_with(".xml");
        assert!(!markup || !(text.contains("<script>alert") || text.contains("<img src=x")), "{path}");
    }
}
