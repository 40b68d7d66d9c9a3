//! Verification: every cell is computed from nothing and compared with its record, and the site is checked.

use std::path::PathBuf;
use std::time::Instant;

use super::cells::{self, Finished, Pass, Progress};
use super::failure::Failure;
use super::git;
use super::library;
use super::look;
use super::open::{self, Opened};
use super::sandbox::Guard;
use crate::guide::durations::Durations;
use crate::guide::job::Job;
use crate::guide::mistake::Mistakes;
use crate::guide::plan::digest;
use crate::guide::tree::Tree;
use crate::guide::verdict::{self, Evidence, Report, SCHEMA, Status, Verdict};
use crate::guide::{book, yaml};

/// What is asked of a verification.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The site's folder.
    pub root: PathBuf,
    /// Only these cells; none for all.
    pub cells: Vec<String>,
    /// The part of the cells, counted from 1, and the number of parts.
    pub shard: Option<(usize, usize)>,
    /// Only cells of which something has changed since this revision.
    pub changed_since: Option<String>,
    /// How often each cell is run for each number of threads.
    pub repeat: usize,
    /// The numbers of threads with which each cell is run; none for what the machine offers.
    pub threads: Vec<usize>,
    /// The sandbox of the cells.
    pub guard: Guard,
}

/// What came of it. Nothing was written.
pub struct Verified {
    pub report: Report,
    pub mistakes: Mistakes,
    pub tree: Tree,
}

/// Verifies a site. What is wrong is in the report; a failure is the machine's.
pub fn verify(request: &Request, progress: &(dyn Fn(Progress) + Sync)) -> Result<Verified, Failure> {
    let start = Instant::now();
    let mut opened = open::open(&request.root)?;
    let mut mistakes = std::mem::take(&mut opened.mistakes);
    let chosen = choose(request, &opened)?;
    let settings = cells::Settings { passes: passes(request), guard: request.guard, ..opened.settings()? };
    let jobs: Vec<&Job> = chosen.run.iter().copied().filter(|job| job.absent.is_empty()).collect();
    let run = cells::run(&jobs, &opened.tree, &settings, progress)?;
    let bench = Bench { opened: &opened, failed: &run.mistakes, finished: &run.finished };
    let mut verdicts: Vec<Verdict> = Vec::new();
    for job in &opened.jobs {
        if chosen.run.iter().any(|other| other.label == job.label) {
            verdicts.extend(bench.verdict(job, &mut mistakes));
        } else if chosen.spared.contains(&job.label.as_str()) {
            verdicts.extend(bench.spared(job));
        }
    }
    mistakes.append(run.mistakes);
    let state = state(&opened.tree);
    let all = opened.jobs.iter().map(|job| job.label.clone()).collect();
    opened.mistakes = mistakes;
    let mistakes = look::mistakes(&mut opened);
    let Opened { tree, guide, .. } = opened;
    let report = Report {
        schema: SCHEMA,
        theoria: env!("CARGO_PKG_VERSION").into(),
        site: guide.config.title.clone(),
        state,
        shard: request.shard.map(|(part, of)| format!("{part}/{of}")),
        all,
        cells: verdicts,
        mistakes: verdict::tell(&mistakes, &tree),
        seconds: start.elapsed().as_secs_f64(),
    };
    Ok(Verified { report, mistakes, tree })
}

fn passes(request: &Request) -> Vec<Pass> {
    let threads: Vec<Option<usize>> = match request.threads.as_slice() {
        [] => vec![None],
        threads => threads.iter().copied().map(Some).collect(),
    };
    let one = threads.into_iter().map(|threads| Pass { threads });
    one.flat_map(|pass| std::iter::repeat_n(pass, request.repeat.max(1))).collect()
}

/// A digest of every file of a site and of what its cells can see of Theoria.
fn state(tree: &Tree) -> String {
    let files = tree.files.iter().map(|(path, bytes)| format!("{path} {}\n", digest(bytes)));
    digest((files.collect::<String>() + library::digest()).as_bytes())
}

/// The cells of which there will be a verdict.
struct Chosen<'a> {
    /// Those to be run.
    run: Vec<&'a Job>,
    /// Labels of those that are spared since nothing has changed.
    spared: Vec<&'a str>,
}

fn choose<'a>(request: &Request, opened: &'a Opened) -> Result<Chosen<'a>, Failure> {
    let mut jobs = named(&request.cells, opened)?;
    if let Some((part, of)) = request.shard {
        let labels: Vec<&str> = jobs.iter().map(|job| job.label.as_str()).collect();
        let parts = Durations::read(&opened.tree).split(&labels, of);
        let ours = parts.into_iter().nth(part - 1).unwrap_or_default();
        jobs.retain(|job| ours.contains(&job.label.as_str()));
    }
    let Some(revision) = &request.changed_since else { return Ok(Chosen { run: jobs, spared: Vec::new() }) };
    let before = open::of_tree(git::tree_at(&request.root, revision)?);
    let (spared, run) = jobs.into_iter().partition(|job| unchanged(job, opened, &before));
    let spared: Vec<&Job> = spared;
    Ok(Chosen { run, spared: spared.into_iter().map(|job| job.label.as_str()).collect() })
}

