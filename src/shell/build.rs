//! A build from folder to folder: read, parse, plan, run what is stale, resolve, render, check, write.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cells::{self, Progress, Settings};
use super::disk;
use super::failure::Failure;
use super::library;
use crate::guide::config::Config;
use crate::guide::job::Job;
use crate::guide::ledger::{self, Ledger};
use crate::guide::mistake::{Code, Mistakes, Severity};
use crate::guide::model::Guide;
use crate::guide::plan::{Surroundings, plan};
use crate::guide::site::{self, Site};
use crate::guide::tree::Tree;
use crate::guide::{book, model, pages, templates};
use crate::record::Record;

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
    /// The files as they were read, with the records that were written.
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
    let (mut jobs, wrong) = plan(&guide, &tree, &around);
    mistakes.append(wrong);
    let (mut ledger, wrong) = ledger::read(&tree, &jobs);
    mistakes.append(wrong);
    // A record that is there and cannot be read is not overwritten: its author may want it back.
    let spoilt = |job: &Job| tree.files.contains_key(&*ledger::file(job)) && !ledger.entries.contains_key(&job.label);
    let stale: Vec<&Job> = jobs.iter().filter(|job| !ledger.is_fresh(job) && !spoilt(job)).collect();
    let mut report = Report {
        pages: guide.pages.len(),
        cells: guide.pages.iter().map(|page| page.text.cells.len()).sum(),
        ..Report::default()
    };
    if request.frozen {
        for job in &stale {
            mistakes.stale_record(job.span.marks(), &job.label, &ledger.reasons(job));
        }
    } else if !request.check_only {
        move_records(&request.root, &mut tree, &jobs, &ledger)?;
        let run = cells::run(&stale, &tree, &settings(request, &guide.config, lock)?, progress)?;
        mistakes.append(run.mistakes);
        if let Some(lock) = run.lock {
            // The records about to be written were computed under the new lock, and their manifests must say so.
            disk::replace(&request.root.join("cells.lock"), lock.as_bytes())?;
            tree.insert("cells.lock", lock.as_bytes());
            jobs = plan(&guide, &tree, &Surroundings { library: library::digest(), lock: Some(&lock) }).0;
        }
        for (label, record, _) in run.finished {
            if let Some(job) = jobs.iter().find(|job| job.label == label) {
                keep(&request.root, &mut tree, job, &record)?;
                forget_elsewhere(&request.root, &mut tree, job, &ledger)?;
                report.ran.push(label);
            }
        }
        // A record that could not be read has been made anew, or its mistake is known already.
        ledger = ledger::read(&tree, &jobs).0;
    }
    let site = assemble(&guide, &mut ledger, &jobs, &tree, &mut mistakes);
    let mut mistakes = allow(mistakes, &guide.config);
    mistakes.sort();
    if let Some(site) = site.filter(|_| !request.check_only && !blocks(&mistakes)) {
        report.written = Some(disk::write(&site, &request.output)?);
    }
    Ok(Report { mistakes, tree, took: start.elapsed(), ..report })
}

/// An output among the input would be part of the next build.
fn refuse_own_input(request: &Request) -> Result<(), Failure> {
    let absolute = |path: &Path| plain(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    let (root, output) = (absolute(&request.root), absolute(&request.output));
    if !["content", "templates", "static"].iter().any(|folder| output.starts_with(root.join(folder))) {
        return Ok(());
    }
    let text =
        format!("the output '{}' would be read again as part of the site: choose another folder", output.display());
    Err(Failure::Program { name: "build".into(), text })
}

/// A path without `..`, as far as words go.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut out, part| {
        match part {
            Component::ParentDir => drop(out.pop()),
            part => out.push(part),
        }
        out
    })
}

fn settings(request: &Request, config: &Config, lock: Option<String>) -> Result<Settings, Failure> {
    Ok(Settings { dependencies: dependencies(config), lock, ..Settings::new(&request.root)? })
}

