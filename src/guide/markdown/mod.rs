//! Markdown as the dialect of living guides: from text to blocks.

mod events;
mod fence;
mod notes;
mod question;
mod sample;

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Tag};

use events::{Definitions, Events};
use fence::{Attributes, Open};
pub use notes::{check_footnotes, folded, refuse_notes};
pub use question::parse_blocks;

use super::block::{
    Align, Block, Definition, Footnote, Formula, Inline, Item, Question, name_headings, plain, visit_blocks,
};
use super::cell::{self, Cell};
use super::inline;
use super::mark::{Kind, Marks, covered};
use super::mask::mask;
use super::mistake::{Mistakes, Span};

/// The text of a page, parsed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    pub blocks: Vec<Block>,
    pub cells: Vec<Cell>,
    pub questions: Vec<Question>,
    /// Footnotes in the order of their definitions.
    pub footnotes: Vec<Footnote>,
}

/// Parses a page whose text begins at `from`. Cost: O(length).
pub fn parse(file: &Arc<str>, source: &str, from: usize, mistakes: &mut Mistakes) -> Text {
    let (masked, marks) = mask(file, source, from, mistakes);
    let mut reader = Reader::new(file, source, &masked, &marks, mistakes);
    let blocks = reader.blocks();
    let mut text = Text { blocks, ..reader.text };
    name(&mut text);
    text
}

/// Gives the headings their ids: none that the author, a cell, a question or the templates use.
fn name(text: &mut Text) {
    let mut used = BTreeSet::from(["main".to_owned()]);
    used.extend(text.cells.iter().map(|cell| cell.label.clone()));
    used.extend(text.questions.iter().map(|question| question.label.clone()));
    let inside =
        text.questions.iter().map(|question| &question.blocks).chain(text.footnotes.iter().map(|note| &note.blocks));
    for blocks in inside.chain([&text.blocks]) {
        visit_blocks(blocks, &mut |block| {
            if let Block::Heading { id, .. } | Block::Div { id: Some(id), .. } = block {
                used.insert(id.clone());
            }
        });
    }
    name_headings(&mut text.blocks, &mut used);
    text.questions.iter_mut().for_each(|question| name_headings(&mut question.blocks, &mut used));
    text.footnotes.iter_mut().for_each(|note| name_headings(&mut note.blocks, &mut used));
}

/// Parses one paragraph's worth of Markdown whose every mistake is told at `span`: a caption or a title.
pub fn parse_inlines(text: &str, span: &Span, mistakes: &mut Mistakes) -> Vec<Inline> {
    let mut own = Mistakes::default();
    let (masked, marks) = covered(text);
    let mut reader = Reader::new(&span.file, text, &masked, &marks, &mut own);
    reader.fixed = Some(span.range());
    let inlines = reader.blocks().into_iter().flat_map(|block| match block {
        Block::Paragraph(inlines) | Block::Plain(inlines) | Block::Heading { inlines, .. } => inlines,
        Block::Math(formula) => vec![Inline::Math(formula)],
        _ => Vec::new(),
    });
    let inlines = inlines.collect();
    mistakes.append(own);
    inlines
}

/// Elements inside one another: more would overflow the stack of whoever walks the page.
const DEEPEST: usize = 100;

struct Reader<'a> {
    file: &'a Arc<str>,
    source: &'a str,
    events: Peekable<Events<'a>>,
    mistakes: &'a mut Mistakes,
    text: Text,
    /// What is covered in the text that is parsed.
    marks: &'a Marks,
    /// Where the last of them ended.
    past: usize,
    definitions: Definitions,
    /// Where everything is, if the text is not a stretch of the file.
    fixed: Option<Range<usize>>,
    /// How many elements are open around the present one.
    depth: usize,
}

