//! What a page shows of the works that it cites: its citations, and the list at its end.

use std::collections::BTreeMap;
use std::str::FromStr;

use hayagriva::citationberg::taxonomy::Locator;
use hayagriva::{
    BibliographyDriver, BibliographyRequest, CitationItem, CitationRequest, CitePurpose, ElemChild, ElemMeta,
    LocatorPayload, Rendered, SpecificLocator,
};

use super::elements::Writer;
use super::{Style, Work};
use crate::guide::block::{Cited, CitedItem, Inline};
use crate::guide::cite::{is_label, locator};
use crate::guide::escape::escape;
use crate::guide::memory::Digest;
use crate::guide::mistake::Span;

/// All that follows from what a page cites, from the works and from the style.
#[derive(Debug, Default)]
pub struct Citations {
    pub digest: Digest,
    /// Citations by what the author wrote.
    pub groups: BTreeMap<String, Vec<Piece>>,
    /// The works in the order of the style.
    pub entries: Vec<Entry>,
    pub math: bool,
    /// What is wrong with works that are cited.
    pub faults: Vec<(Span, String)>,
}

/// Part of a citation.
#[derive(Debug, PartialEq)]
pub enum Piece {
    Html(String),
    /// What leads to a work: the item's place among those that cite works.
    Item {
        at: usize,
        html: String,
    },
}

/// A work in a list.
#[derive(Debug)]
pub struct Entry {
    pub key: String,
    /// Its number, where the style sets it apart.
    pub label: String,
    pub html: String,
}

impl Entry {
    /// The same for a list in which the numbers of a page mean nothing.
    pub fn without_label(&self) -> Entry {
        Entry { key: self.key.clone(), label: String::new(), html: self.html.clone() }
    }
}

/// Where in a work an item points, and its words after that.
pub fn locate(item: &CitedItem) -> (Option<(&'static str, String)>, &str, &[Inline]) {
    match item.suffix.split_first() {
        Some((Inline::Text(text), rest)) => match locator(text) {
            Some((part, place, after)) => (Some((part, place.replace('-', "–"))), after, rest),
            None => (None, text, rest),
        },
        _ => (None, "", &item.suffix),
    }
}

/// Renders citations in their order. Those of works that are not known are left out.
pub(in crate::guide) fn render(
    style: &Style,
    macros: &[(String, String)],
    works: &BTreeMap<&str, &Work>,
    groups: &[&Cited],
) -> Citations {
    let mut out = Citations::default();
    for work in works.values() {
        out.faults.extend(work.entry.as_ref().err().cloned());
    }
    let Some(csl) = &style.csl else { return out };
    let known = |item: &&CitedItem| works.get(item.key.as_str()).is_some_and(|work| work.entry.is_ok());
    let groups: Vec<(&Cited, Vec<&CitedItem>)> = groups
        .iter()
        .map(|cited| (*cited, cited.items.iter().filter(|item| !is_label(&item.key)).collect::<Vec<_>>()))
        .filter(|(_, items)| !items.is_empty() && items.iter().all(known))
        .collect();
    let places: Vec<Vec<Option<(Locator, String)>>> = groups
        .iter()
        .map(|(_, items)| {
            let place = |item: &&CitedItem| {
                let (part, place) = locate(item).0?;
                Some((Locator::from_str(part).unwrap_or(Locator::Page), place))
            };
            items.iter().map(place).collect()
        })
        .collect();
    let mut driver = BibliographyDriver::new();
    for ((cited, items), places) in groups.iter().zip(&places) {
        let prose = (!cited.grouped && !items[0].alone).then_some(CitePurpose::Prose);
        let items = items.iter().zip(places).filter_map(|(item, place)| {
            let entry = works.get(item.key.as_str())?.entry.as_ref().ok()?;
            let place = place.as_ref().map(|(part, place)| SpecificLocator(*part, LocatorPayload::Str(place)));
            Some(CitationItem::new(entry, place, None, false, prose))
        });
        let items = items.collect();
        driver.citation(CitationRequest::new(items, csl, style.locale.clone(), &style.locales, None));
    }
    let done = driver.finish(BibliographyRequest::new(csl, style.locale.clone(), &style.locales));
    out.write(&groups, done, macros, works);
    out
}

impl Citations {
    fn write(
        &mut self,
        groups: &[(&Cited, Vec<&CitedItem>)],
        done: Rendered,
        macros: &[(String, String)],
        works: &BTreeMap<&str, &Work>,
    ) {
        for ((cited, items), rendered) in groups.iter().zip(done.citations) {
            let mut pieces = Vec::new();
            for child in &rendered.citation.0 {
                let at = match child {
                    ElemChild::Elem(elem) => match elem.meta {
                        Some(ElemMeta::Entry(at)) if at < items.len() => Some(at),
                        _ => None,
                    },
                    _ => None,
                };
                let mut writer = Writer::new(macros, false, at.is_some_and(|at| items[at].alone));
                writer.child(child);
                self.math |= writer.math;
                let html = writer.out;
                match at {
                    Some(at) => pieces.push(Piece::Item { at, html }),
                    // Of a year alone nothing but the year.
                    None if !cited.grouped && items[0].alone => {}
                    None if pieces.is_empty() => pieces.push(Piece::Html(html.trim_start().to_owned())),
                    None => pieces.push(Piece::Html(html)),
                }
            }
            self.groups.insert(cited.written.clone(), pieces);
        }
        for item in done.bibliography.into_iter().flat_map(|list| list.items) {
            let Some(work) = works.get(item.key.as_str()) else { continue };
            let mut label = Writer::new(macros, false, false);
            item.first_field.iter().for_each(|field| label.child(field));
            let mut writer = Writer::new(macros, true, false);
            writer.children(&item.content);
            self.math |= writer.math;
            self.faults.extend(writer.faults.into_iter().map(|why| (work.span.clone(), why)));
            let html = writer.out.trim().to_owned() + &links(work, &addresses(&item.content));
            self.entries.push(Entry { key: item.key, label: label.out.trim().to_owned(), html });
        }
    }
}

/// The addresses that a style shows by itself.
fn addresses(children: &hayagriva::ElemChildren) -> Vec<String> {
    let mut out = Vec::new();
    for child in &children.0 {
        match child {
            ElemChild::Link { url, .. } => out.push(url.clone()),
            ElemChild::Elem(elem) => out.extend(addresses(&elem.children)),
            _ => {}
        }
    }
    out
}

/// Links to a work, but for those that the style shows.
fn links(work: &Work, shown: &[String]) -> String {
    let fresh = work.links.iter().filter(|link| !shown.contains(&link.url));
    let links = fresh.map(|link| format!("<a href=\"{}\">{}</a>", escape(&link.url), escape(&link.text)));
    let links: Vec<String> = links.collect();
    if links.is_empty() { String::new() } else { format!(" <span class=\"work-links\">{}</span>", links.join(" ")) }
}
