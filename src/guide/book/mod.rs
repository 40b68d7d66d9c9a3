//! The book: the guide with every label, number, figure and question in its place, for the whole site at once.

mod asked;
mod check;
mod gather;
mod index;
mod lens;
mod summary;
mod typeset;
mod works;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub use asked::span_of;
use gather::Counter;
pub use gather::tell_broken;
pub use index::Index;
pub use lens::{Lens, Needs};
use rayon::prelude::*;
pub use works::Works;

use super::bibliography::Citations;
use super::block::{Formula, Hole, Inline, Question};
use super::cell::Cell;
use super::formula::Formulas;
use super::ledger::Ledger;
use super::memory::{Digest, Memory};
use super::mistake::{Mistakes, Span};
use super::model::{Guide, Page};
use super::number;
use crate::record::{Claim, Record, Relation};

/// Everything that a page may ask for while it is written.
pub struct Book<'a> {
    pub guide: &'a Guide,
    pub ledger: &'a Ledger,
    /// What `@label` means, by label.
    pub targets: HashMap<String, Target>,
    /// How what is numbered on a page, cited or not, is called, by page and id.
    pub numbered: HashMap<(usize, String), String>,
    pub questions: Vec<Asked<'a>>,
    /// Questions by their names: labels, slugs and ids.
    pub names: HashMap<String, usize>,
    /// Questions by the page that shows them, and their place among its questions.
    posed: HashMap<(usize, usize), usize>,
    pub claims: Vec<Claimed<'a>>,
    pub figures: Vec<Drawn<'a>>,
    /// The ids that results give to each page, beside those of its text.
    pub shown: Vec<BTreeSet<String>>,
    pub index: Index<'a>,
    /// Labels of chapters that two pages could bear: the pages.
    pub ambiguous: HashMap<String, [usize; 2]>,
    /// The digest of what each page shows of itself elsewhere, and of where it stands.
    pub faces: Vec<Digest>,
    pub works: Works,
    /// The digest of all that one page can ask of the others: where it is as it was, so is every answer.
    pub world: Digest,
    formulas: Arc<Formulas>,
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

/// A question, where it arises, who speaks of it, and what belongs to it.
pub struct Asked<'a> {
    /// The page that it is written on: a chapter, or a file of questions.
    pub page: usize,
    pub question: &'a Question,
    pub number: String,
    /// The page that it arises on, and the id there; none of a question of the whole guide.
    pub post: Option<usize>,
    pub anchor: String,
    pub sequence: Option<usize>,
    /// The page whose text shows it, and which of that page's questions it is.
    pub stands: Option<(usize, usize)>,
    /// The page of what is said of it, if that is a file of its own.
    pub discussion: Option<usize>,
    /// Labels of figures and of claims that belong to it.
    pub figures: Vec<String>,
    pub claims: Vec<String>,
    pub mentions: Vec<Mention>,
}

/// A place that speaks of a question: the sentence, and the same in plain words.
pub struct Mention {
    pub page: usize,
    pub inlines: Vec<Inline>,
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
    resolve_with(guide, ledger, &mut Memory::default())
}

/// The same; known formulas are not typeset again. Cost: O(outlines of the pages), and typesetting of what is new.
pub fn resolve_with<'a>(guide: &'a Guide, ledger: &'a Ledger, memory: &mut Memory) -> (Book<'a>, Mistakes) {
    let mut m = Mistakes::default();
    let faces: Vec<Digest> = guide.pages.par_iter().map(lens::face).collect();
    let mut book = Book {
        guide,
        ledger,
        targets: HashMap::with_capacity(guide.pages.iter().map(|page| 1 + page.outline.places.len()).sum()),
        numbered: HashMap::new(),
        questions: Vec::new(),
        names: HashMap::new(),
        posed: HashMap::new(),
        claims: Vec::new(),
        figures: Vec::new(),
        shown: vec![BTreeSet::new(); guide.pages.len()],
        index: Index::new(guide),
        ambiguous: HashMap::new(),
        works: Works::default(),
        world: lens::world(guide, ledger, &faces),
        faces,
        formulas: Arc::default(),
    };
    let mut counter = Counter::default();
    for (index, page) in guide.pages.iter().enumerate() {
        counter.turn(page);
        book.gather(index, page, &mut counter, &mut m);
    }
    book.gather_questions(&mut m);
    book.gather_mentions();
    book.cite(memory, &mut m);
    let settled = memory.clean.0 == book.world;
    book.check(memory, &mut m);
    book.check_short_names(&mut m);
    book.check_highlight(&mut m);
    book.check_redirects(&mut m);
    book.typeset(settled, memory, &mut m);
    (book, m)
}

impl<'a> Book<'a> {
    fn cell(&self, name: &str) -> Option<(&'a Cell, Option<&'a Record>)> {
        let cell = *self.index.cells.get(name)?;
        Some((cell, self.ledger.entries.get(&cell.label).map(|entry| &*entry.record)))
    }

    /// A site variable, or something of the page.
    pub fn variable(&self, page: &Page, name: &str) -> Option<String> {
        match name {
            "CITATION" => {
                let sequence = page.sequence().map(|index| &*self.guide.sequences[index].title);
                Some(super::citation::bibtex(&self.guide.config, page, sequence))
            }
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

    /// A formula as HTML; the LaTeX itself for one that was told as a mistake.
    pub fn formula(&self, page: &Page, formula: &Formula) -> String {
        match self.formulas.get(&self.key(page, formula)) {
            Some(Ok(html)) => html.clone(),
            _ => super::escape::escape(&formula.tex),
        }
    }

    /// What the page of a file cites of the bibliography.
    pub fn citations(&self, file: &str) -> Option<&Citations> {
        self.works.pages.get(self.index.files.get(file)?).map(|made| &**made)
    }

    /// The title of the sequence that a label's page belongs to.
    pub fn sequence_title(&self, label: &str) -> Option<&'a str> {
        let page = &self.guide.pages[self.target_of(label)?.page];
        page.sequence().map(|at| self.guide.sequences[at].title.as_str())
    }

    /// How what is numbered on a page is called; empty for an id that nothing numbered has.
    fn numbered_on(&self, page: usize, id: &str) -> &str {
        self.numbered.get(&(page, id.to_owned())).map_or("", |name| name)
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
