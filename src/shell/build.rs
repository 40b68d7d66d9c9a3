//! A build from folder to folder: read, parse, plan, run what is stale, resolve, render, check, write.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::cells::{self, Progress, Settings};
use super::disk;
use super::failure::Failure;
use super::library;
use crate::guide::config::Config;
use crate::guide::job::Job;
use crate::guide::ledger::{self, Ledger};
use crate::guide::mistake::{Code, Mistakes, Severity};
use crate::guide::plan::{Surroundings, plan};
use crate::guide::site::{self, Site};
use crate::guide::tree::Tree;
use crate::guide::{book, model, pages, templates};

/// What is asked of a build.
#[derive(Clone, Debug)]
pub struct Request {
    /// The site's folder.
    pub root: PathBuf,
    /// Where the finished site goes.
    pub output: PathBuf,
    /// A stale record is a mistake, and no cell runs.
    pub frozen: bool,
    /// Nothing is written.
    pub check_only: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    pub mistakes: Mistakes,
    /// The files as they were read, to show mistakes in.
    pub tree: Tree,
    pub pages: usize,
    pub cells: usize,
    /// Labels of the cells that ran.
    pub ran: Vec<String>,
    /// Whether the output was written, and how many files of it changed.
    pub written: Option<usize>,
    pub took: Duration,
}

/// Builds a site. Mistakes are in the report; a failure is the machine's.
pub fn build(request: &Request, progress: &(dyn Fn(Progress) + Sync)) -> Result<Report, Failure> {
    let start = Instant::now();
    refuse_own_input(request)?;
    let mut tree = disk::read(&request.root)?;
    let (guide, mut mistakes) = model::parse(&tree);
    let lock = tree.text("cells.lock").and_then(Result::ok).map(str::to_owned);
    let around = Surroundings { library: library::digest(), lock: lock.as_deref() };
    let (jobs, wrong) = plan(&guide, &tree, &around);
    mistakes.append(wrong);
    let (mut ledger, wrong) = records(&tree, &jobs);
    mistakes.append(wrong);
    let stale: Vec<&Job> = jobs.iter().filter(|job| !ledger.is_fresh(job)).collect();
    let mut report = Report { pages: guide.pages.len(), cells: jobs.len(), ..Report::default() };
    if request.frozen {
        for job in &stale {
            mistakes.stale_record(fence(job), &job.label, &ledger.reasons(job));
        }
    } else if !request.check_only {
        report.ran = compute(request, &guide.config, &stale, &mut tree, &mut mistakes, lock, progress)?;
        let (fresh, wrong) = records(&tree, &jobs);
        ledger = fresh;
        // A record that could not be read has been made anew, or its mistake is known already.
        drop(wrong);
    }
    keep_known(&mut ledger, &jobs);
    let (book, wrong) = book::resolve(&guide, &ledger);
    mistakes.append(wrong);
    for path in ledger::orphans(&tree, &jobs) {
        mistakes.orphan_record(&path);
    }
    let (templates, wrong) = templates::load(&tree);
    mistakes.append(wrong);
    let finished = if blocks(&allow(mistakes.clone(), &guide.config)) {
        None
    } else {
        Some(pages::render(&book, &templates, &tree))
    };
    let mut site = None;
    if let Some((rendered, wrong)) = finished {
        // Links to a page that could not be rendered would only hide why.
        let whole = wrong.is_empty();
        mistakes.append(wrong);
        if whole {
            mistakes.append(site::check(&rendered));
        }
        site = Some(rendered);
    }
    let mut mistakes = allow(mistakes, &guide.config);
    mistakes.sort();
    if let Some(site) = site.filter(|_| !request.check_only && !blocks(&mistakes)) {
        report.written = Some(disk::write(&site, &request.output)?);
    }
    Ok(Report { mistakes, tree, took: start.elapsed(), ..report })
}

/// An output among the input would be part of the next build.
fn refuse_own_input(request: &Request) -> Result<(), Failure> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (root, output) = (absolute(&request.root), absolute(&request.output));
    if !["content", "templates", "static"].iter().any(|folder| output.starts_with(root.join(folder))) {
        return Ok(());
    }
    let text =
        format!("the output '{}' would be read again as part of the site: choose another folder", output.display());
    Err(Failure::Program { name: "build".into(), text })
}

