//! Markdown as the dialect of living guides: from text to blocks.

mod boxed;
mod events;
mod fence;
mod html;
mod image;
mod notes;
mod open;
mod question;
mod sample;

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Tag};

use events::{Definitions, Events};
use html::Piece;
pub use notes::{check_footnotes, folded, refuse_notes};
pub use question::parse_blocks;

use super::block::{
    Align, Block, Definition, Footnote, Formula, Ids, Inline, Item, Question, name_headings, place_again, plain,
    visit_blocks,
};
use super::cell::{self, Cell};
use super::mark::{Marks, covered};

use super::mask::mask;
use super::mistake::{Mistakes, Span};
use super::places::Places;
use super::{inline, latex};

/// The text of a page, parsed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    pub blocks: Vec<Block>,
    pub cells: Vec<Cell>,
    pub questions: Vec<Question>,
    /// Footnotes in the order of their definitions.
    pub footnotes: Vec<Footnote>,
    /// The first of each name, by its name as it is compared.
    pub(super) named: BTreeMap<String, usize>,
}

impl Text {
    /// The footnote of a name, and its place among all.
    pub fn footnote(&self, name: &str) -> Option<&Footnote> {
        self.named.get(&folded(name)).map(|at| &self.footnotes[*at])
    }
}

/// Parses a page whose text begins at `from`. Cost: O(length).
pub fn parse(file: &Arc<str>, source: &str, from: usize, mistakes: &mut Mistakes) -> Text {
    let (masked, marks) = mask(file, source, from, mistakes);
    let mut reader = Reader::new(file, source, &masked, &marks, mistakes);
    let blocks = reader.blocks();
    let mut text = Text { blocks, ..reader.text };
    name(&mut text);
    for (at, note) in text.footnotes.iter().enumerate() {
        text.named.entry(folded(&note.name)).or_insert(at);
    }
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
            used.extend(block.id().map(|(id, _)| id.to_owned()));
        });
    }
    let mut ids = Ids { used, ..Ids::default() };
    name_headings(&mut text.blocks, &mut ids);
    text.questions.iter_mut().for_each(|question| name_headings(&mut question.blocks, &mut ids));
    text.footnotes.iter_mut().for_each(|note| name_headings(&mut note.blocks, &mut ids));
}

/// Parses one paragraph's worth of Markdown whose every mistake is told at `span`: a caption or a title.
pub fn parse_inlines(text: &str, span: &Span, mistakes: &mut Mistakes) -> Vec<Inline> {
    let mut own = Mistakes::default();
    let inlines = paragraph(text, &span.file, Some(span.range()), &mut own);
    mistakes.append(own);
    inlines
}

/// The same for what stands at `start` in the file as it is.
pub fn parse_inlines_at(text: &str, file: &Arc<str>, start: usize, mistakes: &mut Mistakes) -> Vec<Inline> {
    let mut own = Mistakes::default();
    let mut inlines = paragraph(text, file, None, &mut own);
    place_again(&mut inlines, Some(start));
    mistakes.append(own.moved(start));
    inlines
}

fn paragraph(text: &str, file: &Arc<str>, fixed: Option<Range<usize>>, mistakes: &mut Mistakes) -> Vec<Inline> {
    let (masked, marks) = covered(text);
    let mut reader = Reader::new(file, text, &masked, &marks, mistakes);
    reader.fixed = fixed;
    let inlines = reader.blocks().into_iter().flat_map(|block| match block {
        Block::Paragraph(inlines) | Block::Plain(inlines) | Block::Heading { inlines, .. } => inlines,
        Block::Math(formula) => vec![Inline::Math(formula)],
        _ => Vec::new(),
    });
    inlines.collect()
}

/// Elements inside one another: more would overflow the stack of whoever walks the page.
const DEEPEST: usize = 100;

struct Reader<'a> {
    file: &'a Arc<str>,
    source: &'a str,
    /// What is parsed in its place.
    masked: &'a str,
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
        Reader { file, source, masked, events, mistakes, text, marks, past: 0, definitions, fixed: None, depth: 0 }
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
        let mut stack = open::Stack::default();
        while let Some((event, range)) = self.events.next() {
            let block = match event {
                Event::End(_) => break,
                Event::Start(Tag::HtmlBlock) => {
                    for piece in self.html_block() {
                        match piece {
                            Piece::Block(block) => stack.push(block),
                            Piece::Caption(caption) => stack.caption(caption),
                            Piece::Open(form, span) => stack.open(form, span),
                            Piece::Close(form, span) => self.close(&mut stack, &form, span),
                        }
                        tag_from_text(stack.here());
                    }
                    continue;
                }
                Event::Start(tag) if is_block(&tag) => self.block(tag, range),
                Event::Rule => Some(Block::Rule),
                inline => self.implicit_paragraph(inline, range),
            };
            block.into_iter().for_each(|block| stack.push(block));
            tag_from_text(stack.here());
        }
        self.depth -= 1;
        self.close_all(stack)
    }

    fn block(&mut self, tag: Tag<'a>, range: Range<usize>) -> Option<Block> {
        Some(match tag {
            Tag::Paragraph => {
                let inlines = self.inlines();
                match inlines.as_slice() {
                    [Inline::Math(formula)] if formula.display => Block::Math(formula.clone()),
                    [] => return None,
                    _ => self.figure(&inlines).unwrap_or(Block::Paragraph(inlines)),
                }
            }
            Tag::Heading { level, id, classes, .. } => {
                let counted = !classes.iter().any(|class| &**class == "unnumbered");
                let inlines = self.inlines();
                let id = id.map(|id| id.to_string()).unwrap_or_default();
                Block::Heading { level: level as u8, id, inlines, counted, span: self.place(range) }
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
            Event::Code(code) => Inline::Code(self.code_span(&code, range)),
            Event::InlineMath(tex) => {
                let tex = self.uncovered(&tex, range.clone(), '$');
                Inline::Math(self.inline_formula(&tex, false, range, 1))
            }
            Event::DisplayMath(tex) => {
                let tex = self.uncovered(&tex, range.clone(), '$');
                Inline::Math(self.inline_formula(&tex, true, range, 2))
            }
            Event::Html(html) | Event::InlineHtml(html) => match self.html_inline(&html, range) {
                Some(inline) => inline,
                None => return,
            },
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
                self.image(&dest_url, &title, alt, range)
            }
            Event::Start(_) => {
                self.inlines();
                return;
            }
            Event::TaskListMarker(_) | Event::Rule | Event::End(_) => return,
        };
        gather.push(inline);
    }

    /// A formula in a line of text, whose LaTeX stands between marks of that length.
    fn inline_formula(&self, tex: &str, display: bool, range: Range<usize>, mark: usize) -> Formula {
        let inside = range.start + mark..range.end.saturating_sub(mark);
        let here = self.fixed.is_none() && self.source.get(inside.clone()) == Some(tex);
        let places = if here { Places::from(inside.start) } else { Places::default() };
        self.formula(tex, display, range, &places)
    }

    fn formula(&self, tex: &str, display: bool, range: Range<usize>, places: &Places) -> Formula {
        let start = tex.len() - tex.trim_start().len();
        let (mut own, mut done) = (Places::default(), (0, start));
        let (text, labels) = latex::take_labels(tex.trim(), |at, on| {
            places.keep(done.1..done.1 + (at - done.0), done.0, &mut own);
            done = (at, start + on);
        });
        places.keep(done.1..tex.len(), done.0, &mut own);
        Formula { tex: text, display, labels, tip: Vec::new(), span: self.place(range), places: own }
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
        Block::Table { aligns: aligns.collect(), head, rows, caption: None }
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
