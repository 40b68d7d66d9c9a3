//! Sequences: chapters in their order, and what `sequence-metadata.yaml` says of them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::block::{Inline, plain};
use super::config::Config;
use super::date::Date;
use super::key::{Key, front, sequence as key};
use super::markdown::{parse_inlines, refuse_notes};
use super::mistake::{Mistakes, Span};
use super::model::{Draft, Kind, Page, without_order, words};
use super::posts;
use super::tree::Tree;
use super::yaml::{Broken, Fields, Lines, nearest, scalar};
use crate::record::kebab;

#[derive(Clone, Debug)]
pub struct Sequence {
    pub id: String,
    pub title: String,
    /// The title in menus, if it has another there.
    pub short_title: String,
    pub description: Vec<Inline>,
    pub numbered: bool,
    /// Whether the sections of its chapters have numbers.
    pub number_sections: bool,
    /// Its pages are listed on its own page alone.
    pub hidden: bool,
    pub color: String,
    /// Its colour on a dark page; empty if it is the same.
    pub color_dark: String,
    pub authors: Vec<String>,
    pub date: Option<Date>,
    pub thumbnail: String,
    /// What it is: a guide, a tutorial.
    pub tag: String,
    pub path: String,
    /// Its chapters, by index among the guide's pages.
    pub chapters: Vec<usize>,
    /// Where it comes among those that the config does not order: lowest first.
    rank: (f64, f64),
}

/// Puts every page in its place: sequences and their chapters in order, addresses and numbers given.
pub fn arrange(
    config: &Config,
    tree: &Tree,
    drafts: Vec<Draft>,
    mistakes: &mut Mistakes,
) -> (Vec<Sequence>, Vec<(String, String)>, Vec<Page>) {
    let Metadata { mut said, folders } = metadata(config, tree, mistakes);
    let Sorted { home, mut chapters, mut others, given } = sort(config, &folders, drafts);
    let known = said.keys().chain(&given).map(String::as_str);
    tell_misspelt(&chapters, &known.collect(), mistakes);
    let mut pages = home;
    let mut sequences = Vec::new();
    for id in ordered(config, &chapters, &said, mistakes) {
        let members = chapters.remove(&id).unwrap_or_default();
        let mut sequence = said.remove(&id).unwrap_or_else(|| Sequence::bare(id.clone()));
        let from_page = members.iter().find_map(|page| Some((page, page.front.sequence_description.as_ref()?)));
        if let Some((page, text)) = from_page.filter(|_| sequence.description.is_empty()) {
            sequence.description = described(text, &Span::new(&page.file, 0..3), mistakes);
        }
        let mut members: Vec<(f64, Page)> = members.into_iter().map(|page| (order(&page), page)).collect();
        members.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.file.cmp(&b.1.file)));
        let mut number = 0;
        for (_, mut page) in members {
            let counted = sequence.numbered && !page.front.hidden && !page.front.coming_soon && !page.front.draft;
            number += usize::from(counted);
            if page.front.authors.is_empty() {
                page.by.clone_from(&sequence.authors);
            }
            page.section_numbers = sequence.number_sections;
            page.kind = Kind::Chapter { sequence: sequences.len(), number: counted.then_some(number) };
            let own = page.front.url.as_deref().map(address).filter(|path| !path.is_empty());
            page.path = own.unwrap_or_else(|| format!("{id}/{}/", page.slug));
            sequence.chapters.push(pages.len());
            pages.push(page);
        }
        sequences.push(sequence);
    }
    // Newest first, as on a blog; pages without a date follow by name.
    others.sort_by(|a, b| newest(a).cmp(&newest(b)).then_with(|| later(a, b)));
    pages.extend(others);
    // Those that are described and have no chapter: questions may belong to them.
    let empty = said.into_iter().map(|(id, sequence)| (id, sequence.title)).collect();
    (sequences, empty, pages)
}

/// The pages by where they belong.
#[derive(Default)]
struct Sorted {
    home: Vec<Page>,
    chapters: BTreeMap<String, Vec<Page>>,
    others: Vec<Page>,
    /// The sequences that folders are.
    given: BTreeSet<String>,
}