impl<'a> Reader<'a> {
    fn new(
        file: &'a Arc<str>,
        source: &'a str,
        masked: &'a str,
        marks: &'a Marks,
        mistakes: &'a mut Mistakes,
    ) -> Reader<'a> {
        let events = Events::new(masked, 0, Definitions::default());
        // They are needed only where something is parsed apart from them.
        let definitions = if marks.is_empty() { Definitions::default() } else { events.definitions() };
        let (events, text) = (events.peekable(), Text::default());
        Reader { file, source, events, mistakes, text, marks, past: 0, definitions, fixed: None, depth: 0 }
    }

    fn place(&self, range: Range<usize>) -> Range<usize> {
        self.fixed.clone().unwrap_or(range)
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, self.place(range))
    }

    /// Blocks up to the end of the container that is open, whose end is consumed.
    fn blocks(&mut self) -> Vec<Block> {
        if !self.enter() {
            return Vec::new();
        }
        let mut open: Vec<Open> = Vec::new();
        let mut out: Vec<Block> = Vec::new();
        while let Some((event, range)) = self.events.next() {
            let block = match event {
                Event::End(_) => break,
                Event::Start(Tag::HtmlBlock) => match self.html_block(range) {
                    Html::Block(block) => block,
                    Html::Open(attributes, span) => {
                        open.push(Open { attributes, span, blocks: Vec::new() });
                        None
                    }
                    Html::Close(span) => match open.pop() {
                        Some(div) => Some(self.div(div, span)),
                        None => {
                            self.mistakes.needless_close(self.span(span));
                            None
                        }
                    },
                },
                Event::Start(tag) if is_block(&tag) => self.block(tag, range),
                Event::Rule => Some(Block::Rule),
                inline => self.implicit_paragraph(inline, range),
            };
            let here = open.last_mut().map_or(&mut out, |div| &mut div.blocks);
            here.extend(block);
            tag_from_text(here);
        }
        while let Some(div) = open.pop() {
            self.mistakes.unclosed(self.span(div.span.clone()), ":::");
            let block = self.div(div, 0..0);
            open.last_mut().map_or(&mut out, |outer| &mut outer.blocks).push(block);
        }
        self.depth -= 1;
        out
    }

    fn block(&mut self, tag: Tag<'a>, range: Range<usize>) -> Option<Block> {
        Some(match tag {
            Tag::Paragraph => {
                let mut inlines = self.inlines();
                match inlines.as_mut_slice() {
                    [Inline::Math(formula)] if formula.display => Block::Math(formula.clone()),
                    [] => return None,
                    _ => Block::Paragraph(inlines),
                }
            }
            Tag::Heading { level, id, .. } => {
                let inlines = self.inlines();
                let id = id.map(|id| id.to_string()).unwrap_or_default();
                Block::Heading { level: level as u8, id, inlines, span: self.place(range) }
            }
            Tag::BlockQuote(_) => Block::Quote(self.blocks()),
            Tag::CodeBlock(kind) => return self.code_block(&kind, range),
            Tag::List(start) => Block::List { start, items: self.items() },
            Tag::FootnoteDefinition(name) => {
                let span = self.place(range.start..range.start + name.len() + 4);
                let blocks = self.blocks();
                self.text.footnotes.push(Footnote { name: name.to_string(), blocks, span });
                return None;
            }
            Tag::DefinitionList => Block::Definitions(self.definitions()),
            Tag::Table(aligns) => self.table(&aligns),
            _ => {
                self.blocks();
                return None;
            }
        })
    }

    /// Inlines without a paragraph around them: the text of a tight list's item.
    fn implicit_paragraph(&mut self, first: Event<'a>, range: Range<usize>) -> Option<Block> {
        let mut gather = inline::Gather::default();
        self.inline_event(first, range, &mut gather);
        while let Some((event, _)) = self.events.peek() {
            let ends = match event {
                Event::End(_) | Event::Rule => true,
                Event::Start(tag) => is_block(tag) || matches!(tag, Tag::HtmlBlock),
                _ => false,
            };
            if ends {
                break;
            }
            let (event, range) = self.events.next().expect("it was peeked");
            self.inline_event(event, range, &mut gather);
        }
        let inlines = self.finish(gather);
        (!inlines.is_empty()).then_some(Block::Plain(inlines))
    }

    /// Inlines up to the end of the element that is open, whose end is consumed.
    fn inlines(&mut self) -> Vec<Inline> {
        if !self.enter() {
            return Vec::new();
        }
        let mut gather = inline::Gather::default();
        while let Some((event, range)) = self.events.next() {
            if matches!(event, Event::End(_)) {
                break;
            }
            self.inline_event(event, range, &mut gather);
        }
        self.depth -= 1;
        self.finish(gather)
    }

    /// Goes one element deeper; from a depth that no reader could follow the element is skipped, and that is told.
    fn enter(&mut self) -> bool {
        self.depth += 1;
        if self.depth <= DEEPEST {
            return true;
        }
        let mut open = 1;
        let mut place = 0..0;
        while open > 0 {
            let Some((event, range)) = self.events.next() else { break };
            place = range;
            match event {
                Event::Start(_) => open += 1,
                Event::End(_) => open -= 1,
                _ => {}
            }
        }
        self.mistakes.too_deep(self.span(place.start..place.start), DEEPEST);
        self.depth -= 1;
        false
    }

    fn finish(&mut self, gather: inline::Gather) -> Vec<Inline> {
        gather.finish(self.file, self.fixed.clone(), self.mistakes)
    }

    fn inline_event(&mut self, event: Event<'a>, range: Range<usize>, gather: &mut inline::Gather) {
        if range.start < self.past && matches!(event, Event::SoftBreak | Event::HardBreak) {
            return;
        }
        let place = self.place(range.clone());
        let inline = match event {
            Event::Text(text) => return self.words(&text, range, gather),
            Event::Code(code) => Inline::Code(self.uncovered(&code, range, '`')),
            Event::InlineMath(tex) => {
                let tex = self.uncovered(&tex, range.clone(), '$');
                Inline::Math(self.formula(&tex, false, range))
            }
            Event::DisplayMath(tex) => {
                let tex = self.uncovered(&tex, range.clone(), '$');
                Inline::Math(self.formula(&tex, true, range))
            }
            Event::Html(html) | Event::InlineHtml(html) if html.starts_with("<!--") => return,
            // A formula so deeply indented that Markdown takes it for a line of the paragraph above.
            Event::InlineHtml(_) if self.fixed.is_none() && self.source[range.clone()].starts_with("$$") => {
                let tex = &self.source[range.clone()];
                let tex = tex.strip_prefix("$$").and_then(|rest| rest.strip_suffix("$$")).unwrap_or(tex);
                Inline::Math(self.formula(tex, true, range))
            }
            Event::InlineHtml(_) if self.fixed.is_none() && self.source[range.clone()].starts_with(":::") => {
                return self.mistakes.bad_div(self.span(range));
            }
            Event::Html(html) | Event::InlineHtml(html) => Inline::Html(self.uncovered(&html, range, '\0')),
            Event::FootnoteReference(name) => Inline::Footnote { name: name.to_string(), span: place },
            Event::SoftBreak => Inline::SoftBreak,
            Event::HardBreak => Inline::HardBreak,
            Event::Start(Tag::Emphasis) => Inline::Emphasis(self.inlines()),
            Event::Start(Tag::Strong) => Inline::Strong(self.inlines()),
            Event::Start(Tag::Strikethrough) => Inline::Strikethrough(self.inlines()),
            Event::Start(Tag::Link { dest_url, title, .. }) => {
                let (to, title) = (dest_url.to_string(), title.to_string());
                let (inlines, notes) = notes::hoisted(self.inlines());
                gather.push(Inline::Link { to, title, inlines, span: place });
                return notes.into_iter().for_each(|note| gather.push(note));
            }
            Event::Start(Tag::Image { dest_url, title, .. }) => {
                let alt = plain(&self.inlines());
                Inline::Image { from: dest_url.to_string(), title: title.to_string(), alt, span: place }
            }
            Event::Start(_) => {
                self.inlines();
                return;
            }
            Event::TaskListMarker(_) | Event::Rule | Event::End(_) => return,
        };
        gather.push(inline);
    }

    fn formula(&self, tex: &str, display: bool, range: Range<usize>) -> Formula {
        let (tex, label) = take_label(tex);
        Formula { tex, display, label, tip: Vec::new(), span: self.place(range) }
    }

    fn items(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        while let Some((event, _)) = self.events.next() {
            match event {
                Event::Start(Tag::Item) => {
                    let checked = match self.events.peek() {
                        Some((Event::TaskListMarker(done), _)) => Some(*done),
                        _ => None,
                    };
                    items.push(Item { checked, blocks: self.blocks() });
                }
                _ => break,
            }
        }
        items
    }

    fn definitions(&mut self) -> Vec<Definition> {
        let mut out: Vec<Definition> = Vec::new();
        while let Some((event, _)) = self.events.next() {
            match event {
                Event::Start(Tag::DefinitionListTitle) => {
                    let term = self.inlines();
                    out.push(Definition { term, meanings: Vec::new() });
                }
                Event::Start(Tag::DefinitionListDefinition) => {
                    let blocks = self.blocks();
                    out.extend(out.is_empty().then(|| Definition { term: Vec::new(), meanings: Vec::new() }));
                    out.last_mut().expect("there is one now").meanings.push(blocks);
                }
                _ => break,
            }
        }
        out
    }

    fn table(&mut self, aligns: &[Alignment]) -> Block {
        let aligns = aligns.iter().map(|align| match align {
            Alignment::None => Align::None,
            Alignment::Left => Align::Left,
            Alignment::Center => Align::Center,
            Alignment::Right => Align::Right,
        });
        let (mut head, mut rows) = (Vec::new(), Vec::new());
        while let Some((event, _)) = self.events.next() {
            match event {
                Event::Start(Tag::TableHead) => head = self.table_cells(),
                Event::Start(Tag::TableRow) => rows.push(self.table_cells()),
                _ => break,
            }
        }
        Block::Table { aligns: aligns.collect(), head, rows }
    }

    fn table_cells(&mut self) -> Vec<Vec<Inline>> {
        let mut cells = Vec::new();
        while let Some((Event::Start(Tag::TableCell), _)) = self.events.next() {
            cells.push(self.inlines());
        }
        cells
    }

    fn code_block(&mut self, kind: &CodeBlockKind, range: Range<usize>) -> Option<Block> {
        let mut pieces: Vec<Range<usize>> = Vec::new();
        while let Some((Event::Text(_), piece)) = self.events.next() {
            // A line that ends in CR LF comes in two pieces, with the CR between them.
            match pieces.last_mut() {
                Some(last) if matches!(&self.source[last.end..piece.start], "" | "\r") => last.end = piece.end,
                _ => pieces.push(piece),
            }
        }
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.trim(),
            CodeBlockKind::Indented => "",
        };
        let mut words = info.split_whitespace();
        if self.fixed.is_none() && (words.next(), words.next()) == (Some("rust"), Some("cell")) {
            let cell = cell::read(self.file, self.source, self.span(range), pieces, self.mistakes)?;
            self.text.cells.push(cell);
            return Some(Block::Cell(self.text.cells.len() - 1));
        }
        if info.split_whitespace().eq(sample::INFO) {
            return self.sample(&pieces, range);
        }
        let text: String = pieces.into_iter().map(|piece| &self.source[piece]).collect();
        let text = text.replace("\r\n", "\n");
        // `rust,cell`, `rust cells`, `Rust Cell`, or options below `rust`: meant to run, and would silently be mere code.
        let near = info.to_lowercase().replace([',', '-', '_', '{', '}', '.'], " ");
        let near = near.split_whitespace().take(2).map(|word| word.trim_end_matches('s')).eq(["rust", "cell"]);
        if near || (info == "rust" && text.starts_with("//| ")) {
            self.mistakes.nearly_a_cell(self.span(range.start..range.start + 3), info);
        }
        Some(Block::Code { language: info.split([' ', ',', '{']).next().unwrap_or_default().to_owned(), text })
    }

    /// Raw HTML, or what [`mask`] wrote over a formula or a fence.
    fn html_block(&mut self, _range: Range<usize>) -> Html {
        let mut pieces: Vec<Range<usize>> = Vec::new();
        let mut html = String::new();
        while let Some((Event::Html(text), piece)) = self.events.next() {
            html.push_str(&self.uncovered(&text, piece.clone(), '\0'));
            pieces.push(piece);
        }
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Html::Block(None) };
        let all = first.start..last.end;
        // Only a display formula has one.
        let tip = self.marks.range(all.clone()).map(|(_, mark)| mark).find(|mark| mark.range.end <= all.end);
        let tip = tip.filter(|mark| mark.kind == Kind::Tip && self.source[all.start..].trim_start().starts_with("$$"));
        let end = tip.map_or(all.end, |mark| mark.range.start);
        let pieces = pieces.iter().map(|piece| piece.start.min(end)..piece.end.min(end));
        let source: String = pieces.map(|piece| &self.source[piece]).collect();
        let written = source.trim_end_matches(['>', ' ', '\t', '\r', '\n']).trim_start();
        if self.fixed.is_none() && written.starts_with(":::") {
            return self.fence(written, all);
        }
        if let Some(tex) = written.strip_prefix("$$").and_then(|rest| rest.strip_suffix("$$")) {
            let mut formula = self.formula(tex, true, all.start..end);
            formula.tip = tip.map_or(Vec::new(), |mark| self.tip(mark));
            return Html::Block(Some(Block::Math(formula)));
        }
        if self.fixed.is_none() && written.starts_with("$$") {
            // Its list or quote ends before the formula does.
            self.mistakes.unclosed(self.span(all.start..all.start + 2), "$$");
            return Html::Block(None);
        }
        let html = without_comments(&html);
        Html::Block((!html.trim().is_empty()).then_some(Block::Html(html)))
    }
}

