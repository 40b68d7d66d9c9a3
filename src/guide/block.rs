//! What a page says, as a tree of blocks and inlines with their places in the source.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::kind::Kind;
pub use super::look::{Look, Media};
use super::places::Places;
pub use super::question::{Question, Status};
use crate::record::kebab;

#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Heading {
        level: u8,
        id: String,
        inlines: Vec<Inline>,
        /// Whether it has a number where sections are numbered.
        counted: bool,
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
        caption: Option<Caption>,
    },
    /// An image or a video that stands alone.
    Figure {
        image: Inline,
        caption: Vec<Inline>,
        /// Empty if it has none.
        id: String,
        span: Range<usize>,
    },
    Definitions(Vec<Definition>),
    Html(Html),
    Rule,
    /// A question, by its index in the page.
    Question(usize),
    /// `::: {.class #id}` that is no question.
    Div(Div),
    /// `##> Title` to `<##`: a section behind its title.
    Fold {
        level: u8,
        id: String,
        title: Vec<Inline>,
        blocks: Vec<Block>,
        span: Range<usize>,
    },
    /// An element written as HTML, with Markdown inside it.
    Element {
        name: String,
        open: Html,
        blocks: Vec<Block>,
        span: Range<usize>,
    },
}

/// A block between `:::` fences.
#[derive(Clone, Debug, PartialEq)]
pub struct Div {
    pub kind: Kind,
    /// Its classes but for the one that gives its kind.
    pub classes: Vec<String>,
    /// Its id; empty if it has none. What is numbered has one, if need be a made one.
    pub id: String,
    pub title: Vec<Inline>,
    pub options: Vec<(String, String)>,
    pub blocks: Vec<Block>,
    /// Its opening fence.
    pub span: Range<usize>,
}

/// HTML as its author wrote it, but for comments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Html {
    pub text: String,
    /// What it points at, in reading order.
    pub addresses: Vec<Address>,
    /// Where it was written.
    pub span: Range<usize>,
}

/// An address in raw HTML: the value of `href` or `src`.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    pub to: String,
    /// Where it is in the text.
    pub at: Range<usize>,
    /// Whether it is something to show, and no link.
    pub shown: bool,
    /// Where it is in the file.
    pub span: Range<usize>,
}

/// The caption of a table, `: Text {#tbl-x}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Caption {
    pub inlines: Vec<Inline>,
    /// Empty if it has none.
    pub id: String,
    pub span: Range<usize>,
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
        look: Box<Look>,
    },
    Html(Html),
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
    /// From `\label{eq-x}`, each with its place in the LaTeX, in their order.
    pub labels: Vec<(usize, String)>,
    /// What its signs mean, from `{tip: ...}` after it.
    pub tip: Vec<Term>,
    pub span: Range<usize>,
    /// Where its LaTeX lies in the file.
    pub places: Places,
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

impl Block {
    /// The blocks inside it, stretch by stretch.
    pub fn inner(&self) -> Vec<&[Block]> {
        match self {
            Block::Quote(inner)
            | Block::Sample { blocks: inner, .. }
            | Block::Div(Div { blocks: inner, .. })
            | Block::Fold { blocks: inner, .. }
            | Block::Element { blocks: inner, .. } => vec![inner],
            Block::List { items, .. } => items.iter().map(|item| &*item.blocks).collect(),
            Block::Definitions(all) => all.iter().flat_map(|one| &one.meanings).map(|inner| &**inner).collect(),
            _ => Vec::new(),
        }
    }

