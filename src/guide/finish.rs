//! From guide and ledger to the finished site, and what may not be published.

use std::collections::BTreeSet;

use super::config::Config;
use super::job::Job;
use super::ledger::{self, Ledger};
use super::memory::Memory;
use super::mistake::{Code, Mistakes, Severity};
use super::model::Guide;
use super::site::{self, Ground, Site};
use super::tree::Tree;
use super::{book, pages, templates};

/// From guide and ledger to the finished site; nothing if its templates cannot be read. The memory makes it quick and changes
/// nothing else.
pub fn assemble(
    guide: &Guide,
    ledger: &mut Ledger,
    jobs: &[Job],
    tree: &Tree,
    mistakes: &mut Mistakes,
    memory: &mut Memory,
) -> Option<Site> {
    // Records of a draft wait for it.
    let waits =
        |path: &str| guide.left_out.iter().any(|draft| path.starts_with(&format!("{}/", ledger::folder(draft))));
    for path in ledger::orphans(tree, jobs).into_iter().filter(|path| !waits(path)) {
        mistakes.orphan_record(&path);
    }
    // A record without a cell is not part of the book.
    let labels: BTreeSet<&str> = jobs.iter().map(|job| job.label.as_str()).collect();
    ledger.entries.retain(|label, _| labels.contains(label.as_str()));
    let (book, wrong) = book::resolve_with(guide, ledger, memory);
    mistakes.append(wrong);
    let loaded = templates::load_with(tree, guide.config.folders.templates.as_deref(), memory);
    mistakes.append(loaded.mistakes.clone());
    // Without its templates no page can be rendered, and each would tell so.
    let good = loaded.mistakes.errors() == 0;
    let rendered = good.then(|| pages::render_with(&book, &loaded.templates, tree, memory));
    let (site, wrong) = rendered?;
    mistakes.append(wrong);
    // In an unfinished site links are dead for reasons that have been told.
    if !blocks(&allow(mistakes.clone(), &guide.config, false)) {
        mistakes.append(site::check_with(&site, &Ground::new(guide), memory));
    }
    Some(site)
}

/// The finished site, and what is wrong with it but for what the config allows, in the order of places.
pub fn finish(
    guide: &Guide,
    ledger: &mut Ledger,
    jobs: &[Job],
    tree: &Tree,
    mut mistakes: Mistakes,
    memory: &mut Memory,
) -> (Option<Site>, Mistakes) {
    let site = assemble(guide, ledger, jobs, tree, &mut mistakes, memory);
    let mut mistakes = allow(mistakes, &guide.config, false);
    mistakes.sort();
    (site, mistakes)
}

/// The same for what was found outside of the site.
pub fn allow_outside(mistakes: Mistakes, config: &Config) -> Mistakes {
    allow(mistakes, config, true)
}

/// Takes away what the config allows, and tells allowances that nothing needs, of what could have been found.
fn allow(mistakes: Mistakes, config: &Config, outside: bool) -> Mistakes {
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
        if !needed && allowance.code.is_outside() == outside {
            out.needless_allowance(allowance.span.clone(), allowance.code, &allowance.page);
        }
    }
    out
}

/// Whether a site with these mistakes may not be written. A broken claim may: the page says that it is broken.
pub fn blocks(mistakes: &Mistakes) -> bool {
    mistakes.iter().any(|mistake| mistake.severity == Severity::Error && mistake.code != Code::ClaimBroken)
}
