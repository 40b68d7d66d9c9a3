//! `theoria watch`, from outside: what it serves is what a fresh build gives, whatever is done to the files.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::browser::Browser;
use crate::support::{Dice, Folder, listing};

fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// A program that watches a site, until the test is over.
pub struct Watched {
    program: Child,
    pub address: String,
    said: Arc<Mutex<String>>,
}

impl Watched {
    pub fn new(site: &Path) -> Watched {
        let mut command = Command::new(env!("CARGO_BIN_EXE_theoria"));
        command.args(["watch", "--port", "0", "--site"]).arg(site).env("THEORIA_CACHE", cache());
        let mut program = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::<Mutex<String>>::default();
        let (stderr, heard) = (program.stderr.take().unwrap(), Arc::clone(&said));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                heard.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let address = wait_for(&said, || {
            let said = said.lock().unwrap();
            let (_, rest) = said.split_once("the guide is at http://")?;
            Some(rest.split_once('/')?.0.to_owned())
        });
        Watched { program, address, said }
    }

    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The body of a file of the site, without what the server adds to it.
    fn get(&self, path: &str) -> Option<Vec<u8>> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        let path: String = path
            .bytes()
            .map(|b| {
                if b.is_ascii_alphanumeric() || b"/.-_".contains(&b) {
                    char::from(b).to_string()
                } else {
                    format!("%{b:02X}")
                }
            })
            .collect();
        write!(stream, "GET /{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        head.starts_with("HTTP/1.1 200").then(|| plain(&answer[end + 4..]))
    }

    /// Whether it serves these files and has nothing more to say of them.
    fn serves(&self, files: &BTreeMap<String, Vec<u8>>) -> Result<(), String> {
        for (path, bytes) in files {
            match self.get(path) {
                Some(found) if found == *bytes => {}
                Some(_) => return Err(format!("{path} is another")),
                None => return Err(format!("{path} is not served")),
            }
        }
        Ok(())
    }
}

/// What the browser is told: kind and content.
fn events(address: &str) -> Receiver<(String, Value)> {
    let (send, receive) = channel();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /_theoria/events HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    std::thread::spawn(move || {
        let mut kind = String::new();
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Some(name) = line.strip_prefix("event: ") {
                kind = name.trim().to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                let value = serde_json::from_str(data).unwrap_or(Value::Null);
                if send.send((kind.clone(), value)).is_err() {
                    break;
                }
            }
        }
    });
    receive
}

