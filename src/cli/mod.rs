//! What the user may ask, and the answers in the terminal.

mod explain;
mod list;
mod table;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use clap::{Args, Parser, Subcommand};

use crate::shell::build::{self, Report, Request};
use crate::shell::cells::Progress;
use crate::shell::disk;
use crate::shell::failure::Failure;
use crate::shell::{serve, terminal, watch};

/// Builds living theory guides: sites whose every figure, number and claim is computed by Rust code on the page.
#[derive(Parser)]
#[command(name = "theoria", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Ask,
}

#[derive(Subcommand)]
enum Ask {
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
    },
    /// Looks for mistakes without running cells or writing anything.
    Check {
        #[command(flatten)]
        site: SiteArgs,
    },
    /// Lists the cells, figures, claims, questions or labels of the guide.
    List(list::ListArgs),
    /// Tells everything about one cell: why it runs again, what it shows, what is compiled.
    Explain(explain::ExplainArgs),
    /// Serves the site on this machine and builds it again whenever a file changes.
    Watch {
        #[command(flatten)]
        site: SiteArgs,
        /// Opens the site in the browser.
        #[arg(long)]
        open: bool,
        #[arg(long, default_value_t = 4000)]
        port: u16,
    },
    /// Serves the finished site on this machine.
    Serve {
        #[command(flatten)]
        site: SiteArgs,
        #[arg(long, default_value_t = 4000)]
        port: u16,
    },
}

#[derive(Args)]
struct SiteArgs {
    /// The site's folder.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    site: PathBuf,
    /// Where the finished site goes [default: `public` in the site's folder]
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

impl SiteArgs {
    fn request(&self) -> Request {
        let output = self.output.clone().unwrap_or_else(|| self.site.join(disk::OUTPUT));
        Request { root: self.site.clone(), output, frozen: false, check_only: false }
    }
}

/// Runs the program. Exit codes: 0 clean, 1 mistakes, 2 the machine failed.
pub fn main() -> ExitCode {
    match answer(&Cli::parse().command) {
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
        Ask::Build { site, open, frozen } => {
            let request = Request { frozen: *frozen, ..site.request() };
            let good = build_once(&request)?;
            if *open && request.output.join("index.html").exists() {
                serve_folder(&request.output, 0, true)?;
            }
            Ok(good)
        }
        Ask::Check { site } => build_once(&Request { check_only: true, ..site.request() }),
        Ask::List(ask) => list::list(ask),
        Ask::Explain(ask) => explain::explain(ask),
        Ask::Watch { site, open, port } => watch_site(&site.request(), *port, *open).map(|()| true),
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
    eprintln!("{}", summary(report, request));
}

fn watch_site(request: &Request, port: u16, open: bool) -> Result<(), Failure> {
    std::fs::create_dir_all(&request.output).map_err(Failure::file("create", &request.output))?;
    let output = request.output.clone();
    let mut server = Some(move || serve_folder(&output, port, open));
    watch::watch(request, &tell, |report| {
        show(report, request);
        if let Some(serve) = server.take() {
            std::thread::spawn(move || {
                if let Err(failure) = serve() {
                    eprintln!("theoria: {failure}");
                    std::process::exit(2);
                }
            });
        }
    })
}

/// One line per event of the cells, on standard error.
fn tell(progress: Progress) {
    match progress {
        Progress::Compiling { cells } => eprintln!("compiling {}", count(cells, "cell")),
        Progress::Built { name } if std::io::stderr().is_terminal() => {
            eprint!("\r\x1b[Kcompiling what cells need, once for all builds: {name}");
            let _ = std::io::stderr().flush();
        }
        Progress::Built { .. } => {}
        Progress::Started { label } => eprintln!("{}running {label}", clear()),
        Progress::Printed { label, text } => eprintln!("{label} printed:\n{}", text.trim_end()),
        Progress::Finished { label, seconds } => eprintln!("{}{label} took {seconds:.1} s", clear()),
    }
}

fn clear() -> &'static str {
    if std::io::stderr().is_terminal() { "\r\x1b[K" } else { "" }
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

fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
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
