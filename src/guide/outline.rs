//! A page in outline: what can be cited of it, what it asks of others, and its formulas, each with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::block::{
    Block, Cited, Formula, Hole, Html, Inline, plain, visit, visit_blocks, visit_inlines, visit_line, without_places,
};
use super::cite::is_label;
use super::html::is_list_of_works;
use super::inline::formula_holes;
use super::kind::{Kind, is_family};
use super::latex;
use super::markdown::Text;
use super::memory::{Digest, digest};
use super::tags;

/// All that the rest of the guide has to know of a page's text. It follows from the text alone.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// What can be cited, in reading order.
    pub places: Vec<Place>,
    /// Ids that links may point at.
    pub anchors: BTreeSet<String>,
    /// Ids given again: the id, the place, and the first place.
    pub twice: Vec<(String, Range<usize>, Range<usize>)>,
    /// What is asked of the rest, in the order of telling.
    pub asks: Vec<Ask>,
    pub formulas: Vec<Formula>,
    /// Those of them that others fill, with a value or a number: by their index.
    pub filled: Vec<usize>,
    /// Citations of the bibliography in the order of reading.
    pub cited: Vec<Cited>,
    /// Texts that speak of questions, with how they name them.
    pub speaks: Vec<(Vec<Said>, Vec<Inline>)>,
    /// Its first paragraph, without places.
    pub opening: Vec<Inline>,
    /// Names of questions that are shown here, each of which is an id of the page.
    pub embeds: BTreeSet<String>,
    /// From heading to heading.
    pub sections: Vec<Section>,
}

/// How a text speaks of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// By its label, or one of its other names.
    Name(String),
    /// By a link, perhaps, to its page.
    Link(String),
}

/// What stands between two headings.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// The heading's id; empty before the first.
    pub id: String,
    /// The heading's level, if it counts where sections have numbers.
    pub level: Option<u8>,
    /// Questions and cells, by their indices.
    pub questions: Vec<usize>,
    pub cells: Vec<usize>,
}

#[derive(Clone, Debug)]
pub enum Place {
    Section {
        id: String,
        name: String,
        span: Range<usize>,
    },
    Theorem {
        id: String,
        kind: Kind,
        span: Range<usize>,
    },
    /// A figure or a table that no cell computes.
    Shown {
        id: String,
        span: Range<usize>,
    },
    Cell(usize),
    Question(usize),
    Equation {
        label: String,
        tag: Option<String>,
        span: Range<usize>,
    },
}

#[derive(Clone, Debug)]
pub enum Ask {
    Label(String, Range<usize>),
    /// A key of the bibliography; outside of brackets it may be something else, such as a name.
    Key {
        key: String,
        grouped: bool,
        span: Range<usize>,
    },
    Hole(Hole, Range<usize>),
    Question(String, Range<usize>),
    Link(String, Range<usize>),
    Image(String, Range<usize>),
    /// That HTML be shown: as it was written, whether in a line of text, and where.
    Html(String, bool, Range<usize>),
}

/// Outlines a page. Cost: O(length of the page).
pub fn outline(title: &[Inline], text: &Text) -> Outline {
    let opening = text.blocks.iter().find_map(|block| match block {
        Block::Paragraph(inlines) if !plain(inlines).trim().is_empty() => Some(without_places(inlines)),
        _ => None,
    });
    let mut out = Outline { opening: opening.unwrap_or_default(), ..Outline::default() };
    let mut ids: BTreeMap<&str, &Range<usize>> = BTreeMap::new();
    visit_all(text, &mut |block| {
        out.place(block);
        out.anchor(text, block);
        match block {
            Block::Math(formula) => return out.formula(formula),
            Block::Paragraph(inlines) | Block::Plain(inlines) => return out.speak(inlines),
            Block::Table { head, rows, .. } => {
                head.iter().chain(rows.iter().flatten()).for_each(|cell| out.speak(cell));
            }
            Block::Html(html) | Block::Element { open: html, .. } => return out.html(html, false),
            _ => {}
        }
        // What can be cited is told where all labels of the guide are known.
        let cited = |id: &str| ["sec-", "fig-", "tbl-"].iter().any(|prefix| id.starts_with(prefix)) || is_family(id);
        let own = block.id().filter(|(id, _)| !cited(id));
        let Some((id, span)) = own else { return };
        match ids.get(id) {
            Some(first) => out.twice.push((id.to_owned(), span.clone(), (*first).clone())),
            None => drop(ids.insert(id, span)),
        }
    });
    visit_all_inlines(title, text, &mut |inline| match inline {
        Inline::Math(formula) => {
            out.formula(formula);
            // Those in captions, tables and headings, which nobody counts on to be in order.
            out.equation(formula);
        }
        Inline::Html(html) => out.html(html, true),
        Inline::Reference { label, span } => out.asks.push(Ask::Label(label.clone(), span.clone())),
        Inline::Cited(group) => out.cite(group),
        Inline::Embed { name, span } => out.asks.push(Ask::Question(name.clone(), span.clone())),
        Inline::Hole { hole, span } => out.asks.push(Ask::Hole(hole.clone(), span.clone())),
        Inline::Link { to, span, .. } => out.asks.push(Ask::Link(to.clone(), span.clone())),
        Inline::Image { from, span, look, .. } => {
            out.asks.push(Ask::Image(from.clone(), span.clone()));
            let files = look.dark.iter().chain(&look.poster);
            out.asks.extend(files.map(|(from, span)| Ask::Image(from.clone(), span.clone())));
            out.anchors.extend((!look.id.is_empty()).then(|| look.id.clone()));
        }
        _ => {}
    });
    text.cells.iter().for_each(|cell| out.speak(&cell.caption));
    out.embed(text);
    out.divide(text);
    // Captions and notes are visited after the text around them.
    out.cited.sort_by_key(|group| group.span.start);
    out
}

