//! `:::` blocks: their kinds and titles, and questions among them.

use std::ops::Range;

use super::html::Piece;
use super::open::Form;
use super::{Reader, parse_inlines, parse_inlines_at};
use crate::guide::attributes::{Attributes, Pair, read};
use crate::guide::block::{Block, Div, Inline};
use crate::guide::kind::Kind;
use crate::guide::mistake::Span;
use crate::guide::yaml::nearest;

impl Reader<'_> {
    /// A line that begins with `:::`.
    pub(super) fn fence(&mut self, written: &str, span: Range<usize>) -> Piece {
        let rest = written.trim_start_matches(':').trim();
        if rest.is_empty() {
            return Piece::Close(Form::Fence(Attributes::default()), span);
        }
        let given = match rest.starts_with('{') {
            true => read(rest, span.start + written.find('{').unwrap_or(0)),
            // `::: note` is short for `::: {.note}`.
            false if rest.chars().all(|c| c.is_alphanumeric() || c == '-') => {
                Some(Attributes { classes: vec![rest.to_owned()], ..Attributes::default() })
            }
            false => None,
        };
        if given.is_none() {
            self.mistakes.bad_div(self.span(span.clone()));
        }
        Piece::Open(Form::Fence(given.unwrap_or_default()), span)
    }

    /// The text of an attribute as Markdown.
    pub(super) fn value_inlines(&mut self, value: &str, start: usize, whole: &Span) -> Vec<Inline> {
        match self.fixed {
            None => parse_inlines_at(value, self.file, start, self.mistakes),
            Some(_) => parse_inlines(value, whole, self.mistakes),
        }
    }

    pub(super) fn div(
        &mut self,
        given: Attributes,
        blocks: Vec<Block>,
        span: Range<usize>,
        end: Range<usize>,
    ) -> Block {
        if given.classes.iter().any(|class| class == "question") {
            let whole = span.start..end.end.max(span.end);
            let question = self.question(given, blocks, span, whole);
            self.text.questions.push(question);
            return Block::Question(self.text.questions.len() - 1);
        }
        let at = self.span(span.clone());
        let kind = self.kind(&given.classes, &at);
        let (mut title, mut options) = (Vec::new(), Vec::new());
        for Pair { key, value, start } in given.pairs {
            if key == "title" {
                title = self.value_inlines(&value, start, &at);
            } else {
                if kind != Kind::Plain && !kind.options().contains(&key.as_str()) {
                    let near = nearest(&key, kind.options().iter().copied());
                    self.mistakes.unknown_key(at.clone(), &key, near);
                }
                options.push((key, value));
            }
        }
        let classes = given.classes.into_iter().filter(|class| class != kind.name()).collect();
        let id = given.id.unwrap_or_default();
        Block::Div(Div { kind, classes, id, title, options, blocks, span: self.place(span) })
    }

    /// The kind that the classes give; one that is nearly a kind is probably meant to be it.
    fn kind(&mut self, classes: &[String], at: &Span) -> Kind {
        let named = |class: &String| Kind::NAMED.into_iter().find(|kind| kind.name() == class);
        if let Some(kind) = classes.iter().find_map(named) {
            return kind;
        }
        let names = || Kind::NAMED.iter().map(|kind| kind.name()).chain(["question"]);
        for class in classes {
            // Other classes are the author's own: only a slip of the pen is told.
            let slips = if class.chars().count() < 7 { 1 } else { 2 };
            if let Some(near) = nearest(class, names()).filter(|near| strsim::damerau_levenshtein(class, near) <= slips)
            {
                self.mistakes.unknown_kind(at.clone(), class, near);
            }
        }
        Kind::Plain
    }
}
