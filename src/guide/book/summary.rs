//! What a page says of itself in a sentence or two.

use super::Book;
use crate::guide::listing::words;
use crate::guide::model::Page;

/// A summary that is taken from the text is no longer than this, in characters, unless its first sentence is.
const LONG: usize = 200;

impl Book<'_> {
    /// The description of a page, or else the sentences with which its first paragraph begins.
    pub fn summary(&self, page: &Page) -> String {
        match &page.front.description {
            Some(description) => description.clone(),
            None => begin(&words(self, page, &page.outline.opening)),
        }
    }
}

/// As many sentences as there is room for, or as much of the first as there is.
fn begin(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONG {
        return text;
    }
    let room = text.char_indices().nth(LONG).map_or(text.len(), |(at, _)| at);
    // Not every full stop ends a sentence: after `e.g.` there is no capital.
    let ends = |at: &usize| text[at + 1..].trim_start().starts_with(|c: char| c.is_uppercase() || "‘“(".contains(c));
    let stops = text[..room].match_indices(['.', '!', '?']).map(|(at, _)| at);
    let stop = stops.filter(|at| text[at + 1..].starts_with(' ')).rfind(ends);
    match stop {
        Some(stop) => text[..=stop].to_owned(),
        None => format!("{}…", text[..text[..room].rfind(' ').unwrap_or(room)].trim_end_matches([',', ';', ':'])),
    }
}
