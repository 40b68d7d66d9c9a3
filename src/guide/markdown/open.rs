//! Blocks that are open while a page is read: what closes them, and what becomes of them.

use std::ops::Range;

use super::Reader;
use super::boxed::box_of;
use crate::guide::attributes::Attributes;
use crate::guide::block::{Block, Caption, Html, Inline};
use crate::guide::raw;

/// The blocks that are open inside one container, the innermost last.
#[derive(Default)]
pub(super) struct Stack {
    out: Vec<Block>,
    open: Vec<Open>,
    /// The caption of the table that comes next.
    caption: Option<Caption>,
}

struct Open {
    form: Form,
    span: Range<usize>,
    blocks: Vec<Block>,
}

/// What opens or closes a block that Markdown does not know.
pub(super) enum Form {
    /// `:::`.
    Fence(Attributes),
    /// `##>`, with as many signs.
    Fold { level: u8, title: Vec<Inline>, id: String },
    /// `<div>`.
    Tag { name: String, tag: Html },
}

impl Form {
    fn closes(&self, other: &Form) -> bool {
        match (self, other) {
            (Form::Fence(_), Form::Fence(_)) => true,
            (Form::Fold { level: one, .. }, Form::Fold { level: other, .. }) => one == other,
            (Form::Tag { name: one, .. }, Form::Tag { name: other, .. }) => one == other,
            _ => false,
        }
    }
}

impl Stack {
    /// Where the next block goes.
    pub(super) fn here(&mut self) -> &mut Vec<Block> {
        self.open.last_mut().map_or(&mut self.out, |open| &mut open.blocks)
    }

    /// Adds a block; a table that comes after its caption takes it.
    pub(super) fn push(&mut self, mut block: Block) {
        if let Block::Table { caption: caption @ None, .. } = &mut block {
            *caption = self.caption.take();
        }
        self.uncaptioned();
        self.here().push(block);
    }

    /// A caption belongs to the table right before it, else to the next one.
    pub(super) fn caption(&mut self, given: Caption) {
        match self.here().last_mut() {
            Some(Block::Table { caption: caption @ None, .. }) => *caption = Some(given),
            _ => self.caption = Some(given),
        }
    }

    /// Where no table follows, a caption is a paragraph.
    fn uncaptioned(&mut self) {
        if let Some(caption) = self.caption.take() {
            self.here().push(Block::Paragraph(caption.inlines));
        }
    }

    pub(super) fn open(&mut self, form: Form, span: Range<usize>) {
        self.open.push(Open { form, span, blocks: Vec::new() });
    }
}

impl Reader<'_> {
    /// Closes the innermost block of this form; what is open inside it ends too, and that is told.
    pub(super) fn close(&mut self, stack: &mut Stack, form: &Form, span: Range<usize>) {
        let Some(at) = stack.open.iter().rposition(|open| form.closes(&open.form)) else {
            return match form {
                Form::Tag { tag, .. } => stack.here().push(Block::Html(tag.clone())),
                Form::Fence(_) => self.mistakes.needless_close(self.span(span)),
                Form::Fold { level, .. } => {
                    let other = stack.open.iter().rev().find_map(|open| match open.form {
                        Form::Fold { level, .. } => Some(level),
                        _ => None,
                    });
                    self.mistakes.needless_fold_close(self.span(span), *level, other);
                }
            };
        };
        self.end(stack, at + 1);
        if let Some(open) = stack.open.pop() {
            let blocks = self.closed(open, span);
            stack.here().extend(blocks);
        }
    }

    /// What came of a container, at whose end all that is open ends.
    pub(super) fn close_all(&mut self, mut stack: Stack) -> Vec<Block> {
        stack.uncaptioned();
        self.end(&mut stack, 0);
        stack.out
    }

    /// Ends what is open from a depth on. Cost: O(what is open and stands in it).
    fn end(&mut self, stack: &mut Stack, depth: usize) {
        // What came of inner blocks, the innermost first.
        let mut inner: Vec<Vec<Block>> = Vec::new();
        while stack.open.len() > depth {
            let Some(mut open) = stack.open.pop() else { break };
            match &open.form {
                // HTML is closed elsewhere, or by who reads it.
                Form::Tag { tag, .. } => {
                    open.blocks.insert(0, Block::Html(tag.clone()));
                    inner.push(open.blocks);
                    continue;
                }
                Form::Fence(_) => self.mistakes.unclosed(self.span(open.span.clone()), ":::"),
                Form::Fold { level, .. } => self.mistakes.unclosed_fold(self.span(open.span.clone()), *level),
            }
            open.blocks.extend(inner.drain(..).rev().flatten());
            inner.push(self.closed(open, 0..0));
        }
        stack.here().extend(inner.into_iter().rev().flatten());
    }

    fn closed(&mut self, Open { form, span, blocks }: Open, end: Range<usize>) -> Vec<Block> {
        vec![match form {
            Form::Fence(attributes) => self.div(attributes, blocks, span, end),
            Form::Fold { level, title, id } => Block::Fold { level, id, title, blocks, span: self.place(span) },
            Form::Tag { tag, .. } if self.fixed.is_none() && box_of(&tag).is_some() => {
                self.boxed(&box_of(&tag).unwrap_or_default(), blocks, span)
            }
            Form::Tag { name, tag } => {
                let open = raw::without(tag, "markdown");
                Block::Element { name, open, blocks, span: self.place(span) }
            }
        }]
    }
}
