//! Runs compiled cells, each in a process of its own, and reads what they leave.

use std::cmp::Reverse;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::cache::{self, Scratch};
use super::cells::{Pass, Progress, Settings};
use super::child::{self, End, Ended};
use super::compile::Program;
use super::failure::Failure;
use super::sandbox::{Kind, Sandbox, needs};
use crate::guide::job::Job;
use crate::guide::mistake::{Mistakes, Span};
use crate::guide::tree::Tree;
use crate::record::Record;
use crate::record::outcome::{Column, Ending, FILE, Outcome, Place};

/// Lines of what a failed cell printed that are shown with its mistake.
const LINES: usize = 12;

/// What came of one cell.
pub struct Ran {
    /// None if there are mistakes.
    pub record: Option<Record>,
    pub took: Duration,
    pub mistakes: Mistakes,
}

/// Runs the jobs, each once for every pass and as many at once as the settings allow. The results are in the order of the
/// jobs, and of the passes for each.
pub fn run(
    jobs: &[&Job],
    program: &Program,
    tree: &Tree,
    settings: &Settings,
    scratch: &Scratch,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Vec<Ran>>, Failure> {
    let next = AtomicUsize::new(0);
    let passes = settings.passes.len().max(1);
    let runs = jobs.len() * passes;
    let results: Mutex<Vec<Option<Result<Ran, Failure>>>> = Mutex::new((0..runs).map(|_| None).collect());
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|nth| Reverse(settings.durations.of(&jobs[*nth].label)));
    let runner = Runner { program, tree, settings, scratch, progress };
    std::thread::scope(|scope| {
        for _ in 0..settings.threads.clamp(1, runs.max(1)) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(nth) = order.get(index / passes) else { break };
                    let pass = settings.passes.get(index % passes).copied().unwrap_or_default();
                    let index = nth * passes + index % passes;
                    let result = runner.one(index, jobs[*nth], pass);
                    results.lock().unwrap_or_else(|poison| poison.into_inner())[index] = Some(result);
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_else(|poison| poison.into_inner());
    let mut all = results.into_iter().flatten().collect::<Result<Vec<Ran>, Failure>>()?.into_iter();
    Ok(jobs.iter().map(|_| all.by_ref().take(passes).collect()).collect())
}

struct Runner<'a> {
    program: &'a Program,
    tree: &'a Tree,
    settings: &'a Settings,
    scratch: &'a Scratch,
    progress: &'a (dyn Fn(Progress) + Sync),
}

impl Runner<'_> {
    fn one(&self, index: usize, job: &Job, pass: Pass) -> Result<Ran, Failure> {
        if self.settings.cancel.is_off(&job.label) {
            return Ok(Ran { record: None, took: Duration::ZERO, mistakes: Mistakes::default() });
        }
        (self.progress)(Progress::Started { label: &job.label });
        let (work, left) =
            (self.scratch.path().join(format!("{index}-work")), self.scratch.path().join(format!("{index}-left")));
        cache::folder(&work)?;
        cache::folder(&left)?;
        let mut command = Command::new(&self.program.path);
        command.arg(&job.label).arg(&left).current_dir(&work);
        for (name, path) in &job.data {
            command.arg(name).arg(self.settings.root.join(path));
        }
        command.env_clear().env("TMPDIR", &work).env("TZ", "UTC").env("LC_ALL", "C");
        if let Some(threads) = pass.threads {
            command.env("THEORIA_THREADS", threads.to_string()).env("RAYON_NUM_THREADS", threads.to_string());
        }
        // Without these, a program that needs shared libraries does not start.
        let needed: &[&str] =
            if cfg!(windows) { &["PATH", "SystemRoot"] } else { &["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] };
        for name in needed {
            std::env::var_os(name).map(|value| command.env(name, value));
        }
        let cancel = &self.settings.cancel;
        let sandbox = self.settings.guard.is_on().then(|| self.sandbox(job, [&work, &left]));
        let ended = child::run(command, sandbox.as_ref(), job.time_limit, &job.label, cancel)
            .map_err(Failure::file("run", &self.program.path))?;
        let judge = Judge { runner: self, job, printed: last_lines(&ended.printed), mistakes: Mistakes::default() };
        let finished = judge.judge(&ended, &left);
        let _ = fs::remove_dir_all(&work);
        let _ = fs::remove_dir_all(&left);
        if finished.record.is_some() && !ended.printed.is_empty() {
            (self.progress)(Progress::Printed { label: &job.label, text: &printable(&ended.printed) });
        }
        let (seconds, expected) = (ended.took.as_secs_f64(), self.settings.durations.of(&job.label));
        let (record, mistakes) = (finished.record.as_ref(), &finished.mistakes);
        (self.progress)(Progress::Finished { label: &job.label, seconds, expected, record, mistakes });
        Ok(finished)
    }

    /// A cell reads what it declares and the system's libraries, and writes into its own folders.
    fn sandbox(&self, job: &Job, writes: [&Path; 2]) -> Sandbox {
        let data = job.data.iter().map(|(_, path)| self.settings.root.join(path));
        Sandbox {
            kind: Kind::Running,
            reads: data.chain(needs::small_files()).collect(),
            runs: needs::libraries().into_iter().chain([self.program.path.clone()]).collect(),
            writes: writes.map(Path::to_owned).to_vec(),
        }
    }
}

/// Tells a good end from a bad one.
struct Judge<'a> {
    runner: &'a Runner<'a>,
    job: &'a Job,
    printed: String,
    mistakes: Mistakes,
}

impl Judge<'_> {
    fn judge(mut self, ended: &Ended, left: &Path) -> Ran {
        let fence = self.job.fence(self.page());
        let mut record = None;
        match ended.how {
            End::TimedOut => self.mistakes.cell_timed_out(fence, self.job.time_limit, &self.printed),
            End::Cancelled => {}
            End::TooLoud => self.mistakes.cell_printed_too_much(fence, child::PRINTED, &self.printed),
            End::TooMuch(excess) => {
                let how = format!("was stopped when it had {}", excess.text());
                self.mistakes.cell_crashed(fence, &how, None, &self.printed);
            }
            End::Signal(signal) if is_file_limit(signal) => self.showed_too_much(fence),
            End::Signal(signal) => {
                let (how, help) = killed(signal, &ended.printed);
                self.mistakes.cell_crashed(fence, &how, help, &self.printed);
            }
            End::Exited(code) => match read(left) {
                Ok(Some(outcome)) if code == 0 => record = self.outcome(outcome),
                Err(Unread::TooLarge) => self.showed_too_much(fence),
                Err(Unread::Broken(text)) => {
                    let how = format!("left results that cannot be read: {text}");
                    self.mistakes.cell_crashed(fence, &how, None, &self.printed);
                }
                Ok(_) => {
                    let how = format!("ended with exit code {code} before it had left its results");
                    let help = "a cell ends at its last line or by `?`; it must not end the process";
                    self.mistakes.cell_crashed(fence, &how, Some(help), &self.printed);
                }
            },
        }
        let record = record.filter(|_| self.mistakes.is_empty());
        Ran { record, took: ended.took, mistakes: self.mistakes }
    }

    fn outcome(&mut self, outcome: Outcome) -> Option<Record> {
        for complaint in &outcome.complaints {
            let span = self.span(Some(&complaint.place));
            self.mistakes.bad_result(span, &complaint.text);
        }
        match &outcome.ending {
            Ending::Finished => return Some(outcome.record),
            Ending::Failed { place, text } => {
                let (span, text) = self.told(place.as_ref(), text);
                self.mistakes.cell_returned_an_error(span, &text, &self.printed);
            }
            Ending::Panicked { place, text } => {
                let (span, text) = self.told(place.as_ref(), text);
                self.mistakes.cell_panicked(span, &text, &self.printed);
            }
        }
        None
    }

    /// Where it happened, and what; what happened before the cell's own code is said to have.
    fn told(&self, place: Option<&Place>, text: &str) -> (Span, String) {
        let first = self.runner.tree.position(&self.job.span).0;
        let before = place.is_some_and(|place| place.line == first) && !self.job.prologue.is_empty();
        let remark = if before { " (in the code that `after:` puts before this cell)" } else { "" };
        (self.span(place), format!("{text}{remark}"))
    }

    fn showed_too_much(&mut self, fence: Span) {
        self.mistakes.cell_showed_too_much(fence, child::FILE, &self.printed);
    }

    fn page(&self) -> &str {
        self.runner.tree.text(&self.job.span.file).and_then(Result::ok).unwrap_or_default()
    }

    /// A place in the program as a place in the page; the fence, if it is elsewhere.
    fn span(&self, place: Option<&Place>) -> Span {
        let file = &self.job.span.file;
        let package = self.runner.program.package.to_string_lossy();
        let in_page = |place: &&Place| {
            let path = place.file.strip_prefix(&*package).unwrap_or(&place.file);
            path.trim_start_matches(['/', '\\']).replace('\\', "/") == **file
        };
        let Some(place) = place.filter(in_page) else { return self.job.fence(self.page()) };
        let page = self.page();
        let line = self.runner.tree.offset(file, place.line, 1);
        let end = page[line..].find('\n').map_or(page.len(), |at| line + at);
        let start = match place.column {
            Column::Character(column) => self.runner.tree.offset(file, place.line, column),
            Column::Byte(column) => page.floor_char_boundary((line + column.saturating_sub(1)).min(end)),
            Column::Unknown => end - page[line..end].trim_start().len(),
        };
        let rest = page.get(start..end).unwrap_or_default().trim_end();
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = match place.column {
            Column::Unknown => rest.len(),
            _ => word.max(rest.chars().next().map_or(0, char::len_utf8)),
        };
        self.job.blame(start..start + length, page)
    }
}

