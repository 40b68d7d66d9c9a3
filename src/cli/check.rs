//! `theoria check`: mistakes without building anything, and on demand the links that leave the site.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use clap::Args;

use super::{SiteArgs, build_once};
use crate::guide::number::count;
use crate::shell::build::Request;
use crate::shell::external::{self, Outcome};
use crate::shell::failure::Failure;
use crate::shell::{open, terminal};

#[derive(Args)]
pub struct CheckArgs {
    #[command(flatten)]
    site: SiteArgs,
    /// Looks at pages that are drafts too.
    #[arg(long)]
    drafts: bool,
    /// Asks for every link that leaves the site too: the only thing that Theoria ever asks of the network.
    #[arg(long)]
    external: bool,
    /// Takes the word of a link that answered within so many days.
    #[arg(long, value_name = "DAYS", default_value_t = 7, requires = "external")]
    external_age: u32,
}

/// Answers; whether there is no mistake.
pub fn check(asked: &CheckArgs) -> Result<bool, Failure> {
    let good = build_once(&Request { check_only: true, drafts: asked.drafts, ..asked.site.request() })?;
    if !asked.external {
        return Ok(good);
    }
    let start = Instant::now();
    let mut opened = open::open(&asked.site.request().root)?;
    let age = Duration::from_secs(24 * 3600 * u64::from(asked.external_age));
    let request = external::Request::new(&opened.root, age);
    let outcome = external::check(&mut opened, &request, &tell)?;
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
    eprint!("{}", terminal::render(&outcome.mistakes, &opened.tree));
    eprintln!("{}, in {:.1} s", summary(&outcome), start.elapsed().as_secs_f64());
    Ok(good && outcome.mistakes.errors() == 0)
}

fn tell(done: usize, all: usize) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{done} of {} asked for", count(all, "outside link"));
        let _ = std::io::stderr().flush();
    }
}

fn summary(outcome: &Outcome) -> String {
    let Outcome { links, hosts, known, good, moved, dead, undecided, .. } = outcome;
    if *links == 0 {
        return "no outside links".into();
    }
    let mut parts = vec![format!("{} to {}: {good} good", count(*links, "outside link"), count(*hosts, "host"))];
    for (number, words) in [(*moved, "moved"), (*dead, "dead"), (*undecided, "undecided")] {
        parts.extend((number > 0).then(|| format!("{number} {words}")));
    }
    let known = if *known > 0 { format!(" ({known} of them by an earlier answer)") } else { String::new() };
    parts.join(", ") + &known
}
