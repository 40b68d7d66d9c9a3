//! What a page says, as a tree of blocks and inlines with their places in the source.

use std::collections::BTreeSet;
use std::ops::Range;

pub use super::question::{Question, Status};
use crate::record::kebab;

#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Heading {
        level: u8,
        id: String,
        inlines: Vec<Inline>,
        span: Range<usize>,
    },
    Paragraph(Vec<Inline>),
    /// Inlines without a paragraph around them, as in a tight list.
    Plain(Vec<Inline>),
    Code {
        language: String,
        text: String,
    },
    /// Markdown, and what becomes of it.
    Sample {
        text: String,
        blocks: Vec<Block>,
    },
    /// A cell, by its index in the page.
    Cell(usize),
    Math(Formula),
    List {
        start: Option<u64>,
        items: Vec<Item>,
    },
    Quote(Vec<Block>),
    Table {
        aligns: Vec<Align>,
        head: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
    Definitions(Vec<Definition>),
    Html(String),
    Rule,
    /// A question, by its index in the page.
    Question(usize),
    /// `::: {.class #id}` that is no question.
    Div {
        classes: Vec<String>,
        id: Option<String>,
        title: Option<String>,
        blocks: Vec<Block>,
        /// Its opening fence.
        span: Range<usize>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// In a task list, whether it is done.
    pub checked: Option<bool>,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub term: Vec<Inline>,
    pub meanings: Vec<Vec<Block>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    None,
    Left,
    Center,
    Right,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Inline {
    Text(String),
    Code(String),
    Math(Formula),
    Emphasis(Vec<Inline>),
    Strong(Vec<Inline>),
    Strikethrough(Vec<Inline>),
    Link {
        to: String,
        title: String,
        inlines: Vec<Inline>,
        span: Range<usize>,
    },
    Image {
        from: String,
        title: String,
        alt: String,
        span: Range<usize>,
    },
    Html(String),
    /// `@fig-x`.
    Reference {
        label: String,
        span: Range<usize>,
    },
    /// `[@fig-a; @fig-b]`, `-@fig-x`, `@key`.
    Cited(Cited),
    /// `{{name}}`.
    Hole {
        hole: Hole,
        span: Range<usize>,
    },
    Footnote {
        name: String,
        span: Range<usize>,
    },
    /// `{fn: text}` or `^[text]`: a numbered note that stands where it is referred to.
    Note {
        inlines: Vec<Inline>,
        span: Range<usize>,
    },
    /// `[> text <]`: a note in the margin.
    Side {
        inlines: Vec<Inline>,
        span: Range<usize>,
    },
    /// `{od: name}`: a question, shown or named where it is spoken of.
    Embed {
        name: String,
        span: Range<usize>,
    },
    SoftBreak,
    HardBreak,
}

/// What is cited in one place: labels of the site, keys of a bibliography, or both.
#[derive(Clone, Debug, PartialEq)]
pub struct Cited {
    pub items: Vec<CitedItem>,
    /// Whether in brackets; else it is part of the sentence.
    pub grouped: bool,
    /// As the author wrote it, for what turns out to cite nothing.
    pub written: String,
    pub span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CitedItem {
    pub prefix: Vec<Inline>,
    pub key: String,
    /// `-@x`: the number alone, or the year without the authors.
    pub alone: bool,
    pub suffix: Vec<Inline>,
    pub span: Range<usize>,
}

impl Cited {
    /// The same as if it stood at the beginning of its file.
    pub fn without_places(&self) -> Cited {
        let items = self.items.iter().map(|item| CitedItem {
            prefix: without_places(&item.prefix),
            key: item.key.clone(),
            alone: item.alone,
            suffix: without_places(&item.suffix),
            span: 0..0,
        });
        Cited { items: items.collect(), grouped: self.grouped, written: self.written.clone(), span: 0..0 }
    }
}

/// What is written between `{{` and `}}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hole {
    /// `NAME`: a site variable, or something of the page.
    Variable(String),
    /// `cell.value` or `cell.value:.3`.
    Value { cell: String, value: String, format: String },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    pub tex: String,
    pub display: bool,
    /// From `\label{eq-x}`.
    pub label: Option<String>,
    /// What its signs mean, from `{tip: ...}` after it.
    pub tip: Vec<Term>,
    pub span: Range<usize>,
}

/// One line of a formula's tip.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The formula that is explained; nothing where a line only says something.
    pub sign: Vec<Inline>,
    pub meaning: Vec<Inline>,
}

/// `[^name]: ...`, the text of a footnote.
#[derive(Clone, Debug, PartialEq)]
pub struct Footnote {
    pub name: String,
    pub blocks: Vec<Block>,
    /// Its `[^name]:`.
    pub span: Range<usize>,
}

/// Gives every heading without an id one that nothing on the page has.
pub fn name_headings(blocks: &mut [Block], used: &mut BTreeSet<String>) {
    for block in blocks {
        match block {
            Block::Heading { id, inlines, .. } if id.is_empty() => {
                let slug = kebab(&plain(inlines));
                let slug = if slug.is_empty() { "section".to_owned() } else { slug };
                let numbered = (2..).map(|count| format!("{slug}-{count}"));
                let free = std::iter::once(slug.clone()).chain(numbered).find(|name| !used.contains(name));
                *id = free.unwrap_or(slug);
                used.insert(id.clone());
            }
            Block::Quote(inner) | Block::Div { blocks: inner, .. } | Block::Sample { blocks: inner, .. } => {
                name_headings(inner, used)
            }
            Block::List { items, .. } => items.iter_mut().for_each(|item| name_headings(&mut item.blocks, used)),
            Block::Definitions(definitions) => {
                let meanings = definitions.iter_mut().flat_map(|definition| &mut definition.meanings);
                meanings.for_each(|inner| name_headings(inner, used));
            }
            _ => {}
        }
    }
}

/// The words of inlines, without marks and notes; formulas as their LaTeX.
pub fn plain(inlines: &[Inline]) -> String {
    let mut out = String::new();
    add_plain(inlines, &mut out);
    out
}

fn add_plain(inlines: &[Inline], out: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            Inline::Math(formula) => out.push_str(&formula.tex),
            Inline::SoftBreak | Inline::HardBreak => out.push(' '),
            Inline::Image { alt, .. } => out.push_str(alt),
            Inline::Cited(cited) => out.push_str(&cited.written),
            Inline::Emphasis(inner)
            | Inline::Strong(inner)
            | Inline::Strikethrough(inner)
            | Inline::Link { inlines: inner, .. } => add_plain(inner, out),
            _ => {}
        }
    }
}

