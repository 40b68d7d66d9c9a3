//! What every page is told: the site, and the sequences for its menu.

use std::sync::Arc;

use serde_json::{Value, json};
use tera::Context;

use super::{Sheet, Whole, feed, meta, sequence_context};
use crate::guide::address::root_of;
use crate::guide::block::plain;
use crate::guide::book::{Book, Lens, Needs};
use crate::guide::listed::Listing;
use crate::guide::memory::{Digest, Memory, digest};
use crate::guide::model::Page;
use crate::guide::people;
use crate::guide::search;

/// A guide of more chapters than this shows in its menu only those of the sequence that is open: on every page all of them
/// would make the site grow with their square.
const LONG: usize = 60;

/// What every page is told, made once.
pub struct Menu {
    key: Digest,
    needs: Needs,
    site: tera::Value,
    /// The sequences as pages outside of them see them, and as those of each sequence do.
    outside: Sequences,
    inside: Vec<Sequences>,
}

struct Sequences {
    value: tera::Value,
    digest: Digest,
}

/// The menu of this book, made anew if anything that it shows has changed.
pub(super) fn menu(whole: &Whole, memory: &mut Memory) -> Arc<Menu> {
    let old = memory.menu.take();
    let menu = match old.filter(|old| old.key == whole.index && old.needs.are_met_by(whole.book)) {
        Some(old) => old,
        None => Arc::new(Menu::new(whole)),
    };
    memory.menu = Some(Arc::clone(&menu));
    menu
}

impl Menu {
    fn new(whole: &Whole) -> Menu {
        let guide = whole.book.guide;
        let config = &guide.config;
        let listed = |page: &&Page| page.stands_alone() && page.has_text() && guide.lists(page, Listing::Menu);
        let pages = guide.pages.iter().filter(listed);
        let pages = pages.map(|page| json!({"title": plain(page.short()), "path": page.path}));
        let posts = guide.posts.iter().map(|posts| json!({"title": posts.title, "path": posts.path}));
        let people = (!guide.people.all.is_empty()).then(|| json!({"title": "People", "path": people::PATH}));
        let pages: Vec<Value> = posts.chain(pages).chain(people).collect();
        let site = json!({
            "title": config.title, "subtitle": config.subtitle, "description": config.description,
            "language": config.language, "url": if config.url.is_empty() { String::new() } else { format!("{}/", config.url) },
            "image": meta::site_image(config), "author": config.authors.join(", "), "repository": config.repository, "licence": config.licence,
            "locale": config.language.replace('-', "_"), "feed": if feed::is_there(whole.book) { feed::PATH } else { "" },
            "menu": pages, "references": guide.bibliography.given, "services": config.services.context(), "search": if config.search { search::PATH } else { "" }, "version": env!("CARGO_PKG_VERSION"),
        });
        let lens = Lens::new(whole.book, None);
        let full: Vec<Value> =
            guide.sequences.iter().map(|sequence| sequence_context(whole, &lens, sequence, "")).collect();
        let short: Vec<Value> = match guide.sequences.iter().map(|sequence| sequence.chapters.len()).sum::<usize>() {
            0..=LONG => full.clone(),
            _ => full.iter().cloned().map(without_chapters).collect(),
        };
        let text = site.to_string();
        let sequences = |value: Vec<&Value>| Sequences {
            digest: digest([text.as_bytes(), json!(value).to_string().as_bytes()]),
            value: tera::Value::from_serializable(&value),
        };
        let outside = sequences(short.iter().collect());
        let inside = full
            .iter()
            .enumerate()
            .map(|(at, open)| sequences(short[..at].iter().chain([open]).chain(&short[at + 1..]).collect()));
        let inside = inside.collect();
        let site = tera::Value::from_serializable(&site);
        Menu { key: whole.index, needs: lens.into_needs(), site, outside, inside }
    }

    fn sequences(&self, sequence: Option<usize>) -> &Sequences {
        sequence.map_or(&self.outside, |at| &self.inside[at])
    }

    /// The digest of what a page of a sequence, or of none, is told.
    pub(super) fn digest(&self, sequence: Option<usize>) -> &[u8] {
        &self.sequences(sequence).digest
    }

    pub(super) fn join(&self, book: &Book, sheet: &Sheet) -> Context {
        let mut out = Context::from_serialize(&sheet.context).unwrap_or_default();
        // The page that stands in for missing ones is served at any depth: its links start at the site's root.
        let root = if sheet.path == "404.html" { base_path(&book.guide.config.url) } else { root_of(&sheet.path) };
        out.insert("root", &root);
        out.insert_value("site", self.site.clone());
        out.insert_value("sequences", self.sequences(sheet.sequence).value.clone());
        out
    }
}

fn without_chapters(mut sequence: Value) -> Value {
    sequence["chapters"] = json!([]);
    sequence
}

/// The path part of the site's address.
fn base_path(url: &str) -> String {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    if path.is_empty() { "/".into() } else { format!("/{path}/") }
}
