//! The book: the guide with every label, number, figure and question in its place, for the whole site at once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::block::{Block, Formula, Hole, Inline, Question, plain, visit, visit_blocks, visit_inlines};
use super::cell::Cell;
use super::formula::{Formulas, Key};
use super::inline::formula_holes;
use super::ledger::Ledger;
use super::link;
use super::mistake::{Mistakes, Span};
use super::model::{Guide, Page};
use super::number;
use super::site;
use super::yaml::nearest;
use crate::record::{Claim, Record, Relation};

/// Everything that a page may ask for while it is written.
pub struct Book<'a> {
    pub guide: &'a Guide,
    pub ledger: &'a Ledger,
    /// What `@label` means, by label.
    pub targets: BTreeMap<String, Target>,
    pub questions: Vec<Asked<'a>>,
    pub claims: Vec<Claimed<'a>>,
    pub figures: Vec<Drawn<'a>>,
    /// The ids on each page that links may point at.
    pub anchors: Vec<BTreeSet<String>>,
    formulas: Formulas,
}

/// A place that can be cited.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Index of its page.
    pub page: usize,
    /// Its id there; empty for the page as a whole.
    pub anchor: String,
    /// How it is cited: `Figure 2.1`.
    pub name: String,
    /// Its number alone, if it has one.
    pub number: String,
    span: Span,
}

/// A question, and who speaks of it.
pub struct Asked<'a> {
    pub page: usize,
    pub question: &'a Question,
    pub number: usize,
    pub mentions: Vec<Mention>,
}

pub struct Mention {
    pub page: usize,
    pub sentence: String,
}

pub struct Claimed<'a> {
    pub page: usize,
    pub cell: &'a Cell,
    pub claim: &'a Claim,
}

pub struct Drawn<'a> {
    pub page: usize,
    pub cell: &'a Cell,
    pub record: &'a Record,
}

/// Joins the guide with its ledger. What is missing is told, all of it; the book is whole all the same.
pub fn resolve<'a>(guide: &'a Guide, ledger: &'a Ledger) -> (Book<'a>, Mistakes) {
    let mut m = Mistakes::default();
    let mut book = Book {
        guide,
        ledger,
        targets: BTreeMap::new(),
        questions: Vec::new(),
        claims: Vec::new(),
        figures: Vec::new(),
        anchors: guide.pages.iter().map(anchors).collect(),
        formulas: Formulas::default(),
    };
    for (index, page) in guide.pages.iter().enumerate() {
        book.gather(index, page, &mut m);
    }
    book.gather_mentions();
    for page in &guide.pages {
        book.check_inlines(page, &mut m);
    }
    book.check_highlight(&mut m);
    book.typeset(&mut m);
    (book, m)
}

/// Ids that the page's text gives; the labels of results are added as they are found.
fn anchors(page: &Page) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    visit_all(page, &mut |block| match block {
        Block::Heading { id, .. } | Block::Div { id: Some(id), .. } => drop(out.insert(id.clone())),
        Block::Question(index) => drop(out.insert(page.text.questions[*index].label.clone())),
        Block::Cell(index) => drop(out.insert(page.text.cells[*index].label.clone())),
        Block::Html(html) => out.extend(site::ids(html).into_iter().map(str::to_owned)),
        _ => {}
    });
    visit_all_inlines(page, &mut |inline| {
        if let Inline::Html(html) = inline {
            out.extend(site::ids(html).into_iter().map(str::to_owned));
        }
    });
    out
}

/// Places of a page that no other page can cite must not share their ids either.
fn check_ids(page: &Page, m: &mut Mistakes) {
    let mut seen: BTreeMap<&str, &Range<usize>> = BTreeMap::new();
    visit_all(page, &mut |block| {
        let (id, span) = match block {
            Block::Heading { id, span, .. } if !id.starts_with("sec-") => (id, span),
            Block::Div { id: Some(id), span, .. } if !id.starts_with("thm-") => (id, span),
            _ => return,
        };
        match seen.get(id.as_str()) {
            Some(first) => m.duplicate_label(page.span(span.clone()), id, page.span((*first).clone())),
            None => drop(seen.insert(id, span)),
        }
    });
}

