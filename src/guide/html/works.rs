//! Works of others on a page: citations, each with a place of its own, and the list that leads back to them.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Encoder;
use crate::guide::address::encode;
use crate::guide::bibliography::{Entry, Piece, locate};
use crate::guide::block::{Block, CitedItem, Inline, plain};
use crate::guide::escape::escape;

/// Where on the page works are cited.
#[derive(Default)]
pub(super) struct Cites {
    count: usize,
    /// The citations of each work, by their numbers.
    of: BTreeMap<String, Vec<usize>>,
}

/// The id of a block in whose place the list is put: `::: {#refs}`.
pub(super) const PLACE: &str = "refs";

/// Stands for the list until all citations are known. No text has this character.
pub(super) const MARK: &str = "\u{0}";

/// The id of the heading of the list.
pub const LIST: &str = "cited-works";

/// The id of a work in a list. What an address would have to escape is written by its number.
pub fn work_id(key: &str) -> String {
    let mut out = String::from("ref-");
    for c in key.chars() {
        match c {
            c if c.is_alphanumeric() || "-_.:/+".contains(c) => out.push(c),
            c => drop(write!(out, "_{:x}", u32::from(c))),
        }
    }
    out
}

impl<'b> Encoder<'b> {
    /// A citation of works as its style has it, each leading to its entry.
    pub(super) fn works_cited(&mut self, pieces: &[Piece], items: &[&'b CitedItem]) -> String {
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Html(html) => out.push_str(html),
                Piece::Item { at, html } => {
                    let Some(item) = items.get(*at) else { continue };
                    let before = self.inlines(&item.prefix);
                    let space = if before.is_empty() { "" } else { " " };
                    let (_, after, rest) = locate(item);
                    let after = escape(after) + &self.inlines(rest);
                    let _ = write!(out, "{before}{space}{}{after}", self.work_link(&item.key, html));
                }
            }
        }
        if !self.ids || self.linkless {
            return out;
        }
        self.cites.count += 1;
        let number = self.cites.count;
        for item in items {
            let places = self.cites.of.entry(item.key.clone()).or_default();
            places.extend((places.last() != Some(&number)).then_some(number));
        }
        format!("<span class=\"citation\" id=\"cite-{number}\">{out}</span>")
    }

    fn work_link(&self, key: &str, html: &str) -> String {
        if self.linkless {
            return html.to_owned();
        }
        let page = if self.ids { String::new() } else { format!("{}{}", self.root, encode(&self.page.path)) };
        format!("<a class=\"cite\" href=\"{}#{}\">{html}</a>", escape(&page), escape(&work_id(key)))
    }

    /// The page with the list of what it cites: in its place, or at the end.
    pub(super) fn with_works(&mut self, body: String) -> String {
        let list = self.works();
        match body.split_once(MARK) {
            // A second place stays empty.
            Some((before, after)) => format!("{before}{list}{}", after.replace(MARK, "")),
            None => body + &list,
        }
    }

    fn works(&mut self) -> String {
        let Some(made) = self.lens.citations(self.page).filter(|made| !made.entries.is_empty()) else {
            return String::new();
        };
        let own = headed(&self.page.text.blocks);
        let heading = match own {
            true => String::new(),
            false => format!(
                "<h2 id=\"{LIST}\"><a class=\"anchor\" href=\"#{LIST}\" aria-label=\"Link to this section\">#</a>References</h2>\n"
            ),
        };
        let entries: String = made.entries.iter().map(|entry| entry_html(entry, &self.back(&entry.key))).collect();
        format!(
            "<section class=\"references\" aria-label=\"References\">\n{heading}<ul class=\"works\">\n{entries}</ul></section>\n"
        )
    }

    /// Links from a work to every place that cites it.
    fn back(&self, key: &str) -> String {
        let places = self.cites.of.get(key).map_or(&[][..], |places| places);
        let link = |(at, place): (usize, &usize)| {
            let (name, many) = (at + 1, places.len() > 1);
            let number = if many { format!("<sup>{name}</sup>") } else { String::new() };
            let label = if many { format!("Back to citation {name}") } else { "Back to the text".to_owned() };
            format!(" <a class=\"back\" href=\"#cite-{place}\" aria-label=\"{label}\">↩&#xFE0E;{number}</a>")
        };
        places.iter().enumerate().map(link).collect()
    }
}

/// A work in a list, with what follows it.
pub fn entry_html(entry: &Entry, after: &str) -> String {
    let Entry { key, label, html } = entry;
    let label = if label.is_empty() { String::new() } else { format!("<span class=\"work-label\">{label}</span> ") };
    format!("<li id=\"{}\">{label}<span class=\"work\">{html}</span>{after}</li>\n", escape(&work_id(key)))
}

/// Whether a page ends with a heading of its own for the list.
pub fn headed(blocks: &[Block]) -> bool {
    let blocks = match blocks {
        [before @ .., Block::Div(div)] if div.id == PLACE => before,
        all => all,
    };
    matches!(blocks.last(), Some(Block::Heading { inlines, .. }) if is_list_of_works(inlines))
}

/// Whether a heading is that of the works that a page cites.
pub fn is_list_of_works(heading: &[Inline]) -> bool {
    const NAMES: [&str; 4] = ["references", "bibliography", "works cited", "literature"];
    NAMES.contains(&plain(heading).trim().to_lowercase().as_str())
}
