//! Sequences: chapters in their order, and what `sequence-metadata.yaml` says of them.

use std::collections::BTreeMap;

use super::block::{Inline, plain};
use super::config::Config;
use super::markdown::parse_inlines;
use super::mistake::{Mistakes, Span};
use super::model::{Draft, Kind, Page, without_order, words};
use super::tree::Tree;
use super::yaml::{Broken, Fields, Lines};
use crate::record::kebab;

#[derive(Clone, Debug)]
pub struct Sequence {
    pub id: String,
    pub title: String,
    pub description: Vec<Inline>,
    pub numbered: bool,
    pub color: String,
    pub path: String,
    /// Its chapters, by index among the guide's pages.
    pub chapters: Vec<usize>,
}

/// Puts every page in its place: sequences and their chapters in order, addresses and numbers given.
pub fn arrange(
    config: &Config,
    tree: &Tree,
    drafts: Vec<Draft>,
    mistakes: &mut Mistakes,
) -> (Vec<Sequence>, Vec<Page>) {
    let (mut home, mut chapters, mut others) = (Vec::new(), BTreeMap::<String, Vec<Page>>::new(), Vec::new());
    for Draft { page, sequence } in drafts {
        match sequence {
            _ if page.kind == Kind::Home => home.push(page),
            Some(id) => chapters.entry(kebab(&id)).or_default().push(page),
            None => others.push(Page { path: format!("{}/", page.slug), ..page }),
        }
    }
    let mut pages = home;
    let mut sequences = Vec::new();
    let said = metadata(config, tree, mistakes);
    for id in ordered(config, &chapters) {
        let members = chapters.remove(&id).unwrap_or_default();
        let mut sequence = describe(&said, &id, &members, mistakes);
        let mut members: Vec<(f64, Page)> = members.into_iter().map(|page| (order(&page), page)).collect();
        members.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.file.cmp(&b.1.file)));
        let mut number = 0;
        for (_, mut page) in members {
            let counted = sequence.numbered && !page.front.hidden && !page.front.coming_soon;
            number += usize::from(counted);
            page.kind = Kind::Chapter { sequence: sequences.len(), number: counted.then_some(number) };
            page.path = format!("{id}/{}/", page.slug);
            sequence.chapters.push(pages.len());
            pages.push(page);
        }
        sequences.push(sequence);
    }
    // Newest first, as on a blog; pages without a date follow by name.
    others.sort_by(|a, b| b.front.date.cmp(&a.front.date).then_with(|| a.file.cmp(&b.file)));
    pages.extend(others);
    (sequences, pages)
}

/// First the sequences that the config names, in its order, then the others by name.
fn ordered(config: &Config, chapters: &BTreeMap<String, Vec<Page>>) -> Vec<String> {
    let mut ids: Vec<String> =
        config.sequences.iter().map(|id| kebab(id)).filter(|id| chapters.contains_key(id)).collect();
    ids.extend(chapters.keys().filter(|id| !config.sequences.iter().any(|named| kebab(named) == **id)).cloned());
    ids
}

fn order(page: &Page) -> f64 {
    let parts = page.file.split('/').rev().take(2);
    let prefix = parts.map(|part| part.strip_suffix(".md").unwrap_or(part)).find(|part| without_order(part) != *part);
    let from_name = prefix.and_then(|name| name.split(['-', '_']).next()?.parse().ok());
    page.front.sequence_order.or(from_name).unwrap_or(f64::INFINITY)
}

/// Every `sequence-metadata.yaml`: the name of its folder, and what it says.
fn metadata<'t>(config: &Config, tree: &'t Tree, mistakes: &mut Mistakes) -> Vec<(Option<String>, Fields<'t>)> {
    let inside = |file: &str| config.folders.page(file).map(str::to_owned);
    let folder = |file: &str| inside(file)?.strip_suffix("/sequence-metadata.yaml").map(str::to_owned);
    let name = |file: &str| folder(file).map(|folder| kebab(without_order(&folder)));
    let mut out = Vec::new();
    for (file, bytes) in tree.files.iter().filter(|(file, _)| file.ends_with("/sequence-metadata.yaml")) {
        match std::str::from_utf8(bytes).map(|text| Fields::read(file, text, Lines::From(0))) {
            Ok(Ok(fields)) => out.push((name(file), fields)),
            Ok(Err(Broken { span, text })) => mistakes.bad_config(span, &text),
            Err(error) => mistakes.not_utf8(Span::new(file, error.valid_up_to()..error.valid_up_to() + 1)),
        }
    }
    out
}

/// A sequence as its metadata describe it: those with its `id`, or of its folder.
fn describe(said: &[(Option<String>, Fields)], id: &str, members: &[Page], m: &mut Mistakes) -> Sequence {
    let from_page = members.iter().find_map(|page| Some((page, page.front.sequence_description.as_ref()?)));
    let description = from_page.map(|(page, text)| parse_inlines(text, &Span::new(&page.file, 0..3), m));
    let mut sequence = Sequence {
        id: id.to_owned(),
        title: words(id),
        description: description.unwrap_or_default(),
        numbered: true,
        color: String::new(),
        path: format!("{id}/"),
        chapters: Vec::new(),
    };
    for (folder, fields) in said {
        let id = fields.string("id", m).map(|id| kebab(&id));
        if id.as_deref().or(folder.as_deref()) != Some(&sequence.id) {
            continue;
        }
        sequence.title = fields.string("title", m).unwrap_or_else(|| std::mem::take(&mut sequence.title));
        if let Some(description) = fields.string("description", m) {
            sequence.description = parse_inlines(&description, &fields.line_span("description"), m);
        }
        sequence.numbered = fields.flag("numbered", m).unwrap_or(true);
        sequence.color = fields.string("color", m).or(fields.string("colour", m)).unwrap_or_default();
        fields.rest(false, m);
    }
    sequence
}

impl Sequence {
    pub fn plain_description(&self) -> String {
        plain(&self.description)
    }
}
