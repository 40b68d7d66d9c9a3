//! The book as one page sees it: every answer is noted, so that it can be asked for again.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Asked, Book, Target};
use crate::guide::bibliography::Citations;
use crate::guide::block::{Formula, Hole, without_places};
use crate::guide::cell::Cell;
use crate::guide::config::Config;
use crate::guide::inline::formula_holes;
use crate::guide::latex;
use crate::guide::ledger::{Entry, Ledger};
use crate::guide::link::{self, Link};
use crate::guide::memory::{Digest, digest};
use crate::guide::model::{Guide, Kind, Page};
use crate::guide::people::People;
use crate::guide::size::Size;

/// What the writing of a page may ask of the book, besides what its key holds.
///
/// Whoever writes HTML has the book through a lens only: what it did not ask for, its HTML cannot depend on.
pub struct Lens<'b> {
    book: &'b Book<'b>,
    needs: RefCell<BTreeMap<Need, Digest>>,
    /// Costly pieces of HTML as the page last had them, by the digest of what they are made of.
    known: Option<&'b Needs>,
    pieces: RefCell<HashMap<Digest, Arc<str>>>,
}

/// All that one page asked, with the digests of the answers, and the pieces that were made for it.
#[derive(Default)]
pub struct Needs {
    asked: BTreeMap<Need, Digest>,
    pieces: HashMap<Digest, Arc<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    /// What a label means.
    Label(String),
    /// How what is numbered on a page is called, by the id that it has there.
    Numbered(Arc<str>, String),
    /// What a cell showed.
    Record(String),
    /// What fills a hole of a page.
    Hole(Arc<str>, Hole),
    /// Where a link on a page leads.
    Link(Arc<str>, String),
    /// Whether a file is published.
    Asset(String),
    /// Whether there is a page that lists pages.
    Gathered(String),
    /// What a page cites of the bibliography.
    Citations(Arc<str>),
    /// What a page says of itself in a sentence or two.
    Summary(Arc<str>),
    /// The question of a name.
    Question(String),
    /// The question that a page shows, by its index there.
    Posed(Arc<str>, usize),
    /// How large a published image is.
    Size(String),
}

impl<'b> Lens<'b> {
    /// Looks at a book, with what was needed when the same page was written last.
    pub fn new(book: &'b Book<'b>, known: Option<&'b Needs>) -> Lens<'b> {
        Lens { book, needs: RefCell::default(), known, pieces: RefCell::default() }
    }

    pub fn into_needs(self) -> Needs {
        Needs { asked: self.needs.into_inner(), pieces: self.pieces.into_inner() }
    }

    /// What is true of the whole site: part of every key.
    pub fn config(&self) -> &'b Config {
        &self.book.guide.config
    }

    /// What a label means, and the page that it stands on.
    pub fn cited(&self, label: &str) -> Option<(&'b Target, &'b Page)> {
        self.note(Need::Label(label.to_owned()));
        self.book.target_of(label).map(|target| (target, &self.book.guide.pages[target.page]))
    }