/// Every block of a page in reading order, those inside questions too; footnotes last.
pub fn visit_all<'p>(page: &'p Page, f: &mut dyn FnMut(&'p Block)) {
    fn visit_with_questions<'p>(page: &'p Page, blocks: &'p [Block], f: &mut dyn FnMut(&'p Block)) {
        visit_blocks(blocks, &mut |block| {
            f(block);
            if let Block::Question(index) = block {
                visit_with_questions(page, &page.text.questions[*index].blocks, f);
            }
        });
    }
    visit_with_questions(page, &page.text.blocks, f);
    page.text.footnotes.iter().for_each(|(_, blocks)| visit_with_questions(page, blocks, f));
}

/// Every inline of a page, those of captions, questions and footnotes too.
fn visit_all_inlines<'p>(page: &'p Page, f: &mut dyn FnMut(&'p Inline)) {
    visit(&page.title, f);
    visit_inlines(&page.text.blocks, f);
    for question in &page.text.questions {
        visit(&question.title, f);
        visit_inlines(&question.blocks, f);
    }
    page.text.footnotes.iter().for_each(|(_, blocks)| visit_inlines(blocks, f));
    page.text.cells.iter().for_each(|cell| visit(&cell.caption, f));
}

/// Counts what is numbered on one page.
struct Counter {
    chapter: Option<usize>,
    counts: BTreeMap<&'static str, usize>,
}

impl Counter {
    /// The next number of its kind: `2.1` in chapter 2, else `1`.
    fn next(&mut self, kind: &'static str) -> String {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        self.chapter.map_or(count.to_string(), |chapter| format!("{chapter}.{count}"))
    }
}

impl<'a> Book<'a> {
    fn gather(&mut self, index: usize, page: &'a Page, m: &mut Mistakes) {
        let mut counter = Counter { chapter: page.number(), counts: BTreeMap::new() };
        let name = page.number().map_or_else(|| plain(&page.title), |number| format!("Chapter {number}"));
        let top = page.span(0..1);
        check_ids(page, m);
        self.target(
            format!("ch-{}", page.slug),
            Target { page: index, anchor: String::new(), name, number: String::new(), span: top },
            m,
        );
        visit_all(page, &mut |block| match block {
            Block::Heading { id, inlines, span, .. } if id.starts_with("sec-") => {
                let name = format!("‘{}’", plain(inlines));
                self.target(
                    id.clone(),
                    Target {
                        page: index,
                        anchor: id.clone(),
                        name,
                        number: String::new(),
                        span: page.span(span.clone()),
                    },
                    m,
                );
            }
            Block::Cell(at) => self.gather_cell(index, page, &page.text.cells[*at], &mut counter, m),
            Block::Question(at) => self.gather_question(index, page, &page.text.questions[*at], m),
            Block::Div { classes, id: Some(id), span, .. } if id.starts_with("thm-") => {
                let kind = classes.first().map_or("Theorem".to_owned(), |class| capital(class));
                let number = counter.next("theorem");
                self.target(
                    id.clone(),
                    Target {
                        page: index,
                        anchor: id.clone(),
                        name: format!("{kind} {number}"),
                        number,
                        span: page.span(span.clone()),
                    },
                    m,
                );
            }
            Block::Math(formula) => self.gather_formula(index, page, formula, &mut counter, m),
            _ => {}
        });
        visit_all_inlines(page, &mut |inline| {
            if let Inline::Math(formula) = inline {
                self.gather_formula(index, page, formula, &mut counter, m);
            }
        });
    }

