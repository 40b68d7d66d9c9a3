//! What is not wrong in a text but would make readers stumble: images without words, links without words, levels left out.

use std::sync::Arc;

use super::block::{Block, Inline, visit};
use super::markdown::Text;
use super::mistake::{Mistakes, Span};
use super::outline::{visit_all, visit_all_inlines};

/// Tells what readers of a page would stumble over. Cost: O(length of the page).
pub fn review(file: &Arc<str>, text: &Text, mistakes: &mut Mistakes) {
    let mut last = 1;
    visit_all(text, &mut |block| {
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
        _ => {}
    });
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