    /// The title of the sequence whose chapter a label is.
    pub fn sequence_title(&self, label: &str) -> Option<&'b str> {
        self.note(Need::Label(label.to_owned()));
        self.book.sequence_title(label)
    }

    /// How a label is cited; empty for one that nothing has.
    pub fn name(&self, label: &str) -> &'b str {
        self.cited(label).map_or("", |(target, _)| &target.name)
    }

    /// How what is numbered on a page is called, cited or not; empty for an id that nothing numbered has.
    pub fn numbered(&self, page: &Page, id: &str) -> &'b str {
        self.note(Need::Numbered(Arc::clone(&page.file), id.to_owned()));
        self.book.index.files.get(&*page.file).map_or("", |at| self.book.numbered_on(*at, id))
    }

    pub fn entry(&self, cell: &Cell) -> Option<&'b Entry> {
        self.note(Need::Record(cell.label.clone()));
        self.book.ledger.entries.get(&cell.label)
    }

    pub fn fill(&self, page: &Page, hole: &Hole) -> String {
        self.note(Need::Hole(Arc::clone(&page.file), hole.clone()));
        self.book.fill(page, hole)
    }

    /// A link's address with its holes filled, and where it leads.
    pub fn link(&self, page: &Page, to: &str) -> (String, Link) {
        link::holes(to).into_iter().for_each(|hole| self.note(Need::Hole(Arc::clone(&page.file), hole)));
        let filled = link::fill(self.book, page, to);
        self.note(Need::Link(Arc::clone(&page.file), filled.clone()));
        let link = link::resolve(self.book, page, &filled);
        (filled, link)
    }

    /// The question of a name, and the page that it is written on.
    pub fn question(&self, name: &str) -> Option<(&'b Asked<'b>, &'b Page)> {
        self.note(Need::Question(name.to_owned()));
        self.book.question(name).map(|asked| (asked, &self.book.guide.pages[asked.page]))
    }

    /// The question that a page shows, by its index there.
    pub fn posed(&self, page: &Page, index: usize) -> Option<&'b Asked<'b>> {
        self.note(Need::Posed(Arc::clone(&page.file), index));
        self.book.posed(*self.book.index.files.get(&*page.file)?, index)
    }

    /// What a page cites of the bibliography, rendered.
    pub fn citations(&self, page: &Page) -> Option<&'b Citations> {
        self.note(Need::Citations(Arc::clone(&page.file)));
        self.book.citations(&page.file)
    }

    pub fn is_asset(&self, path: &str) -> bool {
        self.note(Need::Asset(path.to_owned()));
        self.book.guide.assets.contains_key(path)
    }

    /// How large a published image is, if it says so.
    pub fn size(&self, path: &str) -> Option<Size> {
        self.note(Need::Size(path.to_owned()));
        self.book.guide.sizes.get(path).copied()
    }

    /// Whether there is a page of this address that lists pages: of a tag, of the people.
    pub fn is_gathered(&self, path: &str) -> bool {
        self.note(Need::Gathered(path.to_owned()));
        self.book.index.gathered.contains(path)
    }

    /// The people of the guide: part of every key.
    pub fn people(&self) -> &'b People {
        &self.book.guide.people
    }

    /// A formula as HTML: it follows from its LaTeX and the macros, from its number and what fills its holes.
    pub fn formula(&self, page: &Page, formula: &Formula) -> String {
        self.note_formula(page, formula);
        self.book.formula(page, formula)
    }

    fn note_formula(&self, page: &Page, formula: &Formula) {
        formula.labels.iter().for_each(|(_, label)| self.note(Need::Label(label.clone())));
        let references = latex::references(&formula.tex).into_iter();
        references.for_each(|reference| self.note(Need::Label(reference.label.to_owned())));
        let holes = formula_holes(&formula.tex).into_iter();
        holes.for_each(|(_, hole)| self.note(Need::Hole(Arc::clone(&page.file), hole)));
    }

    /// A formula as LaTeX, with its number and with its holes filled.
    pub fn tex(&self, page: &Page, formula: &Formula) -> String {
        self.note_formula(page, formula);
        self.book.key(page, formula).0
    }

    /// What a page says of itself: its description, or else how it begins.
    pub fn summary(&self, page: &Page) -> String {
        self.note(Need::Summary(Arc::clone(&page.file)));
        self.book.summary(page)
    }

    /// A piece of HTML that follows from these parts alone, and costs more to make than to keep.
    pub fn piece(&self, parts: &[&[u8]], make: impl FnOnce() -> String) -> Arc<str> {
        let key = digest(parts.iter().copied());
        let known = || self.known.and_then(|known| known.pieces.get(&key)).cloned();
        let piece = self.pieces.borrow().get(&key).cloned().or_else(known).unwrap_or_else(|| make().into());
        self.pieces.borrow_mut().insert(key, Arc::clone(&piece));
        piece
    }

    fn note(&self, need: Need) {
        self.needs.borrow_mut().entry(need).or_insert_with_key(|need| need.answer(self.book));
    }
}

