//! The book: the guide with every label, number, figure and question in its place, for the whole site at once.

mod check;
mod gather;

use std::collections::{BTreeMap, BTreeSet};

pub use gather::tell_broken;

use super::block::{Block, Formula, Hole, Inline, Question, visit, visit_blocks, visit_inlines};
use super::cell::Cell;
use super::formula::{Formulas, Key};
use super::inline::formula_holes;
use super::ledger::Ledger;
use super::mistake::{Mistakes, Span};
use super::model::{Guide, Page};
use super::number;
use super::site;
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
    /// What gave it, in the sources.
    pub span: Span,
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
    book.check_short_names(&mut m);
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

impl<'a> Book<'a> {
    fn cell(&self, name: &str) -> Option<(&'a Cell, Option<&'a Record>)> {
        let mut cells = self.guide.pages.iter().flat_map(|page| &page.text.cells);
        let cell = cells.find(|cell| cell.answers_to(name))?;
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
