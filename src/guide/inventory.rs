//! What pages, sequences, tags and people there are in a guide, as plain rows.

use serde::Serialize;

use super::block::plain;
use super::listing::{Lister, Place};
use super::model::{Kind, Page};
use super::people::{FILE, PATH};
use super::{config, people};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PageRow {
    pub label: String,
    pub title: String,
    /// `home`, `chapter`, `post` or `page`.
    pub kind: &'static str,
    /// The name of its sequence; empty outside of sequences.
    pub sequence: String,
    pub number: Option<usize>,
    /// As `2023-06-21`; empty if it has none.
    pub date: String,
    pub authors: Vec<String>,
    pub tags: Vec<String>,
    /// `listed`, `hidden` or `coming soon`.
    pub state: &'static str,
    pub address: String,
    #[serde(flatten)]
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SequenceRow {
    /// Its name, as `sequence` of pages gives it.
    pub label: String,
    pub title: String,
    pub chapters: usize,
    pub numbered: bool,
    pub hidden: bool,
    pub address: String,
    /// Of its first chapter.
    #[serde(flatten)]
    pub place: Place,
}

/// A tag, or another word that pages bear.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TagRow {
    pub label: String,
    /// `tags`, `categories`, `series` or `projects`.
    pub kind: &'static str,
    pub pages: usize,
    pub address: String,
    /// Of the first page that bears it.
    #[serde(flatten)]
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PersonRow {
    /// The name.
    pub label: String,
    pub affiliation: String,
    pub url: String,
    /// How many pages name the person.
    pub pages: usize,
    /// On the page of the people; empty for an author of whom nothing else is known.
    pub address: String,
    /// The file that tells of the person, or the first page that names them.
    #[serde(flatten)]
    pub place: Place,
}

impl Lister<'_> {
    /// Every page, in reading order.
    pub fn pages(&self) -> Vec<PageRow> {
        let guide = self.book.guide;
        let row = |page: &Page| PageRow {
            label: format!("ch-{}", page.slug),
            title: plain(&page.title),
            kind: match page.kind {
                Kind::Home => "home",
                Kind::Chapter { .. } => "chapter",
                Kind::Standalone if page.post => "post",
                _ => "page",
            },
            sequence: page.sequence().map_or(String::new(), |at| guide.sequences[at].id.clone()),
            number: page.number(),
            date: page.front.date.as_ref().map_or(String::new(), |date| date.iso()),
            authors: page.front.authors.clone(),
            tags: page.front.tags.clone(),
            state: match (page.front.hidden, page.front.coming_soon) {
                (true, _) => "hidden",
                (_, true) => "coming soon",
                _ => "listed",
            },
            address: page.path.clone(),
            place: Place::of(&page.span(0..0), self.tree),
        };
        guide.pages.iter().filter(|page| page.is_read()).map(row).collect()
    }

    /// Every sequence, in the order of the site.
    pub fn sequences(&self) -> Vec<SequenceRow> {
        let guide = self.book.guide;
        let row = |sequence: &super::sequence::Sequence| {
            let first = &guide.pages[*sequence.chapters.first()?];
            Some(SequenceRow {
                label: sequence.id.clone(),
                title: sequence.title.clone(),
                chapters: sequence.chapters.len(),
                numbered: sequence.numbered,
                hidden: sequence.hidden,
                address: sequence.path.clone(),
                place: Place::of(&first.span(0..0), self.tree),
            })
        };
        guide.sequences.iter().filter_map(row).collect()
    }

    /// Every tag, category, series and project that a listed page bears, by name.
    pub fn tags(&self) -> Vec<TagRow> {
        let guide = self.book.guide;
        let mut out = Vec::new();
        for taxonomy in &guide.taxonomies {
            for term in &taxonomy.terms {
                let Some(first) = term.pages.first().map(|at| &guide.pages[*at]) else { continue };
                out.push(TagRow {
                    label: term.name.clone(),
                    kind: taxonomy.kind.id(),
                    pages: term.pages.len(),
                    address: term.path.clone(),
                    place: Place::of(&first.span(0..0), self.tree),
                });
            }
        }
        out
    }

    /// The people of the site, then authors of whom nothing else is known, as they come.
    pub fn people(&self) -> Vec<PersonRow> {
        let guide = self.book.guide;
        let file = if self.tree.bytes(FILE).is_some() { FILE } else { config::FILE };
        let member = |member: &people::Member| PersonRow {
            label: member.person.name.clone(),
            affiliation: member.person.affiliation.clone(),
            url: member.person.url.clone(),
            pages: 0,
            address: format!("{PATH}#{}", member.id),
            place: Place { file: file.into(), line: 1 },
        };
        let mut out: Vec<PersonRow> = guide.people.all.iter().map(member).collect();
        for page in guide.pages.iter().filter(|page| page.is_read()) {
            let named = [&page.front.authors, &page.by].into_iter().find(|names| !names.is_empty());
            for name in named.unwrap_or(&guide.config.authors) {
                let label = guide.people.find(name).map_or(name, |member| &member.person.name);
                if let Some(row) = out.iter_mut().find(|row| row.label == *label) {
                    row.pages += 1;
                    continue;
                }
                let own = page.front.people.iter().find(|person| person.name == *name).cloned().unwrap_or_default();
                out.push(PersonRow {
                    label: name.clone(),
                    affiliation: own.affiliation,
                    url: own.url,
                    pages: 1,
                    address: String::new(),
                    place: Place::of(&page.span(0..0), self.tree),
                });
            }
        }
        out
    }
}