impl Need {
    fn answer(&self, book: &Book) -> Digest {
        const NOTHING: Digest = [0; 32];
        let page = |file: &Arc<str>| book.index.files.get(&**file).map(|at| &book.guide.pages[*at]);
        match self {
            Need::Label(label) => book.target_of(label).map_or(NOTHING, |target| {
                let sequence = book.sequence_title(label).unwrap_or_default();
                let words = [&*target.anchor, &target.name, &target.number, sequence].map(str::as_bytes);
                digest(words.into_iter().chain([&book.faces[target.page][..]]))
            }),
            Need::Numbered(file, id) => {
                let name = book.index.files.get(&**file).map_or("", |at| book.numbered_on(*at, id));
                digest([name.as_bytes()])
            }
            Need::Record(label) => book.ledger.entries.get(label).map_or(NOTHING, |entry| entry.digest),
            Need::Hole(file, hole) => page(file).map_or(NOTHING, |page| digest([book.fill(page, hole).as_bytes()])),
            Need::Link(file, to) => page(file).map_or(NOTHING, |page| match link::resolve(book, page, to) {
                Link::Dead => NOTHING,
                Link::Outside(to) => digest([to.as_bytes()]),
                Link::Inside(path, anchor) => digest([path.as_bytes(), anchor.as_bytes()]),
            }),
            Need::Summary(file) => page(file).map_or(NOTHING, |page| digest([book.summary(page).as_bytes()])),
            Need::Question(name) => book.question(name).map_or(NOTHING, shown),
            Need::Posed(file, index) => {
                let page = book.index.files.get(&**file);
                page.and_then(|page| book.posed(*page, *index)).map_or(NOTHING, shown)
            }
            Need::Size(path) => digest([format!("{:?}", book.guide.sizes.get(path)).as_bytes()]),
            Need::Gathered(path) => digest([&[u8::from(book.index.gathered.contains(path))][..]]),
            Need::Citations(file) => book.citations(file).map_or(NOTHING, |made| made.digest),
            Need::Asset(path) => digest([&[u8::from(book.guide.assets.contains_key(path))][..]]),
        }
    }
}

impl Needs {
    /// Whether this book gives the same answers. Cost: O(what was asked).
    pub fn are_met_by(&self, book: &Book) -> bool {
        self.asked.iter().all(|(need, answer)| need.answer(book) == *answer)
    }

    pub fn size(&self) -> usize {
        self.pieces.len()
    }
}

/// The digest of what a page can show of a question.
fn shown(asked: &Asked) -> Digest {
    let question = asked.question;
    let said = format!(
        "{:?}",
        (
            (&question.label, &asked.number, question.status, &question.topics, &question.asked),
            (question.filed().map(|filed| (&filed.id, &filed.emoji)), asked.post, &asked.anchor),
            without_places(&question.title),
            without_places(&question.answer),
        )
    );
    digest([said.as_bytes()])
}

/// The digest of what other pages can show of a page, and of where it stands.
pub(super) fn face(page: &Page) -> Digest {
    let number = |number: Option<usize>| number.map_or(u64::MAX, |number| number as u64).to_le_bytes();
    let home = [u8::from(page.kind == Kind::Home) + 2 * u8::from(page.post) + 4 * u8::from(page.section_numbers)];
    let (sequence, number) = (number(page.sequence()), number(page.number()));
    let by = page.by.iter().map(String::as_bytes);
    let place = [page.file.as_bytes(), page.path.as_bytes(), &page.face, &home, &sequence, &number];
    digest(place.into_iter().chain(by))
}

/// The digest of all that a [`Need`] can be answered from: config, sequences, assets and records, and of each page what it
/// shows and what can be cited of it. Cost: O(pages + records + assets).
pub(super) fn world(guide: &Guide, ledger: &Ledger, faces: &[Digest]) -> Digest {
    let gathered = (&guide.people, guide.gathered());
    let whole = format!("{:?}{:?}{:?}{:?}", guide.config, guide.sequences, guide.sizes, gathered);
    let assets = guide.assets.iter().flat_map(|(path, file)| [path.as_bytes(), file.as_bytes()]);
    let records = ledger.entries.iter().flat_map(|(label, entry)| [label.as_bytes(), &entry.digest]);
    let pages = guide.pages.iter().zip(faces).flat_map(|(page, face)| [&page.places[..], &face[..]]);
    // Their lengths, so that none can run into the next.
    let counts = [guide.assets.len(), ledger.entries.len()].map(usize::to_le_bytes);
    digest([whole.as_bytes(), &counts[0], &counts[1]].into_iter().chain(assets).chain(records).chain(pages))
}