/// Waits for an event of a kind whose content fits.
fn wait_for_event(events: &Receiver<(String, Value)>, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let mut seen = Vec::new();
    loop {
        match events.recv_timeout(Duration::from_secs(30)) {
            Ok((found, value)) if found == kind && fits(&value) => return value,
            Ok(event) => seen.push(event),
            Err(_) => panic!("no event '{kind}' that fits after {seen:?}"),
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// A page without the lines by which the server keeps it up to date.
fn plain(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains("/_theoria/") {
        return bytes.to_vec();
    }
    let mut out = text.into_owned();
    while let Some(at) = out.find("/_theoria/") {
        let start = out[..at].rfind('<').unwrap();
        let end = at + out[at..].find('>').unwrap() + 1;
        let end = if out[end..].starts_with("</script>") { end + "</script>".len() } else { end };
        let end = if out[end..].starts_with('\n') { end + 1 } else { end };
        out.replace_range(start..end, "");
    }
    out.into_bytes()
}

fn wait_for<T>(said: &Mutex<String>, mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "waited in vain:\n{}", said.lock().unwrap());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What a fresh build makes of the files as they are, or what is wrong with them.
fn fresh(site: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let copy = tempfile::tempdir().unwrap();
    for (path, bytes) in
        listing(site).into_iter().filter(|(path, _)| !path.starts_with("public/") && !path.ends_with(".part"))
    {
        let path = copy.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_theoria"));
    command.args(["build", "--site"]).arg(copy.path()).env("THEORIA_CACHE", cache());
    let output = command.output().unwrap();
    if output.status.code() != Some(0) {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let files = listing(&copy.path().join("public")).into_iter();
    Ok(files.filter(|(path, _)| path != ".theoria").collect())
}

/// Waits until what is served is what a fresh build gives.
fn settles(watched: &Watched, site: &Path, what: &str) {
    let expected = fresh(site).unwrap_or_else(|told| panic!("{what}: the edit is a mistake: {told}"));
    let start = Instant::now();
    while let Err(why) = watched.serves(&expected) {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}: {why}\n{}", watched.said());
        std::thread::sleep(Duration::from_millis(20));
    }
}

const SITE: &str = "== theoria.yaml ==\ntitle: T\nvariables: {WORD: one}\n\
    == content/index.md ==\n# Home\n\nWords.\n\
    == content/s/01-a.md ==\n---\ntitle: A\n---\nWords and {{WORD}}, @ch-b, {{cell.value}}.\n\n\
    ```rust cell\n//| label: cell\nshow.value(\"value\", 3.0);\n```\n\
    == content/s/02-b.md ==\n---\ntitle: B\n---\nOther words. @ch-a\n";

/// One random edit of the files, none of them a mistake.
fn edit(folder: &Folder, dice: &mut Dice, round: usize) -> String {
    let path = |name: &str| folder.path().join(name);
    let pages = ["content/s/01-a.md", "content/s/02-b.md", "content/index.md"];
    let page = *dice.pick(&pages);
    let append = |text: String| folder.write(page, folder.read(page) + &text);
    match dice.below(12) {
        0 | 1 => append(format!("\nMore words {round}.\n")),
        2 => append(format!("\n$x_{{{round}}}$ and @ch-a.\n")),
        3 => folder.write(&format!("content/s/new-{round}.md"), format!("---\ntitle: New {round}\n---\nWords.\n")),
        4 => folder.write("content/s/sequence-metadata.yaml", format!("title: Sequence {round}\n")),
        5 => folder.write("theoria.yaml", format!("title: T{round}\nvariables: {{WORD: w{round}}}\n")),
        6 => folder.write("templates/byline.html", format!("<p>By {round}.</p>")),
        7 => folder.write("static/extra.txt", format!("{round}")),
        8 => {
            let text = folder.read(pages[0]);
            let (before, rest) = text.split_once("show.value(\"value\", ").unwrap();
            let (_, after) = rest.split_once(')').unwrap();
            folder.write(pages[0], format!("{before}show.value(\"value\", {round}.5){after}"));
        }
        9 => {
            // As editors do that save by renaming.
            folder.write("content/s/.saved", folder.read(page) + "\nSaved.\n");
            fs::rename(path("content/s/.saved"), path(page)).unwrap();
        }
        10 => {
            // As a checkout does: a folder goes and comes back.
            let files: Vec<(String, String)> = listing(&path("content/s"))
                .into_iter()
                .map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()))
                .collect();
            fs::rename(path("content/s"), path("away")).unwrap();
            std::thread::sleep(Duration::from_millis(dice.below(60) as u64));
            files.iter().for_each(|(name, text)| folder.write(&format!("content/s/{name}"), text));
            fs::remove_dir_all(path("away")).unwrap();
        }
        _ => {
            for name in fs::read_dir(path("content/s")).unwrap().map(|entry| entry.unwrap().path()) {
                if name.file_name().unwrap().to_string_lossy().starts_with("new-") {
                    fs::remove_file(name).unwrap();
                }
            }
        }
    }
    format!("round {round}")
}

#[test]
fn what_is_served_is_what_a_fresh_build_gives() {
    let folder = Folder::new(SITE);
    let watched = Watched::new(folder.path());
    settles(&watched, folder.path(), "at first");
    let mut dice = Dice::new(11);
    for round in 0..25 {
        let what = edit(&folder, &mut dice, round);
        settles(&watched, folder.path(), &what);
    }
    assert!(!folder.has("public"), "it serves from memory");
}

#[test]
fn mistakes_are_told_over_the_last_good_site_and_vanish() {
    let folder = Folder::new(SITE);
    let watched = Watched::new(folder.path());
    settles(&watched, folder.path(), "at first");
    let events = events(&watched.address);
    let good = folder.read("content/s/02-b.md");
    folder.write("content/s/02-b.md", good.clone() + "\n@fig-none and more.\n");
    let told = wait_for_event(&events, "mistakes", |told| told.to_string().contains("fig-none"));
    let text = told.to_string();
    assert!(text.contains("missing-label") && text.contains("content/s/02-b.md"), "{text}");
    assert_eq!(told[0]["excerpt"], "6 | @fig-none and more.\n  | ^^^^^^^^^");
    assert!(!String::from_utf8(watched.get("s/b/index.html").unwrap()).unwrap().contains("and more"));
    // An unrelated edit does not hide it, and a broken cell is told beside it.
    let page = folder.read("content/s/01-a.md");
    folder.write("content/s/01-a.md", page.replace("3.0);", "3.0 + oops);"));
    wait_for_event(&events, "mistakes", |told| {
        told.to_string().contains("cannot find value `oops`") && told.to_string().contains("fig-none")
    });
    // The place of a cell's mistake moves with the cell.
    folder.write("content/s/01-a.md", page.replace("Words", "\n\n\nWords").replace("3.0);", "3.0 + oops);"));
    wait_for_event(&events, "mistakes", |told| told.to_string().contains("01-a.md:11:27"));
    folder.write("content/s/01-a.md", page);
    folder.write("content/s/02-b.md", good);
    wait_for_event(&events, "mistakes", |told| !told.to_string().contains("error"));
    settles(&watched, folder.path(), "mended");
}

const SLOW: &str = "\n```rust cell\n//| label: slow\nstd::thread::sleep(std::time::Duration::from_secs(600));\nshow.value(\"x\", 1);\n```\n\nProse.\n";

#[test]
fn prose_does_not_wait_for_cells_and_obsolete_cells_are_stopped() {
    let folder = Folder::new(SITE);
    let watched = Watched::new(folder.path());
    settles(&watched, folder.path(), "at first");
    let events = events(&watched.address);
    let page = folder.read("content/s/02-b.md");
    folder.write("content/s/02-b.md", page.clone() + &SLOW.replace("_secs(600)", "_secs(50)"));
    wait_for_event(&events, "running", |running| running.to_string().contains("slow"));
    wait_for(&watched.said, || watched.said().contains("running slow").then_some(()));
    folder.write("content/index.md", "# Home\n\nWords while a cell runs.\n");
    wait_for(&watched.said, || {
        let home = String::from_utf8(watched.get("index.html")?).unwrap();
        home.contains("Words while a cell runs").then_some(())
    });
    // Told a moment before its process is there.
    let cells = wait_for(&watched.said, || Some(children(watched.program.id())).filter(|cells| !cells.is_empty()));
    // Another program: what runs is of no use, and the new one is there at once.
    let quick = SLOW.replace("_secs(600)", "_millis(5)") + "\n{{slow.x}} is one.\n";
    folder.write("content/s/02-b.md", page + &quick);
    settles(&watched, folder.path(), "the quick one");
    wait_for(&watched.said, || {
        cells.iter().all(|cell| !Path::new(&format!("/proc/{cell}/cwd")).exists()).then_some(())
    });
    wait_for_event(&events, "running", |running| !running.to_string().contains("slow"));
}

/// The processes that a process has started.
fn children(parent: u32) -> Vec<u32> {
    let of = |entry: fs::DirEntry| {
        let id: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let (_, rest) = stat.rsplit_once(") ")?;
        (rest.split(' ').nth(1)?.parse() == Ok(parent)).then_some(id)
    };
    fs::read_dir("/proc").unwrap().filter_map(Result::ok).filter_map(of).collect()
}

#[test]
fn what_ends_the_program_ends_all_that_it_has_started() {
    let folder = Folder::new(SITE);
    folder.write("content/s/03-c.md", format!("---\ntitle: C\n---\n{SLOW}"));
    for signal in ["-INT", "-TERM"] {
        let mut watched = Watched::new(folder.path());
        wait_for(&watched.said, || watched.said().contains("running slow").then_some(()));
        let cells = wait_for(&watched.said, || Some(children(watched.program.id())).filter(|cells| !cells.is_empty()));
        let status = Command::new("kill").args([signal, &watched.program.id().to_string()]).status().unwrap();
        assert!(status.success());
        let code = watched.program.wait().unwrap().code();
        assert_eq!(code, Some(if signal == "-INT" { 130 } else { 143 }));
        wait_for(&watched.said, || {
            cells.iter().all(|cell| !Path::new(&format!("/proc/{cell}/cwd")).exists()).then_some(())
        });
    }
}

#[test]
fn folders_that_come_late_many_files_and_links_are_seen() {
    let folder = Folder::new("== theoria.yaml ==\ntitle: T\n");
    let watched = Watched::new(folder.path());
    let events = events(&watched.address);
    wait_for_event(&events, "mistakes", |told| told.to_string().contains("empty-content"));
    folder.write("content/s/01-a.md", "---\ntitle: A\n---\nWords.\n");
    settles(&watched, folder.path(), "content that appears later");
    for index in 0..1000 {
        folder.write(
            &format!("content/t/{index:04}-p{index}.md"),
            format!("---\ntitle: P{index}\n---\nWords {index}.\n"),
        );
    }
    settles(&watched, folder.path(), "1,000 files at once");
    fs::remove_dir_all(folder.path().join("content/t")).unwrap();
    settles(&watched, folder.path(), "1,000 files fewer");
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("linked.md"), "---\ntitle: L\n---\nOne.\n").unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("linked.md"), folder.path().join("content/s/02-linked.md"))
        .unwrap();
    settles(&watched, folder.path(), "a link");
    fs::write(elsewhere.path().join("linked.md"), "---\ntitle: L\n---\nOne and two.\n").unwrap();
    settles(&watched, folder.path(), "what the link leads to");
}