/// Writes a job's record to the disk and into the tree; the arrays of its old version go last.
fn keep(root: &Path, tree: &mut Tree, job: &Job, record: &Record) -> Result<(), Failure> {
    let files = ledger::write(job, record);
    for (path, bytes) in &files {
        disk::replace(&root.join(path), bytes)?;
    }
    let arrays = format!("{}/{}.", ledger::folder(&job.span.file), job.label);
    let old = tree.files.keys().filter(|path| path.starts_with(&arrays) && path.ends_with(".npy"));
    let old = old.filter(|path| !files.iter().any(|(new, _)| *new == ***path)).cloned().collect();
    remove(root, tree, old)?;
    files.into_iter().for_each(|(path, bytes)| tree.insert(&path, bytes));
    Ok(())
}

fn remove(root: &Path, tree: &mut Tree, paths: Vec<Arc<str>>) -> Result<(), Failure> {
    for path in paths {
        tree.files.remove(&path);
        let path = root.join(&*path);
        std::fs::remove_file(&path).map_err(Failure::file("remove", &path))?;
        // Fails, as it should, if the folder holds anything else.
        let _ = path.parent().map(std::fs::remove_dir);
    }
    Ok(())
}

/// When a page was renamed or a cell moved to another, its record follows it.
fn move_records(root: &Path, tree: &mut Tree, jobs: &[Job], ledger: &Ledger) -> Result<(), Failure> {
    for job in jobs.iter().filter(|job| ledger.is_fresh(job)) {
        if let Some(entry) = ledger.entries.get(&job.label).filter(|entry| entry.file != ledger::file(job)) {
            keep(root, tree, job, &entry.record)?;
            forget_elsewhere(root, tree, job, ledger)?;
        }
    }
    Ok(())
}

/// Removes the record that a cell had where it stood before; its new one is on disk by now.
fn forget_elsewhere(root: &Path, tree: &mut Tree, job: &Job, ledger: &Ledger) -> Result<(), Failure> {
    let Some(entry) = ledger.entries.get(&job.label).filter(|entry| entry.file != ledger::file(job)) else {
        return Ok(());
    };
    let arrays = entry.file.trim_end_matches("record");
    let ours = |path: &&Arc<str>| ***path == *entry.file || (path.starts_with(arrays) && path.ends_with(".npy"));
    let old = tree.files.keys().filter(ours).cloned().collect();
    remove(root, tree, old)
}

fn dependencies(config: &Config) -> toml::Table {
    let value = toml::Table::try_from(&config.dependencies);
    value.unwrap_or_default()
}

/// From guide and ledger to the finished site; nothing if its templates cannot be read.
fn assemble(guide: &Guide, ledger: &mut Ledger, jobs: &[Job], tree: &Tree, mistakes: &mut Mistakes) -> Option<Site> {
    for path in ledger::orphans(tree, jobs) {
        mistakes.orphan_record(&path);
    }
    // A record without a cell is not part of the book.
    ledger.entries.retain(|label, _| jobs.iter().any(|job| job.label == *label));
    let (book, wrong) = book::resolve(guide, ledger);
    mistakes.append(wrong);
    let (templates, wrong) = templates::load(tree);
    // Without its templates no page can be rendered, and each would tell so.
    let rendered = wrong.is_empty().then(|| pages::render(&book, &templates, tree));
    mistakes.append(wrong);
    let (site, wrong) = rendered?;
    mistakes.append(wrong);
    // In an unfinished site links are dead for reasons that have been told.
    if !blocks(&allow(mistakes.clone(), &guide.config)) {
        mistakes.append(site::check(&site));
    }
    Some(site)
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

/// The site of a tree in memory, from the records it has, and all that is wrong with it.
pub fn site_of(tree: &Tree) -> (Site, Mistakes) {
    let (guide, mut mistakes) = model::parse(tree);
    let around = Surroundings { library: library::digest(), lock: None };
    let (jobs, wrong) = plan(&guide, tree, &around);
    mistakes.append(wrong);
    let (mut ledger, wrong) = ledger::read(tree, &jobs);
    mistakes.append(wrong);
    let site = assemble(&guide, &mut ledger, &jobs, tree, &mut mistakes);
    (site.unwrap_or_default(), mistakes)
}
