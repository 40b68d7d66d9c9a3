//! From a saved file to the browser: `theoria watch` on 1,000 chapters, and `hugo server` and `mdbook serve` where they are.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use theoria::shell::cells::{self, Progress};
use theoria::shell::open;

use crate::guide;

const EDITS: usize = 60;
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that is ended with the measurement.
struct Server {
    program: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Measures all that are there, one after the other, and prints a table.
pub fn compare() {
    let folder = std::env::temp_dir().join(format!("theoria-bench-{}", std::process::id()));
    println!("{:<44} {:>10} {:>10}", "from a saved file", "median ms", "95 % ms");
    theoria(&folder.join("theoria"));
    hugo(&folder.join("hugo"));
    mdbook(&folder.join("mdbook"));
    let _ = fs::remove_dir_all(folder);
}

fn row(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("{name:<44} {:>10.1} {:>10.1}", at(0.5), at(0.95));
}

fn theoria(folder: &Path) {
    crate::write(&guide::tree(), folder);
    let port = free_port();
    let server = start(env!("CARGO_BIN_EXE_theoria"), &["watch", "--port", &port, "--site", "."], folder, &port);
    wait_for(&server, "s00/chapter-0/", "Chapter 0");
    let events = listen(&server.address);
    let (mut told, mut seen) = (Vec::new(), Vec::new());
    for edit in 0..EDITS {
        let index = edit * 397 % (guide::SEQUENCES * guide::CHAPTERS);
        let word = format!("edited{edit}word");
        let file = folder.join(guide::path(index));
        let text = fs::read_to_string(&file).expect("the chapter is there");
        while events.try_recv().is_ok() {}
        let start = Instant::now();
        fs::write(&file, text + &format!("\nThe {word}.\n")).expect("a file can be written");
        let event = events.recv_timeout(PATIENCE).expect("an event comes");
        told.push(event.saturating_duration_since(start));
        wait_for(&server, &format!("s{:02}/chapter-{index}/", index / guide::CHAPTERS), &word);
        seen.push(start.elapsed());
    }
    row("theoria watch: prose to the reload event", told);
    row("theoria watch: prose to the page", seen);
    cells(folder, &server);
    at_rest(&server);
    row_of_memory(&server);
    drop(server);
    parts(folder);
}

/// A light cell: the constant that it shows is changed, and its value is quoted in the prose.
fn cells(folder: &Path, server: &Server) {
    let file = folder.join(guide::path(3));
    let mut times = Vec::new();
    for edit in 0..EDITS / 3 {
        let text = fs::read_to_string(&file).expect("the chapter is there");
        let (before, rest) = text.split_once("show.value(\"slope\", ").expect("it has a cell");
        let (_, after) = rest.split_once(')').expect("a call is closed");
        let start = Instant::now();
        let value = 1000.25 + edit as f64;
        fs::write(&file, format!("{before}show.value(\"slope\", {value}){after}")).expect("a file can be written");
        // In the prose: the code that the page shows has it too.
        wait_for(server, "s00/chapter-3/", &format!(">{value:.2}</span>"));
        times.push(start.elapsed());
    }
    // The first compiles what cells need.
    row("theoria watch: a light cell to its number", times.split_off(1));
}

/// Where the time of an edited cell goes.
fn parts(folder: &Path) {
    let file = folder.join(guide::path(3));
    let mut all: [Vec<Duration>; 3] = Default::default();
    for edit in 0..EDITS / 3 {
        let text = fs::read_to_string(&file).expect("the chapter is there");
        let (before, rest) = text.split_once("show.value(\"slope\", ").expect("it has a cell");
        let (_, after) = rest.split_once(')').expect("a call is closed");
        write(&file, &format!("{before}show.value(\"slope\", {}.5){after}", 2000 + edit));
        let opened = open::open(folder).expect("the site can be read");
        let jobs: Vec<_> = opened.jobs.iter().filter(|job| job.label == "fig-c3").collect();
        let settings = opened.settings().expect("the cache can be used");
        let times = Mutex::new([Instant::now(); 3]);
        let note = |at: usize| times.lock().expect("no thread panics")[at] = Instant::now();
        let seen = |event: Progress| match event {
            Progress::Compiling { .. } => note(0),
            Progress::Compiled { .. } => note(1),
            Progress::Finished { .. } => note(2),
            _ => {}
        };
        let start = Instant::now();
        cells::run(&jobs, &opened.tree, &settings, &seen).expect("cells can be run");
        let times = times.into_inner().expect("no thread panics");
        for (at, (from, to)) in [(start, times[0]), (times[0], times[1]), (times[1], times[2])].into_iter().enumerate()
        {
            all[at].push(to.saturating_duration_since(from));
        }
    }
    for (name, times) in ["writing the program", "compiling and linking it", "running it"].into_iter().zip(all) {
        row(&format!("  of a light cell: {name}"), times);
    }
}

/// The processor time that it takes while nothing happens.
fn at_rest(server: &Server) {
    let ticks = || -> Option<i64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", server.program.id())).ok()?;
        let numbers: Vec<i64> = stat.rsplit_once(") ")?.1.split(' ').filter_map(|word| word.parse().ok()).collect();
        // Of what follows the name and the state: user and system time are the 14th and 15th field of all.
        Some(numbers.get(10)? + numbers.get(11)?)
    };
    std::thread::sleep(Duration::from_secs(3));
    if let Some(before) = ticks() {
        std::thread::sleep(Duration::from_secs(20));
        let used = ticks().unwrap_or(before) - before;
        println!("{:<44} {:>8} %", "theoria watch: processor at rest", used as f64 / 20.0);
    }
}