/// Why an outcome cannot be used.
enum Unread {
    TooLarge,
    Broken(String),
}

/// The outcome that a process left in a folder; none if it left none.
fn read(folder: &Path) -> Result<Option<Outcome>, Unread> {
    let broken = |error: io::Error| Unread::Broken(error.to_string());
    let mut size = 0;
    for entry in fs::read_dir(folder).map_err(broken)? {
        let entry = entry.map_err(broken)?;
        // A link would lead elsewhere, and a pipe would be waited for.
        let metadata = entry.metadata().map_err(broken)?;
        if !metadata.is_file() {
            return Err(Unread::Broken("there is something beside files".into()));
        }
        size += metadata.len();
    }
    if size > child::FILE {
        return Err(Unread::TooLarge);
    }
    let text = match fs::read_to_string(folder.join(FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(broken)?,
    };
    let array = |name: &str| fs::read(folder.join(Path::new(name).file_name()?)).ok();
    Outcome::read(&text, &array).map(Some).map_err(|fault| Unread::Broken(fault.text))
}

/// The end of what a cell printed, as much as is of use beside a mistake.
fn last_lines(printed: &str) -> String {
    let text = printable(printed);
    let of_use = |line: &&str| !line.trim().is_empty() && !line.starts_with("note: run with `RUST_BACKTRACE=1`");
    let lines: Vec<&str> = text.lines().filter(of_use).collect();
    let shown = lines[lines.len().saturating_sub(LINES)..].iter();
    shown.map(|line| line.chars().take(200).collect::<String>()).collect::<Vec<_>>().join("\n")
}

/// Text without what would move a terminal's cursor or change its colours.
fn printable(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' && chars.next_if_eq(&'[').is_some() {
            while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {}
        } else if !c.is_control() || c == '\n' {
            out.push(c);
        } else if c == '\t' {
            out.push_str("    ");
        }
    }
    out
}

