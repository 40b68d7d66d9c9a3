//! What the user may ask, and the answers in the terminal.

mod check;
mod explain;
mod init;
mod inventory;
mod list;
mod new;
mod progress;
mod schema;
mod table;
mod verify;
mod watch;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::OnceLock;

use clap::{Args, Parser, Subcommand};

use crate::guide::number::count;
use crate::shell::build::{self, Report, Request};
use crate::shell::cancel;
use crate::shell::disk;
use crate::shell::failure::Failure;
use crate::shell::library;
use crate::shell::sandbox::Guard;
use crate::shell::{serve, terminal};
use progress::tell;
use verify::{AcceptArgs, VerifyArgs};

/// Builds living theory guides: sites whose every figure, number and claim is computed by Rust code on the page.
#[derive(Parser)]
#[command(name = "theoria", version, long_version = long_version(), about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Ask,
}

/// The version, and what cells can see of it: records are made for that.
fn long_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| format!("{} (cells {})", env!("CARGO_PKG_VERSION"), &library::digest()[..12]))
}

#[derive(Subcommand)]
enum Ask {
    /// Begins a guide in a new folder, or writes the config that a site of another generator needs.
    Init(init::InitArgs),
    /// Writes a new sequence, chapter, post or question in its place.
    New(new::NewArgs),
    /// Computes stale cells and writes the site to `public/`.
    Build {
        #[command(flatten)]
        site: SiteArgs,
        /// Serves the finished site on this machine and opens it in the browser.
        #[arg(long)]
        open: bool,
        /// Runs no cell: a record that is out of date is a mistake.
        #[arg(long)]
        frozen: bool,
        /// Makes pages that are drafts part of the site, each marked as one.
        #[arg(long)]
        drafts: bool,
        /// How many cells run at once, and how many threads each of them may use [default: as many as the machine offers]
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
        threads: Option<u16>,
        #[command(flatten)]
        guard: GuardArgs,
    },
    /// Looks for mistakes without running cells or writing anything.
    Check(check::CheckArgs),
    /// Computes every cell from nothing, compares the results with the ledger, and checks the site. Writes nothing.
    Verify {
        #[command(flatten)]
        site: FolderArgs,
        #[command(flatten)]
        asked: Box<VerifyArgs>,
    },
    /// Computes cells and records their results: the purpose of a change has been seen, and it is right.
    Accept {
        #[command(flatten)]
        site: FolderArgs,
        #[command(flatten)]
        asked: AcceptArgs,
    },
    /// Lists the cells, figures, claims, questions, labels, pages, sequences, tags or people of the guide.
    List(list::ListArgs),
    /// Tells everything about one cell: why it runs again, what it shows, what is compiled.
    Explain(explain::ExplainArgs),
    /// Shows the site in the browser, and every change of it as soon as a file is saved. Writes records, and no site.
    Watch(watch::WatchArgs),
    /// Prints the JSON Schema of a file that authors write, for editors: every key, what it holds and what it means.
    Schema(schema::SchemaArgs),
    /// Serves the finished site on this machine.
    Serve {
        #[command(flatten)]
        site: SiteArgs,
        #[arg(long, default_value_t = 4000)]
        port: u16,
    },
}

#[derive(Args)]
struct FolderArgs {
    /// The site's folder.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    site: PathBuf,
}

#[derive(Args)]
struct GuardArgs {
    /// Runs no cell unless the system offers every part of the sandbox.
    #[arg(long, conflicts_with = "no_sandbox")]
    require_sandbox: bool,
    /// Runs cells and compilers without the sandbox, with your own rights: for pages that you would run as programs.
    #[arg(long)]
    no_sandbox: bool,
}

impl GuardArgs {
    /// What is asked for; a failure at once if it cannot be had, whether cells have to run or not.
    fn guard(&self) -> Result<Guard, Failure> {
        let guard = match (self.require_sandbox, self.no_sandbox) {
            (true, _) => Guard::Required,
            (_, true) => Guard::Off,
            _ => Guard::Usual,
        };
        guard.check().map(|_| guard)
    }
}