/// The same inlines as if they stood at the beginning of their file.
pub fn without_places(inlines: &[Inline]) -> Vec<Inline> {
    let mut out = inlines.to_vec();
    for inline in &mut out {
        match inline {
            Inline::Image { span, .. }
            | Inline::Reference { span, .. }
            | Inline::Hole { span, .. }
            | Inline::Embed { span, .. }
            | Inline::Footnote { span, .. } => *span = 0..0,
            Inline::Cited(cited) => *cited = cited.without_places(),
            Inline::Math(formula) => *formula = placeless(formula),
            Inline::Link { inlines, span, .. } | Inline::Note { inlines, span } | Inline::Side { inlines, span } => {
                *inlines = without_places(inlines);
                *span = 0..0;
            }
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Strikethrough(inner) => {
                *inner = without_places(inner);
            }
            Inline::Text(_) | Inline::Code(_) | Inline::Html(_) | Inline::SoftBreak | Inline::HardBreak => {}
        }
    }
    out
}

fn placeless(formula: &Formula) -> Formula {
    let tip = formula
        .tip
        .iter()
        .map(|term| Term { sign: without_places(&term.sign), meaning: without_places(&term.meaning) });
    Formula { tip: tip.collect(), span: 0..0, ..formula.clone() }
}

/// Calls `f` on every inline, outer before inner, those of notes and tips too.
pub fn visit<'a>(inlines: &'a [Inline], f: &mut dyn FnMut(&'a Inline)) {
    for inline in inlines {
        f(inline);
        match inline {
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Strikethrough(inner) => visit(inner, f),
            Inline::Link { inlines, .. } | Inline::Note { inlines, .. } | Inline::Side { inlines, .. } => {
                visit(inlines, f);
            }
            Inline::Cited(cited) => {
                cited.items.iter().flat_map(|item| [&item.prefix, &item.suffix]).for_each(|inner| visit(inner, f));
            }
            Inline::Math(formula) => visit_tip(formula, f),
            _ => {}
        }
    }
}

/// Calls `f` on every inline of what a formula's signs mean.
pub fn visit_tip<'a>(formula: &'a Formula, f: &mut dyn FnMut(&'a Inline)) {
    for term in &formula.tip {
        visit(&term.sign, f);
        visit(&term.meaning, f);
    }
}

/// Calls `f` on every inline of the line itself, outer before inner: not on what notes and tips say.
pub fn visit_line<'a>(inlines: &'a [Inline], f: &mut dyn FnMut(&'a Inline)) {
    for inline in inlines {
        f(inline);
        if let Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Strikethrough(inner) = inline {
            visit_line(inner, f);
        } else if let Inline::Link { inlines, .. } = inline {
            visit_line(inlines, f);
        } else if let Inline::Cited(cited) = inline {
            cited.items.iter().flat_map(|item| [&item.prefix, &item.suffix]).for_each(|inner| visit_line(inner, f));
        }
    }
}

/// Calls `f` on every block, outer before inner.
pub fn visit_blocks<'a>(blocks: &'a [Block], f: &mut dyn FnMut(&'a Block)) {
    for block in blocks {
        f(block);
        match block {
            Block::Quote(inner) | Block::Div { blocks: inner, .. } | Block::Sample { blocks: inner, .. } => {
                visit_blocks(inner, f)
            }
            Block::List { items, .. } => items.iter().for_each(|item| visit_blocks(&item.blocks, f)),
            Block::Definitions(definitions) => {
                definitions.iter().flat_map(|definition| &definition.meanings).for_each(|inner| visit_blocks(inner, f));
            }
            _ => {}
        }
    }
}

/// Calls `f` on every inline of every block.
pub fn visit_inlines<'a>(blocks: &'a [Block], f: &mut dyn FnMut(&'a Inline)) {
    visit_blocks(blocks, &mut |block| match block {
        Block::Heading { inlines, .. } | Block::Paragraph(inlines) | Block::Plain(inlines) => visit(inlines, f),
        Block::Table { head, rows, .. } => {
            head.iter().chain(rows.iter().flatten()).for_each(|cell| visit(cell, f));
        }
        Block::Definitions(definitions) => definitions.iter().for_each(|definition| visit(&definition.term, f)),
        Block::Math(formula) => visit_tip(formula, f),
        _ => {}
    });
}