fn sort(config: &Config, folders: &BTreeMap<String, String>, drafts: Vec<Draft>) -> Sorted {
    let mut out = Sorted::default();
    for draft in drafts {
        let belongs = belongs(config, folders, &draft);
        let page = draft.page;
        let own = page.front.url.as_deref().map(address).filter(|path| !path.is_empty());
        match belongs {
            _ if page.kind == Kind::Home => out.home.push(page),
            Belongs::Sequence(id) => {
                out.given.extend(page.front.sequence.is_none().then(|| id.clone()));
                out.chapters.entry(id).or_default().push(page);
            }
            Belongs::Posts(folder) => {
                let path = own.unwrap_or_else(|| format!("{folder}/{}/", page.slug));
                out.others.push(Page { path, post: true, ..page });
            }
            Belongs::Nowhere => {
                let path = own.unwrap_or_else(|| format!("{}/", page.slug));
                out.others.push(Page { path, post: page.front.date.is_some(), ..page });
            }
        }
    }
    out
}

/// A name that only pages give is that of a new sequence, unless it looks like one that is known.
fn tell_misspelt(chapters: &BTreeMap<String, Vec<Page>>, known: &BTreeSet<&str>, m: &mut Mistakes) {
    for (id, pages) in chapters.iter().filter(|(id, _)| !known.contains(id.as_str())) {
        if let Some(near) = nearest(id, known.iter().copied()) {
            pages.iter().for_each(|page| m.missing_sequence(page.place(front::SEQUENCE), id, Some(near)));
        }
    }
}

/// Where a page belongs.
enum Belongs {
    Sequence(String),
    /// To the posts of a folder.
    Posts(String),
    Nowhere,
}

/// What the page says, else its nearest folder with metadata, else its outermost folder.
fn belongs(config: &Config, metadata: &BTreeMap<String, String>, draft: &Draft) -> Belongs {
    let sequence = |name: &str| match kebab(name) {
        id if id.is_empty() => Belongs::Nowhere,
        id => Belongs::Sequence(id),
    };
    if let Some(said) = &draft.page.front.sequence {
        return if ["none", "false"].contains(&said.as_str()) { Belongs::Nowhere } else { sequence(said) };
    }
    let inner = (1..=draft.folders.len()).rev().find_map(|depth| metadata.get(&draft.folders[..depth].join("/")));
    match (inner, draft.folders.first()) {
        (Some(id), _) => sequence(id),
        (None, Some(folder)) if posts::is_folder(config, folder) => Belongs::Posts(kebab(without_order(folder))),
        (None, Some(folder)) => sequence(without_order(folder)),
        (None, None) => Belongs::Nowhere,
    }
}

/// An address as a page gives it, as that of a folder.
fn address(url: &str) -> String {
    let path = url.trim_matches('/').trim_end_matches("index.html").trim_end_matches(".html").trim_matches('/');
    if path.is_empty() { String::new() } else { format!("{path}/") }
}

/// Smaller for what is newer, and largest for what has no date.
fn newest(page: &Page) -> (bool, i64) {
    page.front.date.as_ref().map_or((true, 0), |date| (false, -date.order()))
}

/// Pages of one day, and those of none: by what they say of their places, then by name.
fn later(a: &Page, b: &Page) -> Ordering {
    let weight = |page: &Page| page.front.weight.unwrap_or(f64::INFINITY);
    let priority = |page: &Page| -page.front.priority.unwrap_or(0.0);
    let said = priority(a).total_cmp(&priority(b)).then(weight(a).total_cmp(&weight(b)));
    said.then_with(|| a.file.cmp(&b.file))
}

/// First the sequences that the config names, in its order, then the others as they say, then by name.
fn ordered(
    config: &Config,
    chapters: &BTreeMap<String, Vec<Page>>,
    said: &BTreeMap<String, Sequence>,
    m: &mut Mistakes,
) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for (name, span) in config.sequences.iter().zip(&config.sequence_spans) {
        let id = kebab(name);
        if chapters.contains_key(&id) {
            ids.extend((!ids.contains(&id)).then_some(id));
        } else if !said.contains_key(&id) {
            let known = chapters.keys().chain(said.keys()).map(String::as_str);
            m.missing_sequence(span.clone(), name, nearest(&id, known));
        }
    }
    let mut others: Vec<&String> = chapters.keys().filter(|id| !ids.contains(id)).collect();
    let rank = |id: &String| said.get(id).map_or((f64::INFINITY, f64::INFINITY), |sequence| sequence.rank);
    others.sort_by(|a, b| rank(a).0.total_cmp(&rank(b).0).then(rank(a).1.total_cmp(&rank(b).1)));
    ids.extend(others.into_iter().cloned().collect::<Vec<_>>());
    ids
}

fn order(page: &Page) -> f64 {
    let parts = page.file.split('/').rev().take(2);
    let prefix = parts.map(|part| part.strip_suffix(".md").unwrap_or(part)).find(|part| without_order(part) != *part);
    let from_name = prefix.and_then(|name| name.split(['-', '_']).next()?.parse().ok());
    page.front.sequence_order.or(page.front.weight).or(from_name).unwrap_or(f64::INFINITY)
}