#[cfg(unix)]
fn is_file_limit(signal: i32) -> bool {
    signal == libc::SIGXFSZ
}

#[cfg(not(unix))]
fn is_file_limit(_: i32) -> bool {
    false
}

/// What a signal means, from what the process said before it.
fn killed(signal: i32, printed: &str) -> (String, Option<&'static str>) {
    let name = signal_name(signal);
    if printed.contains("has overflowed its stack") {
        let help = "look for a function that calls itself without end, or a large array that could be a Vec";
        return (format!("overflowed its stack ({name})"), Some(help));
    }
    if printed.contains("memory allocation of") {
        return (
            format!("could not have more memory ({name})"),
            Some("look for an array that is larger than meant: in the sandbox a cell has 4 GiB"),
        );
    }
    let help = (name == "SIGKILL").then_some("the system does this when memory runs out");
    (format!("was killed by {name}"), help)
}

#[cfg(unix)]
fn signal_name(signal: i32) -> String {
    let names = [
        (libc::SIGABRT, "SIGABRT"),
        (libc::SIGBUS, "SIGBUS"),
        (libc::SIGFPE, "SIGFPE"),
        (libc::SIGILL, "SIGILL"),
        (libc::SIGINT, "SIGINT"),
        (libc::SIGKILL, "SIGKILL"),
        (libc::SIGSEGV, "SIGSEGV"),
        (libc::SIGSYS, "SIGSYS"),
        (libc::SIGTERM, "SIGTERM"),
        (libc::SIGTRAP, "SIGTRAP"),
        (libc::SIGXCPU, "SIGXCPU"),
    ];
    let known = names.iter().find(|(number, _)| *number == signal);
    known.map_or_else(|| format!("signal {signal}"), |(_, name)| (*name).to_owned())
}

#[cfg(not(unix))]
fn signal_name(signal: i32) -> String {
    format!("signal {signal}")
}