    fn gather_formula(
        &mut self,
        index: usize,
        page: &Page,
        formula: &Formula,
        counter: &mut Counter,
        m: &mut Mistakes,
    ) {
        let Some(label) = &formula.label else { return };
        if !label.starts_with("eq-") {
            m.bad_equation_label(page.span(formula.span.clone()), label);
        }
        let own =
            formula.tex.split_once("\\tag{").and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag.to_owned());
        let number = own.unwrap_or_else(|| counter.next("equation"));
        let target = Target {
            page: index,
            anchor: label.clone(),
            name: format!("Equation {number}"),
            number,
            span: page.span(formula.span.clone()),
        };
        self.target(label.clone(), target, m);
    }

    fn gather_cell(&mut self, index: usize, page: &'a Page, cell: &'a Cell, counter: &mut Counter, m: &mut Mistakes) {
        let label = &cell.label;
        let record = self.ledger.entries.get(label).map(|entry| &entry.record);
        let name = if label.starts_with("fig-") {
            let number = counter.next("figure");
            (format!("Figure {number}"), number)
        } else if label.starts_with("tbl-") {
            let number = counter.next("table");
            (format!("Table {number}"), number)
        } else {
            (format!("the cell ‘{label}’"), String::new())
        };
        self.target(
            label.clone(),
            Target { page: index, anchor: label.clone(), name: name.0, number: name.1, span: cell.span.clone() },
            m,
        );
        let Some(record) = record else { return };
        if record.is_figure() {
            let fence = Span { end: cell.span.start + 3, ..cell.span.clone() };
            if !label.starts_with("fig-") {
                m.figure_without(fence.clone(), label, "label that can be cited");
            }
            if cell.caption.is_empty() {
                m.figure_without(fence.clone(), label, "caption");
            }
            if cell.alt.is_empty() {
                m.figure_without(fence, label, "alt");
            }
            self.figures.push(Drawn { page: index, cell, record });
        }
        for claim in &record.claims {
            let label = claim.label();
            self.anchors[index].insert(label.clone());
            let number = counter.next("claim");
            let span = Span { end: cell.span.start + 3, ..cell.span.clone() };
            let name = format!("Claim {number}");
            self.target(label.clone(), Target { page: index, anchor: label, name, number, span: span.clone() }, m);
            if !claim.holds() {
                let number = |number| number::significant(number, 6);
                m.claim_broken(span, &claim.name, &number(claim.measured), &number(claim.predicted), &allowed(claim));
            }
            self.claims.push(Claimed { page: index, cell, claim });
        }
        let _ = page;
    }

    fn gather_question(&mut self, index: usize, page: &'a Page, question: &'a Question, m: &mut Mistakes) {
        let number = self.questions.len() + 1;
        let span = page.span(question.span.start..question.span.start + 3);
        let name = format!("Open question {number}");
        let target = Target { page: index, anchor: question.label.clone(), name, number: number.to_string(), span };
        self.target(question.label.clone(), target, m);
        self.questions.push(Asked { page: index, question, number, mentions: Vec::new() });
    }

    fn target(&mut self, label: String, target: Target, m: &mut Mistakes) {
        match self.targets.get(&label) {
            None => drop(self.targets.insert(label, target)),
            Some(first) if first.anchor.is_empty() && target.anchor.is_empty() => {}
            Some(first) => m.duplicate_label(target.span, &label, first.span.clone()),
        }
    }

    /// Where pages speak of a question, with the sentence that does.
    fn gather_mentions(&mut self) {
        let mut found: Vec<(String, Mention)> = Vec::new();
        for (index, page) in self.guide.pages.iter().enumerate() {
            let mut paragraph = |inlines: &[Inline]| {
                let mut labels = Vec::new();
                visit(inlines, &mut |inline| {
                    if let Inline::Reference { label, .. } = inline {
                        labels.extend(label.starts_with("q-").then(|| label.clone()));
                    }
                });
                for label in labels {
                    let sentence = self.sentence(inlines, &label);
                    found.push((label, Mention { page: index, sentence }));
                }
            };
            visit_all(page, &mut |block| {
                if let Block::Paragraph(inlines) | Block::Plain(inlines) = block {
                    paragraph(inlines);
                }
            });
        }
        for (label, mention) in found {
            if let Some(asked) = self.questions.iter_mut().find(|asked| asked.question.label == label) {
                asked.mentions.push(mention);
            }
        }
    }

    /// The sentence of a paragraph that cites `label`, in plain words.
    fn sentence(&self, inlines: &[Inline], label: &str) -> String {
        const MARK: char = '\u{1}';
        let mut text = String::new();
        visit(inlines, &mut |inline| match inline {
            Inline::Reference { label: cited, .. } => {
                text.extend((cited == label).then_some(MARK));
                text.push_str(self.targets.get(cited).map_or(cited, |target| &target.name));
            }
            Inline::Text(part) | Inline::Code(part) => text.push_str(part),
            Inline::Math(formula) => text.push_str(&formula.tex),
            Inline::SoftBreak | Inline::HardBreak => text.push(' '),
            _ => {}
        });
        let at = text.find(MARK).unwrap_or(0);
        let start = text[..at].rfind(". ").map_or(0, |dot| dot + 2);
        let end = text[at..].find(". ").map_or(text.len(), |dot| at + dot + 1);
        text[start..end].replace(MARK, "").trim().to_owned()
    }

    /// The figure that the config chooses for the home page.
    fn check_highlight(&self, m: &mut Mistakes) {
        let label = &self.guide.config.highlight;
        let cells = || self.guide.pages.iter().flat_map(|page| &page.text.cells).map(|cell| cell.label.as_str());
        if !label.is_empty() && !cells().any(|known| known == label) {
            m.missing_label(Span::top(super::config::FILE), label, nearest(label, cells()));
        }
    }

    /// References, holes and links of a page, each checked where it stands.
    fn check_inlines(&self, page: &Page, m: &mut Mistakes) {
        if let Some(image) = page.front.image.as_ref().and_then(|image| image.path.as_deref()) {
            link::check(self, page, image, page.span(0..1), m);
        }
        let formula = |formula: &Formula, m: &mut Mistakes| {
            for (_, hole) in formula_holes(&formula.tex) {
                self.check_hole(page, &hole, page.span(formula.span.clone()), m);
            }
        };
        visit_all(page, &mut |block| {
            if let Block::Math(inner) = block {
                formula(inner, m);
            }
        });
        visit_all_inlines(page, &mut |inline| match inline {
            Inline::Math(inner) => formula(inner, m),
            Inline::Reference { label, span } if !self.targets.contains_key(label) => {
                m.missing_label(
                    page.span(span.clone()),
                    label,
                    nearest(label, self.targets.keys().map(String::as_str)),
                );
            }
            Inline::Hole { hole, span } => self.check_hole(page, hole, page.span(span.clone()), m),
            Inline::Link { to, span, .. } => match link::holes(to).as_slice() {
                [] => link::check(self, page, to, page.span(span.clone()), m),
                holes => holes.iter().for_each(|hole| self.check_hole(page, hole, page.span(span.clone()), m)),
            },
            Inline::Image { from, span, .. } => link::check(self, page, from, page.span(span.clone()), m),
            _ => {}
        });
    }

    fn check_hole(&self, page: &Page, hole: &Hole, span: Span, m: &mut Mistakes) {
        match hole {
            Hole::Variable(name) => {
                if self.variable(page, name).is_none() {
                    let known = self.guide.config.variables.keys().map(String::as_str).chain(["CITATION"]);
                    m.unfilled_hole(span, name, nearest(name, known));
                }
            }
            Hole::Value { cell, value, format } => {
                let Some((found, record)) = self.cell(cell) else {
                    let known = self.guide.pages.iter().flat_map(|page| &page.text.cells).map(|cell| cell.short_name());
                    return m.hole_without_cell(span, cell, nearest(cell, known));
                };
                // A cell without a record has a mistake of its own.
                let Some(record) = record else { return };
                match record.value(value) {
                    None => {
                        let shown: Vec<&str> = record.values.iter().map(|value| value.name.as_str()).collect();
                        m.missing_value(span, &found.label, value, &shown);
                    }
                    Some(number) if number::format(number, format).is_none() => m.bad_hole_format(span, format),
                    Some(_) => {}
                }
            }
        }
    }

    fn cell(&self, name: &str) -> Option<(&'a Cell, Option<&'a Record>)> {
        let cell = self.guide.pages.iter().flat_map(|page| &page.text.cells).find(|cell| cell.answers_to(name))?;
        Some((cell, self.ledger.entries.get(&cell.label).map(|entry| &entry.record)))
    }

    /// A site variable, or something of the page.
    pub fn variable(&self, page: &Page, name: &str) -> Option<String> {
        match name {
            "CITATION" => Some(super::citation::bibtex(self.guide, page)),
            _ => self.guide.config.variables.get(name).cloned(),
        }
    }

    /// What fills a hole, as text; nothing for one that was told as a mistake.
    pub fn fill(&self, page: &Page, hole: &Hole) -> String {
        match hole {
            Hole::Variable(name) => self.variable(page, name).unwrap_or_default(),
            Hole::Value { cell, value, format } => {
                let number = self.cell(cell).and_then(|(_, record)| record?.value(value));
                number.and_then(|number| number::format(number, format)).unwrap_or_default()
            }
        }
    }

    /// The formula as it is typeset: holes filled, its number put in.
    pub fn key(&self, page: &Page, formula: &Formula) -> Key {
        let (mut tex, mut done) = (String::new(), 0);
        for (range, hole) in formula_holes(&formula.tex) {
            tex.push_str(&formula.tex[done..range.start]);
            tex.push_str(&number::latex(&self.fill(page, &hole)));
            done = range.end;
        }
        tex.push_str(&formula.tex[done..]);
        if let Some(target) = formula.label.as_ref().and_then(|label| self.targets.get(label))
            && !tex.contains("\\tag")
        {
            tex.push_str(&format!(" \\tag{{{}}}", target.number));
        }
        (tex.trim().to_owned(), formula.display)
    }

    /// A formula as HTML; the LaTeX itself for one that was told as a mistake.
    pub fn formula(&self, page: &Page, formula: &Formula) -> String {
        match self.formulas.get(&self.key(page, formula)) {
            Some(Ok(html)) => html.clone(),
            _ => super::escape::escape(&formula.tex),
        }
    }

    fn typeset(&mut self, m: &mut Mistakes) {
        let mut all: Vec<(&Page, &Formula)> = Vec::new();
        for page in &self.guide.pages {
            visit_all(page, &mut |block| {
                if let Block::Math(formula) = block {
                    all.push((page, formula));
                }
            });
            visit_all_inlines(page, &mut |inline| {
                if let Inline::Math(formula) = inline {
                    all.push((page, formula));
                }
            });
        }
        for sequence in &self.guide.sequences {
            let Some(page) = sequence.chapters.first().map(|at| &self.guide.pages[*at]) else { continue };
            visit(&sequence.description, &mut |inline| {
                if let Inline::Math(formula) = inline {
                    all.push((page, formula));
                }
            });
        }
        let macros: Vec<(String, String)> = self.guide.config.macros.clone().into_iter().collect();
        let formulas = Formulas::typeset(all.iter().map(|(page, formula)| self.key(page, formula)), &macros);
        for (page, formula) in all {
            let key = self.key(page, formula);
            if let Some(Err(wrong)) = formulas.get(&key) {
                // The place inside is known only where the formula is typeset as it was written.
                let dollars = if formula.display { 2 } else { 1 };
                let inside = wrong.at.filter(|_| formula.tex == key.0 && formula.label.is_none());
                let start =
                    inside.map_or(formula.span.start, |at| (formula.span.start + dollars + at).min(formula.span.end));
                m.bad_formula(page.span(start..formula.span.end.max(start + 1)), &wrong.text);
            }
        }
        self.formulas = formulas;
    }

    pub fn target_of(&self, label: &str) -> Option<&Target> {
        self.targets.get(label)
    }
}

/// The allowed deviation of a claim, in words.
pub fn allowed(claim: &Claim) -> String {
    let number = |number| number::significant(number, 3);
    match (claim.relation, claim.rel > 0.0 && claim.rel * claim.predicted.abs() >= claim.abs, claim.allowed() == 0.0) {
        (Relation::Close, _, true) => "no deviation".into(),
        (_, _, true) => "no tolerance".into(),
        (_, true, _) => format!("±{} %", number(claim.rel * 100.0)),
        (_, false, _) => format!("±{}", number(claim.abs)),
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