impl Outline {
    fn cite(&mut self, group: &Cited) {
        self.asks.extend(group.items.iter().map(|item| {
            let (key, span) = (item.key.clone(), item.span.clone());
            if is_label(&item.key) { Ask::Label(key, span) } else { Ask::Key { key, grouped: group.grouped, span } }
        }));
        if group.items.iter().any(|item| !is_label(&item.key)) {
            self.cited.push(group.clone());
        }
    }

    /// The digest of what others can cite, link to and quote, wherever it stands on the page.
    pub fn digest(&self) -> Digest {
        let number = |at: &usize| at.to_string();
        let places = self.places.iter().flat_map(|place| match place {
            Place::Section { id, name, .. } => ["section".to_owned(), id.clone(), name.clone()],
            Place::Theorem { id, kind, .. } => ["theorem".to_owned(), id.clone(), kind.title()],
            Place::Shown { id, .. } => ["shown".to_owned(), id.clone(), String::new()],
            Place::Cell(at) => ["cell".to_owned(), number(at), String::new()],
            Place::Question(at) => ["question".to_owned(), number(at), String::new()],
            Place::Equation { label, tag, .. } => ["equation".to_owned(), label.clone(), format!("{tag:?}")],
        });
        let sections = self.sections.iter().map(|section| format!("{} {:?}", section.id, section.level));
        let all = places.chain(self.anchors.iter().cloned()).chain(sections);
        let all: Vec<String> = all.chain([format!("{:?}", self.opening)]).collect();
        digest(all.iter().map(String::as_bytes))
    }

    fn place(&mut self, block: &Block) {
        match block {
            Block::Heading { id, inlines, span, .. } | Block::Fold { id, title: inlines, span, .. }
                if id.starts_with("sec-") =>
            {
                let name = format!("‘{}’", plain(inlines));
                self.places.push(Place::Section { id: id.clone(), name, span: span.clone() });
            }
            Block::Figure { .. } | Block::Table { .. } => {
                let shown = block.id().filter(|(id, _)| id.starts_with("fig-") || id.starts_with("tbl-"));
                let shown = shown.map(|(id, span)| Place::Shown { id: id.to_owned(), span: span.clone() });
                self.places.extend(shown);
            }
            Block::Cell(at) => self.places.push(Place::Cell(*at)),
            Block::Question(at) => self.places.push(Place::Question(*at)),
            Block::Div(div) if div.kind.is_numbered() => {
                self.places.push(Place::Theorem { id: div.id.clone(), kind: div.kind, span: div.span.clone() });
            }
            Block::Math(formula) => self.equation(formula),
            Block::Paragraph(inlines) | Block::Plain(inlines) => visit(inlines, &mut |inline| {
                if let Inline::Math(formula) = inline {
                    self.equation(formula);
                }
            }),
            _ => {}
        }
    }

    fn equation(&mut self, formula: &Formula) {
        for (at, label) in &formula.labels {
            let tag = latex::tag(&formula.tex, *at).map(str::to_owned);
            self.places.push(Place::Equation { label: label.clone(), tag, span: formula.span.clone() });
        }
    }