    /// The same, to be changed.
    pub fn inner_mut(&mut self) -> Vec<&mut [Block]> {
        match self {
            Block::Quote(inner)
            | Block::Sample { blocks: inner, .. }
            | Block::Div(Div { blocks: inner, .. })
            | Block::Fold { blocks: inner, .. }
            | Block::Element { blocks: inner, .. } => vec![inner],
            Block::List { items, .. } => items.iter_mut().map(|item| &mut *item.blocks).collect(),
            Block::Definitions(all) => {
                all.iter_mut().flat_map(|one| &mut one.meanings).map(|inner| &mut **inner).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The id that its author gave it: of a heading, a fenced block, a figure or a table.
    pub fn id(&self) -> Option<(&str, &Range<usize>)> {
        let (id, span) = match self {
            Block::Heading { id, span, .. } | Block::Fold { id, span, .. } => (id, span),
            Block::Div(Div { id, span, .. }) | Block::Figure { id, span, .. } => (id, span),
            Block::Table { caption: Some(Caption { id, span, .. }), .. } => (id, span),
            _ => return None,
        };
        (!id.is_empty()).then_some((id, span))
    }
}

/// The ids of a page, and for each of them the number that its next namesake gets: many headings may have the same words.
#[derive(Default)]
pub struct Ids {
    pub used: BTreeSet<String>,
    pub next: BTreeMap<String, usize>,
}

/// Gives every heading, and all else that needs one, an id that nothing on the page has.
pub fn name_headings(blocks: &mut [Block], ids: &mut Ids) {
    for block in blocks {
        match block {
            Block::Heading { id, inlines, .. } | Block::Fold { id, title: inlines, .. } if id.is_empty() => {
                *id = free(&kebab(&plain(inlines)), "section", ids);
            }
            Block::Div(Div { id, kind, .. }) if id.is_empty() && kind.is_numbered() => {
                *id = free(&format!("a-{}", kind.name()), "", ids);
            }
            _ => {}
        }
        block.inner_mut().into_iter().for_each(|inner| name_headings(inner, ids));
    }
}

/// An id after these words that is not used yet, which it is from now on.
fn free(slug: &str, instead: &str, ids: &mut Ids) -> String {
    let slug = if slug.is_empty() { instead } else { slug };
    if ids.used.insert(slug.to_owned()) {
        return slug.to_owned();
    }
    let number = ids.next.entry(slug.to_owned()).or_insert(2);
    loop {
        let numbered = format!("{slug}-{number}");
        *number += 1;
        if ids.used.insert(numbered.clone()) {
            return numbered;
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
    place_again(&mut out, None);
    out
}

/// Moves inlines that many bytes on in their file, or to no place at all.
pub fn place_again(inlines: &mut [Inline], by: Option<usize>) {
    let move_span = |span: &mut Range<usize>| *span = by.map_or(0..0, |by| span.start + by..span.end + by);
    for inline in inlines {
        match inline {
            Inline::Math(Formula { span, places, tip, .. }) => {
                move_span(span);
                places.move_by(by);
                for term in tip {
                    place_again(&mut term.sign, by);
                    place_again(&mut term.meaning, by);
                }
            }
            Inline::Image { span, look, .. } => {
                move_span(span);
                place_again(&mut look.caption, by);
                let files = look.dark.iter_mut().chain(&mut look.poster);
                files.for_each(|(_, span)| move_span(span));
            }
            Inline::Reference { span, .. }
            | Inline::Hole { span, .. }
            | Inline::Embed { span, .. }
            | Inline::Footnote { span, .. } => move_span(span),
            Inline::Cited(cited) => {
                move_span(&mut cited.span);
                for item in &mut cited.items {
                    move_span(&mut item.span);
                    place_again(&mut item.prefix, by);
                    place_again(&mut item.suffix, by);
                }
            }
            Inline::Link { inlines, span, .. } | Inline::Note { inlines, span } | Inline::Side { inlines, span } => {
                place_again(inlines, by);
                move_span(span);
            }
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Strikethrough(inner) => place_again(inner, by),
            Inline::Html(html) => {
                move_span(&mut html.span);
                html.addresses.iter_mut().for_each(|address| move_span(&mut address.span));
            }
            Inline::Text(_) | Inline::Code(_) | Inline::SoftBreak | Inline::HardBreak => {}
        }
    }
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
        block.inner().into_iter().for_each(|inner| visit_blocks(inner, f));
    }
}

/// Calls `f` on every inline of every block.
pub fn visit_inlines<'a>(blocks: &'a [Block], f: &mut dyn FnMut(&'a Inline)) {
    visit_blocks(blocks, &mut |block| match block {
        Block::Heading { inlines, .. } | Block::Paragraph(inlines) | Block::Plain(inlines) => visit(inlines, f),
        Block::Div(Div { title, .. }) | Block::Fold { title, .. } => visit(title, f),
        Block::Figure { image, caption, .. } => {
            f(image);
            visit(caption, f);
        }
        Block::Table { head, rows, caption, .. } => {
            head.iter().chain(rows.iter().flatten()).for_each(|cell| visit(cell, f));
            caption.iter().for_each(|caption| visit(&caption.inlines, f));
        }
        Block::Definitions(definitions) => definitions.iter().for_each(|definition| visit(&definition.term, f)),
        Block::Math(formula) => visit_tip(formula, f),
        _ => {}
    });
}