fn row_of_memory(server: &Server) {
    let status = fs::read_to_string(format!("/proc/{}/status", server.program.id())).unwrap_or_default();
    if let Some(line) = status.lines().find(|line| line.starts_with("VmRSS")) {
        println!("{:<44} {:>10}", "theoria watch: resident memory", line.trim_start_matches("VmRSS:").trim());
    }
}

/// The same Markdown with the plainest of themes.
fn hugo(folder: &Path) {
    if Command::new("hugo").arg("version").stdout(Stdio::null()).status().is_err() {
        return println!("hugo is not installed");
    }
    crate::write(&guide::tree(), &folder.join("source"));
    copy_markdown(&folder.join("source/content"), &folder.join("content"));
    // Its name for the page of a folder that has others.
    let home = folder.join("content/index.md");
    fs::rename(&home, home.with_file_name("_index.md")).expect("the home page is there");
    let page = "<html><head><title>{{ .Title }}</title></head><body>{{ .Content }}</body></html>";
    for name in ["single", "list"] {
        write(&folder.join(format!("layouts/_default/{name}.html")), page);
    }
    write(
        &folder.join("hugo.toml"),
        "title = 'A large guide'\ndisableKinds = ['taxonomy', 'term', 'rss', 'sitemap']\n",
    );
    let port = free_port();
    let words = ["server", "--bind", "127.0.0.1", "--port", &port];
    let server = start("hugo", &words, folder, &port);
    wait_for(&server, "s00/00-chapter-0/", "Chapter 0");
    let page =
        |index: usize| format!("s{:02}/{:02}-chapter-{index}/", index / guide::CHAPTERS, index % guide::CHAPTERS);
    report("hugo server: prose to the page", edits(&server, folder, EDITS, &page));
}

fn mdbook(folder: &Path) {
    if Command::new("mdbook").arg("--version").stdout(Stdio::null()).status().is_err() {
        return println!("mdbook is not installed");
    }
    crate::write(&guide::tree(), &folder.join("source"));
    copy_markdown(&folder.join("source/content"), &folder.join("src/content"));
    let chapters =
        (0..guide::SEQUENCES * guide::CHAPTERS).map(|index| format!("- [{index}]({})\n", guide::path(index)));
    write(&folder.join("src/SUMMARY.md"), &(String::from("# Summary\n\n") + &chapters.collect::<String>()));
    write(&folder.join("book.toml"), "[book]\ntitle = \"A large guide\"\n[output.html.search]\nenable = false\n");
    let port = free_port();
    let server = start("mdbook", &["serve", "--hostname", "127.0.0.1", "--port", &port], folder, &port);
    wait_for(&server, "content/s00/00-chapter-0.html", "network");
    let page = |index: usize| guide::path(index).replace(".md", ".html");
    report("mdbook serve: prose to the page", edits(&server, &folder.join("src"), 4, &page));
}

fn report(name: &str, times: Option<Vec<Duration>>) {
    match times {
        Some(times) => row(name, times),
        None => println!("{name:<44} {:>10}", format!("> {} s", PATIENCE.as_secs())),
    }
}

/// Edits prose and waits until each edit is served; none if one is not.
fn edits(server: &Server, folder: &Path, count: usize, page: &dyn Fn(usize) -> String) -> Option<Vec<Duration>> {
    let times = (0..count).map(|edit| {
        let index = edit * 397 % (guide::SEQUENCES * guide::CHAPTERS);
        let (word, file) = (format!("edited{edit}word"), folder.join(guide::path(index)));
        let text = fs::read_to_string(&file).expect("the chapter is there");
        let start = Instant::now();
        fs::write(&file, text + &format!("\nThe {word}.\n")).expect("a file can be written");
        comes(server, &page(index), &word).then(|| start.elapsed())
    });
    times.collect()
}

fn copy_markdown(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("the guide was written").filter_map(Result::ok) {
        let (path, to): (PathBuf, PathBuf) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() && !path.to_string_lossy().ends_with(".ledger") {
            copy_markdown(&path, &to);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            write(&to, &fs::read_to_string(&path).expect("a page can be read"));
        }
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
    fs::write(path, text).expect("a file can be written");
}

fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it has an address").port().to_string()
}

fn start(program: &str, words: &[&str], folder: &Path, port: &str) -> Server {
    let mut command = Command::new(program);
    command.args(words).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Server { program: command.spawn().expect("the server starts"), address: format!("127.0.0.1:{port}") }
}

fn wait_for(server: &Server, page: &str, word: &str) {
    assert!(comes(server, page, word), "'{word}' does not come to {page}");
}

/// Asks for a page until it holds a word, for so long as anyone would wait.
fn comes(server: &Server, page: &str, word: &str) -> bool {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if get(&server.address, page).is_some_and(|body| body.contains(word)) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

fn get(address: &str, page: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET /{page} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

/// When each reload event comes.
fn listen(address: &str) -> Receiver<Instant> {
    let (send, receive) = channel();
    let mut stream = TcpStream::connect(address).expect("the server listens");
    write!(stream, "GET /_theoria/events HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("it can be asked");
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if line.trim() == "event: site" && send.send(Instant::now()).is_err() {
                break;
            }
        }
    });
    receive
}