/// What every `sequence-metadata.yaml` says.
#[derive(Default)]
struct Metadata {
    /// Sequences by name: that which they give, or that of their folder.
    said: BTreeMap<String, Sequence>,
    /// The names, by the path of the folder below that of the pages.
    folders: BTreeMap<String, String>,
}

fn metadata(config: &Config, tree: &Tree, m: &mut Mistakes) -> Metadata {
    let mut out = Metadata::default();
    for (file, bytes) in tree.files.iter() {
        let Some(folder) = config.folders.page(file).and_then(|file| file.strip_suffix("/sequence-metadata.yaml"))
        else {
            continue;
        };
        let name = kebab(without_order(folder.rsplit('/').next().unwrap_or(folder)));
        match std::str::from_utf8(bytes).map(|text| Fields::read(file, text, Lines::From(0), &key::TABLE)) {
            Ok(Ok(fields)) => {
                let id = fields.string(key::ID, m).map_or(name, |id| kebab(&id));
                out.folders.insert(folder.to_owned(), id.clone());
                out.said.entry(id.clone()).or_insert_with(|| describe(&fields, id, m));
            }
            Ok(Err(Broken { span, text })) => m.bad_config(span, &text),
            Err(error) => m.not_utf8(Span::new(file, error.valid_up_to()..error.valid_up_to() + 1)),
        }
    }
    out
}

/// A description, which is shown where no notes can follow.
fn described(text: &str, span: &Span, m: &mut Mistakes) -> Vec<Inline> {
    let inlines = parse_inlines(text, span, m);
    refuse_notes(&span.file, &inlines, m);
    inlines
}

/// A sequence as its metadata describe it.
fn describe(fields: &Fields, id: String, m: &mut Mistakes) -> Sequence {
    let text = |key: Key, m: &mut Mistakes| fields.string(key, m).unwrap_or_default();
    let none = Sequence::bare(id);
    let description = fields.string(key::DESCRIPTION, m);
    let sequence = Sequence {
        title: fields.string(key::TITLE, m).unwrap_or(none.title),
        short_title: text(key::SHORT_TITLE, m),
        description: description.map_or(Vec::new(), |text| described(&text, &fields.line_span(key::DESCRIPTION), m)),
        numbered: fields.flag(key::NUMBERED, m).unwrap_or(true),
        number_sections: fields.flag(key::NUMBER_SECTIONS, m).unwrap_or(false),
        hidden: fields.flag(key::HIDDEN, m).unwrap_or(false),
        color: colour(fields, key::COLOR, m),
        color_dark: colour(fields, key::COLOR_DARK, m),
        authors: fields.strings(key::AUTHORS, m),
        date: fields.date(key::DATE, m),
        thumbnail: text(key::THUMBNAIL, m),
        tag: text(key::TAG, m),
        rank: (
            fields.number(key::ORDER, m).unwrap_or(f64::INFINITY),
            -fields.number(key::PRIORITY, m).unwrap_or(f64::NEG_INFINITY),
        ),
        ..none
    };
    fields.rest(m);
    sequence
}

/// A colour, as CSS has it: as it was written, or of three numbers.
fn colour(fields: &Fields, key: Key, m: &mut Mistakes) -> String {
    let Some(value) = fields.value(key, m) else { return String::new() };
    let Some(parts) = value.as_sequence() else { return scalar(&value).unwrap_or_default() };
    let parts: Vec<String> = parts.iter().filter_map(scalar).collect();
    match parts.as_slice() {
        [red, green, blue] => format!("rgb({red}, {green}, {blue})"),
        _ => fields.wrong(key, "a colour as in CSS, or three numbers for red, green and blue", m).unwrap_or_default(),
    }
}

impl Sequence {
    /// A sequence of which nothing is said.
    fn bare(id: String) -> Sequence {
        Sequence {
            title: words(&id),
            short_title: String::new(),
            description: Vec::new(),
            numbered: true,
            number_sections: false,
            hidden: false,
            color: String::new(),
            color_dark: String::new(),
            authors: Vec::new(),
            date: None,
            thumbnail: String::new(),
            tag: String::new(),
            path: format!("{id}/"),
            chapters: Vec::new(),
            rank: (f64::INFINITY, f64::INFINITY),
            id,
        }
    }

    pub fn plain_description(&self) -> String {
        plain(&self.description)
    }
}