enum Html {
    Block(Option<Block>),
    Open(Attributes, Range<usize>),
    Close(Range<usize>),
}

/// Comments are the author's own business.
fn without_comments(html: &str) -> String {
    let (mut out, mut rest) = (String::new(), html);
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    out + rest
}

fn is_block(tag: &Tag) -> bool {
    !matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}

/// A display formula followed by a line that is only its number: `(0.3)`, as in converted books.
fn tag_from_text(blocks: &mut Vec<Block>) {
    let [.., Block::Math(formula), Block::Paragraph(inlines)] = blocks.as_mut_slice() else { return };
    let [Inline::Text(text)] = inlines.as_slice() else { return };
    let Some(number) = text.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { return };
    let numeric =
        number.starts_with(|c: char| c.is_ascii_digit()) && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    if numeric && !formula.tex.contains("\\tag") {
        formula.tex.push_str(&format!(" \\tag{{{number}}}"));
        blocks.pop();
    }
}

/// Takes `\label{eq-x}` out of a formula.
fn take_label(tex: &str) -> (String, Option<String>) {
    let found = tex.split_once("\\label{").and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    match found {
        Some((before, (label, after))) => (format!("{before}{after}"), Some(label.trim().to_owned())),
        None => (tex.to_owned(), None),
    }
}