#[derive(Args)]
struct SiteArgs {
    #[command(flatten)]
    folder: FolderArgs,
    /// Where the finished site goes [default: `public` in the site's folder]
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

impl SiteArgs {
    fn request(&self) -> Request {
        let output = self.output.clone().unwrap_or_else(|| self.folder.site.join(disk::OUTPUT));
        Request {
            root: self.folder.site.clone(),
            output,
            frozen: false,
            drafts: false,
            check_only: false,
            threads: None,
            guard: Guard::default(),
        }
    }
}

/// Runs the program. Exit codes: 0 clean, 1 mistakes, 2 the machine failed.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = cancel::on_signals() {
        eprintln!("theoria: signals cannot be listened to ({error}): what Ctrl-C ends may leave its cells running");
    }
    match answer(&cli.command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("theoria: {failure}");
            ExitCode::from(2)
        }
    }
}

fn answer(ask: &Ask) -> Result<bool, Failure> {
    match ask {
        Ask::Build { site, open, frozen, drafts, threads, guard } => {
            let (threads, guard) = (threads.map(usize::from), guard.guard()?);
            let request = Request { frozen: *frozen, drafts: *drafts, threads, guard, ..site.request() };
            let good = build_once(&request)?;
            if *open && request.output.join("index.html").exists() {
                serve_folder(&request.output, 0, true)?;
            }
            Ok(good)
        }
        Ask::Init(asked) => init::init(asked).map(|()| true),
        Ask::New(asked) => new::new(asked).map(|()| true),
        Ask::Check(asked) => check::check(asked),
        Ask::Verify { site, asked } => verify::verify(&site.site, asked),
        Ask::Accept { site, asked } => verify::accept(&site.site, asked),
        Ask::List(ask) => list::list(ask),
        Ask::Explain(ask) => explain::explain(ask),
        Ask::Schema(ask) => schema::schema(ask),
        Ask::Watch(asked) => watch::watch(asked).map(|()| true),
        Ask::Serve { site, port } => {
            let output = site.request().output;
            if !output.join("index.html").exists() {
                let text = format!("'{}' holds no site yet: run `theoria build` first", output.display());
                return Err(Failure::Program { name: "serve".into(), text });
            }
            serve_folder(&output, *port, false).map(|()| true)
        }
    }
}

fn build_once(request: &Request) -> Result<bool, Failure> {
    let report = build::build(request, &tell)?;
    show(&report, request);
    Ok(report.mistakes.errors() == 0)
}

fn show(report: &Report, request: &Request) {
    eprint!("{}", terminal::render(&report.mistakes, &report.tree));
    for (label, found) in &report.moved {
        eprintln!("{label} has other results than were recorded: {}", verify::moved(found));
    }
    eprintln!("{}", summary(report, request));
}

fn summary(report: &Report, request: &Request) -> String {
    let errors = report.mistakes.errors();
    let warnings = report.mistakes.len() - errors;
    let mut parts = vec![count(report.pages, "page"), count(report.cells, "cell")];
    if !request.check_only {
        parts.push(format!("{} run", report.ran.len()));
    }
    for (number, word) in [(errors, "mistake"), (warnings, "warning")] {
        parts.extend((number > 0).then(|| count(number, word)));
    }
    let end = match report.written {
        Some(changed) => format!("; {} ({} changed)", request.output.display(), count(changed, "file")),
        None if request.check_only => String::new(),
        None => "; nothing was written".into(),
    };
    format!("{}{end}, in {:.2} s", parts.join(", "), report.took.as_secs_f64())
}

fn serve_folder(folder: &Path, port: u16, open: bool) -> Result<(), Failure> {
    serve::serve(folder, port, |address| {
        eprintln!("the guide is at {address} (Ctrl-C ends)");
        if open && !open_browser(address) {
            eprintln!("no browser could be opened: visit the address yourself");
        }
    })
}

fn open_browser(address: &str) -> bool {
    let commands: &[&[&str]] = match std::env::consts::OS {
        "macos" => &[&["open"]],
        "windows" => &[&["cmd", "/C", "start", ""]],
        _ => &[&["xdg-open"], &["sensible-browser"], &["wslview"]],
    };
    commands.iter().any(|words| {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().is_ok()
    })
}