/// The jobs of these cells; all if none is named.
pub fn named<'a>(names: &[String], opened: &'a Opened) -> Result<Vec<&'a Job>, Failure> {
    if names.is_empty() {
        return Ok(opened.jobs.iter().collect());
    }
    let all = || opened.guide.pages.iter().flat_map(|page| &page.text.cells);
    let mut labels = Vec::new();
    for name in names {
        let Some(cell) = all().find(|cell| cell.answers_to(name)) else {
            let near = yaml::nearest(name, all().map(|cell| cell.label.as_str()));
            let help = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(Failure::Program { name: "cells".into(), text: format!("there is no cell `{name}`{help}") });
        };
        labels.push(cell.label.as_str());
    }
    Ok(opened.jobs.iter().filter(|job| labels.contains(&job.label.as_str())).collect())
}

/// Whether a cell, its tolerances and its record are as they were.
fn unchanged(job: &Job, now: &Opened, before: &Opened) -> bool {
    let [(is, now_cell), (was, old_cell)] =
        [now, before].map(|of| (of.ledger.entries.get(&job.label), of.cell(&job.label)));
    let (Some(is), Some(was)) = (is, was) else { return false };
    job.manifest.is_met_by(&was.manifest)
        && now.ledger.is_fresh(job)
        && is.record == was.record
        && now_cell.map(|cell| &cell.tolerances) == old_cell.map(|cell| &cell.tolerances)
        && now.guide.config.tolerance == before.guide.config.tolerance
}

/// The results, beside the records.
struct Bench<'a> {
    opened: &'a Opened,
    failed: &'a Mistakes,
    finished: &'a [Finished],
}

impl Bench<'_> {
    fn evidence<'a>(&'a self, job: &'a Job) -> Option<Evidence<'a>> {
        let Opened { ledger, tree, guide, .. } = self.opened;
        Some(Evidence {
            job,
            cell: self.opened.cell(&job.label)?,
            ledger,
            tree,
            site_tolerance: &guide.config.tolerance,
        })
    }

    fn spared(&self, job: &Job) -> Option<Verdict> {
        Some(self.evidence(job)?.without_results(Status::Unchanged, None))
    }

    /// The verdict on a cell that was to be run. Whatever is wrong is a mistake too, at its place.
    fn verdict(&self, job: &Job, mistakes: &mut Mistakes) -> Option<Verdict> {
        let evidence = self.evidence(job)?;
        if let Some((_, path)) = job.absent.first() {
            let reason = format!("the data file '{path}' is not on this machine");
            return Some(evidence.without_results(Status::Skipped, Some(reason)));
        }
        let Some(fresh) = self.finished.iter().find(|cell| cell.label == job.label) else {
            return Some(evidence.without_results(Status::Failed, Some(self.why(job))));
        };
        let (verdict, advice) = evidence.judge(&fresh.record, fresh.took.as_secs_f64());
        advice.iter().for_each(|advice| mistakes.tolerance(evidence.cell.tolerance_line.clone(), &job.label, advice));
        let span = job.span.marks();
        let recorded = self.opened.ledger.entries.get(&job.label).map(|entry| &*entry.record);
        for claim in fresh.record.claims.iter().filter(|claim| !claim.holds()) {
            // One that is recorded as broken is told when the site is checked.
            let known =
                recorded.is_some_and(|record| record.claims.iter().any(|old| old.name == claim.name && !old.holds()));
            if !known {
                book::tell_broken(claim, span.clone(), mistakes);
            }
        }
        mistakes.drifted(span.clone(), &job.label, &verdict.drifts, &verdict.changed);
        match verdict.status {
            // What is wrong with a record that cannot be read has been told.
            _ if self.opened.is_spoilt(job) => {}
            _ if recorded.is_none() => mistakes.unrecorded(span, &job.label),
            Status::Stale => mistakes.stale_but_same(span, &job.label, &verdict.changed),
            _ => {}
        }
        Some(verdict)
    }

    /// Why a cell did not come to its end, in the words of its first mistake.
    fn why(&self, job: &Job) -> String {
        let page = self.opened.tree.text(&job.span.file).and_then(Result::ok).unwrap_or_default();
        let mut ours = self.failed.iter().filter(|mistake| mistake.span.file == job.span.file);
        let first = ours.find(|mistake| job.encloses(mistake.span.start, page));
        first.map_or_else(|| "it did not come to its end".into(), |mistake| mistake.text.clone())
    }
}
