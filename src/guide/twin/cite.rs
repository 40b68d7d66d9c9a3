//! Citations as Markdown: labels as links, works by their authors and years, and the list of works.

use super::Twin;
use super::inline::literal;
use crate::guide::bibliography::{Piece, locate};
use crate::guide::block::{Cited, CitedItem};
use crate::guide::cite::is_label;

impl<'b> Twin<'b> {
    pub(super) fn cited(&mut self, cited: &'b Cited) -> String {
        let (labels, works): (Vec<&CitedItem>, Vec<&CitedItem>) =
            cited.items.iter().partition(|item| is_label(&item.key));
        let mut parts = Vec::new();
        for item in labels {
            let prefix = self.inlines(&item.prefix);
            let space = if prefix.is_empty() { "" } else { " " };
            parts.push(format!("{prefix}{space}{}{}", self.reference(&item.key), self.inlines(&item.suffix)));
        }
        if !works.is_empty() {
            let group = self.lens.citations(self.page).and_then(|made| made.groups.get(&cited.written));
            let Some(pieces) = group else { return literal(&cited.written) };
            parts.push(pieces.iter().map(|piece| self.piece(piece, &works)).collect());
        }
        parts.join(", ")
    }

    fn piece(&mut self, piece: &Piece, items: &[&'b CitedItem]) -> String {
        match piece {
            Piece::Html(html) => text(html),
            Piece::Item { at, html } => {
                let Some(item) = items.get(*at) else { return String::new() };
                let prefix = self.inlines(&item.prefix);
                let space = if prefix.is_empty() { "" } else { " " };
                let (_, after, rest) = locate(item);
                format!("{prefix}{space}{}{}{}", text(html), literal(after), self.inlines(rest))
            }
        }
    }

    /// The works that the page cites.
    pub(super) fn works(&self) -> String {
        let Some(made) = self.lens.citations(self.page).filter(|made| !made.entries.is_empty()) else {
            return String::new();
        };
        let entries = made.entries.iter().map(|entry| {
            let label = if entry.label.is_empty() { String::new() } else { format!("{} ", text(&entry.label)) };
            format!("- {}{}\n", label, text(&entry.html))
        });
        format!("\n## References\n\n{}", entries.collect::<String>())
    }
}

/// The words of a piece of our own HTML; of a formula, its LaTeX.
fn text(html: &str) -> String {
    let signs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    let words =
        |text: &str| literal(&signs.iter().fold(text.to_owned(), |text, (written, sign)| text.replace(written, sign)));
    let (mut out, mut rest) = (String::new(), html);
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(&words(before));
        rest = tag.split_once('>').map_or("", |(_, after)| after);
        if tag.starts_with("span class=\"katex\"") {
            let tex = tag.split_once("application/x-tex\">").and_then(|(_, tex)| tex.split_once('<'));
            out.push_str(&tex.map_or(String::new(), |(tex, _)| format!("${tex}$")));
            rest = after_element(rest);
        }
    }
    out + &words(rest)
}

/// What follows the end of a `span` that is open.
fn after_element(html: &str) -> &str {
    let (mut depth, mut rest) = (1, html);
    while depth > 0 {
        let Some((_, tag)) = rest.split_once('<') else { return "" };
        depth += i32::from(tag.starts_with("span")) - i32::from(tag.starts_with("/span"));
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    rest
}