/// The whole way: a file is saved, and a reader sees it.
#[test]
fn an_author_sees_prose_a_figure_and_a_mistake_in_the_browser() {
    let folder = Folder::new(SITE);
    let cell = "\n```rust cell\n//| label: fig-line\n//| caption: A line.\n//| alt: It rises.\n\
                show.line(\"a line\", [1.0, 2.0], [1.0, 2.0]).x_label(\"length\");\n```\n";
    let page = folder.read("content/s/01-a.md") + cell;
    folder.write("content/s/01-a.md", &page);
    let watched = Watched::new(folder.path());
    settles(&watched, folder.path(), "at first");
    let Some(mut browser) = Browser::open(&format!("http://{}/s/a/", watched.address)) else { return };
    let text = "document.querySelector('main').innerText";
    browser.wait_until(&format!("{text}.includes('Words and one') && !!document.querySelector('theoria-live')"));
    browser.eval("window.mark = 'here'; 0");
    folder.write("content/s/01-a.md", page.replace("Words and", "Better words and"));
    browser.wait_until(&format!("{text}.includes('Better words and one')"));
    let edited = page.replace("x_label(\"length\")", "x_label(\"breadth\")").replace("3.0);", "4.5);");
    folder.write("content/s/01-a.md", &edited);
    browser.wait_until(&format!(
        "{text}.includes('4.5') && document.querySelector('#fig-line svg').textContent.includes('breadth')"
    ));
    folder.write("content/s/01-a.md", edited.replace("@ch-b", "@ch-nowhere"));
    let panel = "(document.querySelector('theoria-live').shadowRoot.querySelector('.tl-panel:not([hidden])'))";
    browser
        .wait_until(&format!("{panel} !== null && {panel}.textContent.includes('nothing has the label `ch-nowhere`')"));
    assert_eq!(browser.eval(&format!("{text}.includes('4.5')")), true, "the last good page is below");
    folder.write("content/s/01-a.md", edited.replace("Words and", "Mended words and"));
    browser.wait_until(&format!("{panel} === null && {text}.includes('Mended words and one')"));
    assert_eq!(browser.eval("mark"), "here", "the page was never loaded again");
}
