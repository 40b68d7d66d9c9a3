//! What the pages cite of the bibliography, and the list of all of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::Book;
use crate::guide::bibliography::{Citations, Work, render};
use crate::guide::block::{Cited, CitedItem};
use crate::guide::cite::is_label;
use crate::guide::memory::{Digest, Memory, digest};
use crate::guide::mistake::{Mistakes, Span};
use crate::guide::model::Page;
use crate::guide::yaml::{nearest, nearest_few};

/// The works that the site cites.
#[derive(Default)]
pub struct Works {
    /// What each page cites, by its index among the pages.
    pub pages: BTreeMap<usize, Arc<Citations>>,
    /// All of it in one list; none if nothing is cited.
    pub all: Option<Arc<Citations>>,
    /// The pages that cite a work, in reading order.
    pub by: BTreeMap<String, Vec<usize>>,
}

impl Book<'_> {
    /// Renders what is cited; what is known is used again. Cost: O(pages that cite + rendering of what is new).
    pub(super) fn cite(&mut self, memory: &mut Memory, m: &mut Mistakes) {
        let bibliography = &self.guide.bibliography;
        if !bibliography.given {
            memory.cited = Default::default();
            memory.works = None;
            return;
        }
        let macros: Vec<(String, String)> = self.guide.config.macros.clone().into_iter().collect();
        let base = digest([&bibliography.digest[..], format!("{macros:?}").as_bytes()]);
        let (known_base, known) = std::mem::take(&mut memory.cited);
        let citing = self.guide.pages.iter().enumerate().filter(|(_, page)| !page.outline.cited.is_empty());
        let citing: Vec<(usize, &Page)> = citing.collect();
        let pages = citing.par_iter().map(|(at, page)| {
            let old = known.get(&page.file);
            if let Some((_, old)) = old.filter(|(old, _)| known_base == base && Arc::ptr_eq(old, &page.written)) {
                return (*at, Arc::clone(old));
            }
            let works = self.works_of(page);
            let key = key(&base_of(bibliography.style.digest, &macros), &page.outline.cited, &works);
            if let Some((_, old)) = old.filter(|(_, old)| old.digest == key) {
                return (*at, Arc::clone(old));
            }
            let groups: Vec<&Cited> = page.outline.cited.iter().collect();
            let made = render(&bibliography.style, &macros, &works, &groups);
            (*at, Arc::new(Citations { digest: key, ..made }))
        });
        let pages: BTreeMap<usize, Arc<Citations>> = pages.collect::<Vec<_>>().into_iter().collect();
        let kept = pages.iter().map(|(at, made)| (&self.guide.pages[*at], made));
        let kept = kept.map(|(page, made)| (Arc::clone(&page.file), (Arc::clone(&page.written), Arc::clone(made))));
        memory.cited = (base, kept.collect());
        let mut by: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, made) in &pages {
            made.faults.iter().for_each(|(span, why)| m.bad_work(span.clone(), why));
            made.entries.iter().for_each(|entry| by.entry(entry.key.clone()).or_default().push(*at));
        }
        let all = self.list(&by, &pages, &macros, memory);
        let digests: Vec<Digest> = pages.values().map(|made| made.digest).collect();
        self.world = digest([&self.world[..], &base].into_iter().chain(digests.iter().map(|part| &part[..])));
        self.works = Works { pages, all, by };
        self.check_unused(m);
    }

    fn works_of<'w>(&'w self, page: &Page) -> BTreeMap<&'w str, &'w Work> {
        let items = page.outline.cited.iter().flat_map(|cited| &cited.items).filter(|item| !is_label(&item.key));
        let works = items.filter_map(|item| self.guide.bibliography.work(page, &item.key));
        works.map(|work| (work.key.as_str(), work)).collect()
    }

    /// All works that are cited anywhere, in one list.
    fn list(
        &self,
        by: &BTreeMap<String, Vec<usize>>,
        pages: &BTreeMap<usize, Arc<Citations>>,
        macros: &[(String, String)],
        memory: &mut Memory,
    ) -> Option<Arc<Citations>> {
        let known = memory.works.take();
        let mut works = self.guide.bibliography.works();
        works.retain(|key, work| by.contains_key(*key) && work.entry.is_ok());
        if works.is_empty() {
            return None;
        }
        // In the order in which they are first cited, which a style without an order of its own keeps.
        let mut seen = BTreeSet::new();
        let keys = pages.values().flat_map(|made| &made.entries).map(|entry| entry.key.as_str());
        let keys = keys.filter(|key| works.contains_key(key) && seen.insert(*key));
        let groups: Vec<Cited> = keys.map(alone).collect();
        let key = key(&base_of(self.guide.bibliography.style.digest, macros), &groups, &works);
        let made = known.filter(|known| known.digest == key).unwrap_or_else(|| {
            let groups: Vec<&Cited> = groups.iter().collect();
            let made = render(&self.guide.bibliography.style, macros, &works, &groups);
            Arc::new(Citations { digest: key, ..made })
        });
        memory.works = Some(Arc::clone(&made));
        Some(made)
    }

    fn check_unused(&self, m: &mut Mistakes) {
        if !self.guide.config.unused_references {
            return;
        }
        let works = self.guide.bibliography.works();
        let unused = works.values().filter(|work| !self.works.by.contains_key(&work.key));
        unused.for_each(|work| m.unused_reference(work.span.clone(), &work.key));
    }

    /// Tells a key that the bibliography does not have. Outside of brackets it may be anything, unless it looks like one.
    pub(super) fn check_key(&self, page: &Page, key: &str, grouped: bool, span: Span, m: &mut Mistakes) {
        let bibliography = &self.guide.bibliography;
        if bibliography.work(page, key).is_some() {
            return;
        }
        match (grouped, bibliography.has(page)) {
            (true, false) => m.nothing_to_cite(span, key),
            (true, true) => m.missing_reference(span, key, &nearest_few(key, bibliography.keys(page)), false),
            (false, true) if nearest(key, bibliography.keys(page)).is_some() => {
                m.missing_reference(span, key, &nearest_few(key, bibliography.keys(page)), true);
            }
            (false, _) => {}
        }
    }
}

fn alone(key: &str) -> Cited {
    let item = CitedItem { prefix: Vec::new(), key: key.to_owned(), alone: false, suffix: Vec::new(), span: 0..0 };
    Cited { items: vec![item], grouped: true, written: key.to_owned(), span: 0..0 }
}

fn base_of(style: Digest, macros: &[(String, String)]) -> Digest {
    digest([&style[..], format!("{macros:?}").as_bytes()])
}

/// The digest of all that citations are made of.
fn key(base: &Digest, groups: &[Cited], works: &BTreeMap<&str, &Work>) -> Digest {
    let groups = groups.iter().flat_map(|cited| [cited.written.as_bytes(), b"\n"]);
    let works = works.values().flat_map(|work| [work.key.as_bytes(), &work.digest[..]]);
    digest([&base[..]].into_iter().chain(groups).chain(works))
}