    fn formula(&mut self, formula: &Formula) {
        let (holes, references) = (formula_holes(&formula.tex), latex::references(&formula.tex));
        if !formula.labels.is_empty() || !holes.is_empty() || !references.is_empty() {
            self.filled.push(self.formulas.len());
        }
        for reference in references {
            let start = formula.places.find(reference.range.start);
            let span = start.map_or(formula.span.clone(), |start| start..start + reference.range.len());
            self.asks.push(Ask::Label(reference.label.to_owned(), span));
        }
        self.asks.extend(holes.into_iter().map(|(_, hole)| Ask::Hole(hole, formula.span.clone())));
        self.formulas.push(formula.clone());
    }

    fn anchor(&mut self, text: &Text, block: &Block) {
        match block {
            Block::Question(index) => drop(self.anchors.insert(text.questions[*index].label.clone())),
            Block::Cell(index) => drop(self.anchors.insert(text.cells[*index].label.clone())),
            _ => self.anchors.extend(block.id().map(|(id, _)| id.to_owned())),
        }
    }

    /// What raw HTML gives and asks.
    fn html(&mut self, html: &Html, in_line: bool) {
        self.asks.push(Ask::Html(html.text.clone(), in_line, html.span.clone()));
        self.anchors.extend(tags::ids(&html.text).into_iter().map(str::to_owned));
        for address in &html.addresses {
            let (to, span) = (address.to.clone(), address.span.clone());
            self.asks.push(if address.shown { Ask::Image(to, span) } else { Ask::Link(to, span) });
        }
    }

    fn speak(&mut self, inlines: &[Inline]) {
        let mut said = Vec::new();
        visit_line(inlines, &mut |inline| match inline {
            Inline::Reference { label, .. } if label.starts_with("q-") => said.push(Said::Name(label.clone())),
            Inline::Cited(cited) => {
                let names = cited.items.iter().map(|item| &item.key).filter(|key| key.starts_with("q-"));
                said.extend(names.cloned().map(Said::Name));
            }
            Inline::Embed { name, .. } => said.push(Said::Name(name.clone())),
            Inline::Link { to, .. } if to.contains("question") => said.push(Said::Link(to.clone())),
            // A note speaks for itself.
            Inline::Note { inlines, .. } | Inline::Side { inlines, .. } => self.speak(inlines),
            _ => {}
        });
        if !said.is_empty() {
            self.speaks.push((said, inlines.to_vec()));
        }
    }

    /// A question that is shown as a block has its name for an id, unless something else has it.
    fn embed(&mut self, text: &Text) {
        visit_all(text, &mut |block| {
            if let Block::Paragraph(inlines) = block
                && let [Inline::Embed { name, .. }] = inlines.as_slice()
                && self.anchors.insert(name.clone())
            {
                self.embeds.insert(name.clone());
            }
        });
    }

    fn divide(&mut self, text: &Text) {
        self.sections.push(Section::default());
        visit_blocks(&text.blocks, &mut |block| match block {
            Block::Heading { id, level, counted, inlines, .. } => {
                let level = Some(*level).filter(|_| *counted && !is_list_of_works(inlines));
                self.sections.push(Section { id: id.clone(), level, ..Section::default() });
            }
            Block::Question(at) => self.sections.last_mut().into_iter().for_each(|last| last.questions.push(*at)),
            Block::Cell(at) => self.sections.last_mut().into_iter().for_each(|last| last.cells.push(*at)),
            _ => {}
        });
    }
}

/// Every block of a page in reading order, those inside questions too; footnotes last.
pub fn visit_all<'p>(text: &'p Text, f: &mut dyn FnMut(&'p Block)) {
    fn visit_with_questions<'p>(text: &'p Text, blocks: &'p [Block], f: &mut dyn FnMut(&'p Block)) {
        visit_blocks(blocks, &mut |block| {
            f(block);
            if let Block::Question(index) = block {
                visit_with_questions(text, &text.questions[*index].blocks, f);
            }
        });
    }
    visit_with_questions(text, &text.blocks, f);
    text.footnotes.iter().for_each(|note| visit_with_questions(text, &note.blocks, f));
}

/// Every inline of a page, those of captions, questions and footnotes too.
pub fn visit_all_inlines<'p>(title: &'p [Inline], text: &'p Text, f: &mut dyn FnMut(&'p Inline)) {
    visit(title, f);
    visit_inlines(&text.blocks, f);
    for question in &text.questions {
        visit(&question.title, f);
        visit(&question.answer, f);
        visit_inlines(&question.blocks, f);
    }
    text.footnotes.iter().for_each(|note| visit_inlines(&note.blocks, f));
    text.cells.iter().for_each(|cell| visit(&cell.caption, f));
}
