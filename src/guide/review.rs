//! What is not wrong in a text but would make readers stumble: images without words, links without words, levels left out.

use std::sync::Arc;

use super::block::{Block, Html, Inline, visit};
use super::markdown::Text;
use super::mistake::{Mistakes, Span};
use super::outline::{visit_all, visit_all_inlines};
use super::raw;

/// Tells what readers of a page would stumble over. Cost: O(length of the page).
pub fn review(file: &Arc<str>, text: &Text, mistakes: &mut Mistakes) {
    let mut last = 1;
    visit_all(text, &mut |block| {
        if let Block::Html(html) | Block::Element { open: html, .. } = block {
            review_html(file, html, mistakes);
        }
        if let Block::Heading { level, span, .. } | Block::Fold { level, span, .. } = block {
            // As it is written on the page, below its title.
            let level = (*level).clamp(2, 6);
            if level > last + 1 {
                mistakes.heading_jump(Span::new(file, span.start..span.start + usize::from(level)), level, last);
            }
            last = level;
        }
    });
    visit_all_inlines(&[], text, &mut |inline| match inline {
        Inline::Image { from, alt, span, look, .. } => {
            let name = from.rsplit('/').next().unwrap_or(from);
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            let said = alt.trim();
            if look.decorative {
                // Nobody misses anything who cannot see it, says its author.
            } else if said.is_empty() {
                mistakes.missing_alt(Span::new(file, span.clone()), from);
            } else if said == name || said == stem && said.contains(['_', '-', '.', '0', '1', '2']) {
                mistakes.name_as_alt(Span::new(file, span.clone()), said);
            }
        }
        Inline::Link { to, inlines, span, .. } => {
            if to.is_empty() {
                mistakes.link_to_nothing(Span::new(file, span.clone()));
            }
            if !says_something(inlines) {
                mistakes.empty_link(Span::new(file, span.clone()));
            }
        }
        Inline::Html(html) => review_html(file, html, mistakes),
        _ => {}
    });
}

/// Tells images that say nothing of what they show: where they only adorn, they say so by `alt=""`.
fn review_html(file: &Arc<str>, html: &Html, mistakes: &mut Mistakes) {
    let tags = raw::tags(&html.text).into_iter();
    for tag in tags.filter(|tag| tag.name.eq_ignore_ascii_case("img") && !tag.closes && tag.get("alt").is_none()) {
        let from = html.addresses.iter().find(|address| tag.range.contains(&address.at.start));
        if let Some(from) = from {
            mistakes.missing_alt(Span::new(file, from.span.clone()), &from.to);
        }
    }
}

/// Whether there is anything to see or to hear; an image without words is a mistake of its own.
fn says_something(inlines: &[Inline]) -> bool {
    let mut found = false;
    visit(inlines, &mut |inline| match inline {
        Inline::Text(text) | Inline::Code(text) => found |= !text.trim().is_empty(),
        // Whose words are those inside them.
        Inline::Emphasis(_) | Inline::Strong(_) | Inline::Strikethrough(_) | Inline::Link { .. } => {}
        Inline::SoftBreak | Inline::HardBreak => {}
        _ => found = true,
    });
    found
}