/// Runs the stale cells and writes their records, to the disk and into the tree.
fn compute(
    request: &Request,
    config: &Config,
    stale: &[&Job],
    tree: &mut Tree,
    mistakes: &mut Mistakes,
    lock: Option<String>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<String>, Failure> {
    let mut settings = Settings::new(&request.root)?;
    settings.dependencies = dependencies(config);
    settings.lock = lock;
    let run = cells::run(stale, tree, &settings, progress)?;
    mistakes.append(run.mistakes);
    if let Some(lock) = run.lock {
        disk::replace(&request.root.join("cells.lock"), lock.as_bytes())?;
    }
    let mut ran = Vec::new();
    for (label, record, _) in run.finished {
        let Some(job) = stale.iter().find(|job| job.label == label) else { continue };
        let files = ledger::write(job, &record);
        for (path, bytes) in &files {
            disk::replace(&request.root.join(path), bytes)?;
        }
        forget(&request.root, tree, job, &files)?;
        files.into_iter().for_each(|(path, bytes)| tree.insert(&path, bytes));
        ran.push(label);
    }
    Ok(ran)
}

/// Removes the arrays of a record's old version, once the new one is on disk.
fn forget(root: &Path, tree: &mut Tree, job: &Job, files: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    let folder = ledger::folder(&job.span.file);
    let start = format!("{folder}/{}.", job.label);
    let old = tree.files.keys().filter(|path| path.starts_with(&start) && path.ends_with(".npy"));
    let old: Vec<_> = old.filter(|path| !files.iter().any(|(new, _)| *new == ***path)).cloned().collect();
    for path in old {
        tree.files.remove(&path);
        let path = root.join(&*path);
        std::fs::remove_file(&path).map_err(Failure::file("remove", &path))?;
    }
    Ok(())
}

fn dependencies(config: &Config) -> toml::Table {
    let value = toml::Table::try_from(&config.dependencies);
    value.unwrap_or_default()
}

fn fence(job: &Job) -> crate::guide::mistake::Span {
    crate::guide::mistake::Span { end: job.span.start + 3, ..job.span.clone() }
}

/// The records that lie where their cells are: what a cell left behind when it moved must not stand in for its new one.
fn records(tree: &Tree, jobs: &[Job]) -> (Ledger, Mistakes) {
    let mut known = tree.clone();
    for path in ledger::orphans(tree, jobs) {
        known.files.remove(path.as_str());
    }
    ledger::read(&known)
}

/// A record without a cell is not part of the book.
fn keep_known(ledger: &mut Ledger, jobs: &[Job]) {
    ledger.entries.retain(|label, _| jobs.iter().any(|job| job.label == *label));
}

/// Takes away what the config allows, and tells allowances that nothing needs.
fn allow(mistakes: Mistakes, config: &Config) -> Mistakes {
    let mut out = Mistakes::default();
    let mut needed = vec![false; config.allowances.len()];
    for mistake in mistakes.iter() {
        let found = config
            .allowances
            .iter()
            .position(|allowance| allowance.code == mistake.code && *allowance.page == *mistake.span.file);
        match found {
            Some(at) => needed[at] = true,
            None => out.push(mistake.clone()),
        }
    }
    for (allowance, needed) in config.allowances.iter().zip(needed) {
        if !needed {
            out.needless_allowance(allowance.span.clone(), allowance.code, &allowance.page);
        }
    }
    out
}

/// Whether a site with these mistakes may not be written. A broken claim may: the page says that it is broken.
fn blocks(mistakes: &Mistakes) -> bool {
    mistakes.iter().any(|mistake| mistake.severity == Severity::Error && mistake.code != Code::ClaimBroken)
}

/// The finished site of a folder without touching the disk, for those who serve or compare it.
pub fn site_of(tree: &Tree) -> (Site, Mistakes) {
    let (guide, mut mistakes) = model::parse(tree);
    let (ledger, wrong) = ledger::read(tree);
    mistakes.append(wrong);
    let (book, wrong) = book::resolve(&guide, &ledger);
    mistakes.append(wrong);
    let (templates, wrong) = templates::load(tree);
    mistakes.append(wrong);
    let (site, wrong) = pages::render(&book, &templates, tree);
    mistakes.append(wrong);
    mistakes.append(site::check(&site));
    (site, mistakes)
}
