//! `:::` blocks: their attributes, and questions among them.

use std::ops::Range;

use super::{Html, Reader};
use crate::guide::block::Block;

/// A `:::` block that is not closed yet.
pub(super) struct Open {
    pub(super) attributes: Attributes,
    pub(super) span: Range<usize>,
    pub(super) blocks: Vec<Block>,
}

/// `{.class #id key=value key="quoted value"}`.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) classes: Vec<String>,
    pub(super) id: Option<String>,
    pub(super) pairs: Vec<(String, String)>,
}

impl Reader<'_> {
    pub(super) fn fence(&mut self, written: &str, range: Range<usize>) -> Html {
        let rest = written.trim_start_matches(':').trim();
        let span = range.start..range.start + written.len();
        if rest.is_empty() {
            return Html::Close(span);
        }
        match attributes(rest) {
            Some(attributes) => Html::Open(attributes, span),
            None => {
                self.mistakes.bad_div(self.span(span.clone()));
                Html::Open(Attributes::default(), span)
            }
        }
    }

    pub(super) fn div(&mut self, div: Open, end: Range<usize>) -> Block {
        let Open { attributes, span, blocks } = div;
        let whole = span.start..end.end.max(span.end);
        if !attributes.classes.iter().any(|class| class == "question") {
            let title = attributes.pairs.iter().find(|(key, _)| key == "title").map(|(_, value)| value.clone());
            return Block::Div {
                classes: attributes.classes,
                id: attributes.id,
                title,
                blocks,
                span: self.place(span),
            };
        }
        let question = self.question(attributes, blocks, span, whole);
        self.text.questions.push(question);
        Block::Question(self.text.questions.len() - 1)
    }
}

fn attributes(text: &str) -> Option<Attributes> {
    let mut out = Attributes::default();
    let Some(inner) = text.strip_prefix('{') else {
        // `::: note` is short for `::: {.note}`.
        let word = text.chars().all(|c| c.is_alphanumeric() || c == '-');
        out.classes.push(text.to_owned());
        return word.then_some(out);
    };
    let mut rest = inner.strip_suffix('}')?.trim_start();
    while !rest.is_empty() {
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        if let Some(value) = after.strip_prefix('=') {
            let (value, tail) = match value.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => value.split_once(' ').unwrap_or((value, "")),
            };
            out.pairs.push((word.to_owned(), value.to_owned()));
            rest = tail;
        } else if let Some(class) = word.strip_prefix('.') {
            out.classes.push(class.to_owned());
        } else {
            out.id = Some(word.strip_prefix('#')?.to_owned());
        }
        rest = rest.trim_start();
    }
    Some(out)
}
