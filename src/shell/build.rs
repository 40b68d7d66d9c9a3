//! A build from folder to folder: read, parse, plan, run what is stale, resolve, render, check, write.

use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use super::cells::{self, Finished, Pass, Progress, Settings};
use super::durations;
use super::failure::Failure;
use super::keep::{self, move_records};
use super::open::{self, Opened};
use super::publish::publish;
use super::sandbox::Guard;
use crate::guide::comparison::Comparison;
use crate::guide::finish::{assemble, blocks, finish};
use crate::guide::folders::Folders;
use crate::guide::memory::Memory;
use crate::guide::mistake::Mistakes;
use crate::guide::search;
use crate::guide::site::Site;
use crate::guide::tree::Tree;

/// What is asked of a build.
#[derive(Clone, Debug)]
pub struct Request {
    /// The site's folder.
    pub root: PathBuf,
    /// Where the finished site goes.
    pub output: PathBuf,
    /// A stale record is a mistake, and no cell runs.
    pub frozen: bool,
    /// Drafts are part of the site.
    pub drafts: bool,
    /// Nothing is written.
    pub check_only: bool,
    /// The cells that run at once, and the threads that each may use; none for what the machine offers.
    pub threads: Option<usize>,
    /// The sandbox of the cells.
    pub guard: Guard,
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
    /// Of those, the cells whose results are others than were recorded, and what moved.
    pub moved: Vec<(String, Comparison)>,
    /// Whether the output was written, and how many files of it changed.
    pub written: Option<usize>,
    pub took: Duration,
}

/// Builds a site. Mistakes are in the report; a failure is the machine's.
pub fn build(request: &Request, progress: &(dyn Fn(Progress) + Sync)) -> Result<Report, Failure> {
    let start = Instant::now();
    let mut opened = open::open_with(&request.root, request.drafts)?;
    refuse_own_input(request, &opened.guide.config.folders)?;
    let mut mistakes = std::mem::take(&mut opened.mistakes);
    let mut report = Report {
        pages: opened.guide.pages.len(),
        cells: opened.guide.pages.iter().map(|page| page.text.cells.len()).sum(),
        ..Report::default()
    };
    if request.frozen {
        for job in opened.stale() {
            mistakes.stale_record(job.span.marks(), &job.label, &opened.ledger.reasons(job));
        }
    } else if !request.check_only {
        move_records(&mut opened)?;
        let settings = settings(request, &opened)?;
        let run = cells::run(&opened.stale(), &opened.tree, &settings, progress)?;
        mistakes.append(run.mistakes);
        report.moved = moved(&opened, &run.finished);
        let took = cells::times(&run.finished);
        report.ran = keep::keep_all(&mut opened, run.finished, run.lock)?;
        durations::note(&mut opened, &settings, &took)?;
        keep::clean(&mut opened)?;
    }
    let Opened { tree, guide, jobs, mut ledger, .. } = opened;
    let (site, mistakes) = finish(&guide, &mut ledger, &jobs, &tree, mistakes, &mut Memory::default());
    if let Some(mut site) = site.filter(|_| !request.check_only && !blocks(&mistakes)) {
        if guide.config.search {
            let index = search::index(&site);
            site.insert(search::PATH, index);
        }
        report.written = Some(publish(&site, &request.output)?);
    }
    Ok(Report { mistakes, tree, took: start.elapsed(), ..report })
}

fn settings(request: &Request, opened: &Opened) -> Result<Settings, Failure> {
    let settings = opened.settings()?;
    let threads = request.threads.unwrap_or(settings.threads);
    Ok(Settings { threads, passes: vec![Pass { threads: request.threads }], guard: request.guard, ..settings })
}

/// What verification would call drifted: a record is replaced, but never in silence.
fn moved(opened: &Opened, finished: &[Finished]) -> Vec<(String, Comparison)> {
    let compared = finished.iter().filter_map(|cell| Some((cell.label.clone(), opened.compare(cell)?)));
    compared.filter(|(_, found)| !found.agrees()).collect()
}

/// An output among the input would be part of the next build.
fn refuse_own_input(request: &Request, folders: &Folders) -> Result<(), Failure> {
    let absolute = |path: &Path| plain(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    let (root, output) = (absolute(&request.root), absolute(&request.output));
    if !folders.all().iter().any(|folder| output.starts_with(root.join(folder))) {
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

/// The site of a tree in memory, from the records it has, and all that is wrong with it.
pub fn site_of(tree: &Tree) -> (Site, Mistakes) {
    site_with(tree, &mut Memory::default())
}

/// The same, with what is remembered of the tree before it.
pub fn site_with(tree: &Tree, memory: &mut Memory) -> (Site, Mistakes) {
    let Opened { tree, guide, jobs, mut ledger, mut mistakes, .. } = open::of_tree_with(tree.clone(), memory);
    let site = assemble(&guide, &mut ledger, &jobs, &tree, &mut mistakes, memory);
    (site.unwrap_or_default(), mistakes)
}
