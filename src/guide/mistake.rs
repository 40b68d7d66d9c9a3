//! What an author can get wrong: the value, and where it is.

use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

/// A stretch of bytes in a file of the site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Path from the site's root, with forward slashes.
    pub file: Arc<str>,
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(file: &Arc<str>, range: Range<usize>) -> Span {
        Span { file: Arc::clone(file), start: range.start, end: range.end.max(range.start) }
    }

    /// The first byte of a file, for mistakes about the whole of it.
    pub fn top(file: &str) -> Span {
        Span { file: file.into(), start: 0, end: 0 }
    }

    /// The first three bytes: the marks of a fence, where the span is that of a cell.
    pub fn marks(&self) -> Span {
        Span { end: self.start + 3, ..self.clone() }
    }

    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
}

/// One thing wrong, told once, with the place and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mistake {
    pub code: Code,
    pub severity: Severity,
    pub span: Span,
    pub text: String,
    /// Other places that belong to it.
    pub notes: Vec<Note>,
    pub help: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    pub span: Option<Span>,
    pub text: String,
}

/// All mistakes of a stage, in the order of finding.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mistakes {
    all: Vec<Mistake>,
    /// The hashes of all of them: a thousand of one kind are soon told apart.
    seen: HashSet<u64>,
}

impl Mistakes {
    pub fn push(&mut self, mistake: Mistake) {
        if self.seen.insert(hash(&mistake)) || !self.all.contains(&mistake) {
            self.all.push(mistake);
        }
    }

    pub fn append(&mut self, other: Mistakes) {
        other.all.into_iter().for_each(|mistake| self.push(mistake));
    }

    /// The same mistakes that many bytes further on in their file.
    pub fn moved(mut self, by: usize) -> Mistakes {
        for mistake in &mut self.all {
            let notes = mistake.notes.iter_mut().filter_map(|note| note.span.as_mut());
            for span in notes.chain([&mut mistake.span]) {
                (span.start, span.end) = (span.start + by, span.end + by);
            }
        }
        self.seen = self.all.iter().map(hash).collect();
        self
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.all.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn errors(&self) -> usize {
        self.all.iter().filter(|mistake| mistake.severity == Severity::Error).count()
    }

    /// By file, then by place, so that an author mends them from top to bottom.
    pub fn sort(&mut self) {
        let place = |mistake: &Mistake| (mistake.span.file.clone(), mistake.span.start, mistake.severity);
        self.all.sort_by_key(place);
    }
}

fn hash(mistake: &Mistake) -> u64 {
    let mut hasher = DefaultHasher::new();
    mistake.hash(&mut hasher);
    hasher.finish()
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)*) => {
        /// The kinds of mistake, by the name under which they are shown and documented.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            pub fn name(self) -> &'static str {
                match self {
                    $(Code::$variant => $name,)*
                }
            }

            /// One sentence that says what the mistake is.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Code::$variant => concat!($($doc,)+).trim_ascii(),)*
                }
            }
        }
    };
}

impl Code {
    /// Whether only those tell it who ask outside of the site.
    pub fn is_outside(self) -> bool {
        matches!(self, Code::DeadOutsideLink | Code::MovedLink | Code::UndecidedLink)
    }
}

codes! {
    /// The front matter of a page is missing a fence or is not YAML.
    BadFrontMatter = "bad-front-matter",
    /// A page of a sequence has no title, neither in front matter nor as a first heading.
    MissingTitle = "missing-title",
    /// `theoria.yaml` or a `sequence-metadata.yaml` cannot be read.
    BadConfig = "bad-config",
    /// A key that is not known, and looks like one that is.
    UnknownKey = "unknown-key",
    /// A known key with a value of the wrong kind.
    BadValue = "bad-value",
    /// A text file that is not UTF-8.
    NotUtf8 = "not-utf8",
    /// There is no page to build.
    EmptyContent = "empty-content",
    /// Two pages would be written to one address.
    DuplicateUrl = "duplicate-url",
    /// An author who is not among the people of the site, and has nearly the name of one.
    UnknownPerson = "unknown-person",
    /// Two words that pages bear, a tag or a category, which look like two spellings of one.
    DoubtfulWord = "doubtful-word",
    /// A sequence is named that has no chapters.
    MissingSequence = "missing-sequence",
    /// A label that is given twice.
    DuplicateLabel = "duplicate-label",
    /// A reference to a label that nothing has.
    MissingLabel = "missing-label",
    /// A key that no file of the bibliography has.
    MissingReference = "missing-reference",
    /// A work of the bibliography that no page cites, where `theoria.yaml` asks for that to be told.
    UnusedReference = "unused-reference",
    /// A bibliography, or the style for it, that is not there or cannot be read.
    BadBibliography = "bad-bibliography",
    /// A `{{hole}}` that no variable, page or cell can fill.
    UnfilledHole = "unfilled-hole",
    /// A value asked of a cell that does not show it.
    MissingValue = "missing-value",
    /// A fenced block, a div or a note that is never closed, or closed without being open.
    Unclosed = "unclosed",
    /// Lists, quotes or blocks inside one another, deeper than anyone could follow.
    TooDeep = "too-deep",
    /// A sample of Markdown in a list or a quotation, where its text is not a stretch of the file.
    MisplacedSample = "misplaced-sample",
    /// A formula that cannot be typeset.
    BadFormula = "bad-formula",
    /// A LaTeX macro that cannot be read, or that no formula could use.
    BadMacro = "bad-macro",
    /// A footnote reference without its note.
    MissingFootnote = "missing-footnote",
    /// A footnote that nothing refers to.
    UnusedFootnote = "unused-footnote",
    /// The options of a cell are not YAML or not known.
    BadCellOption = "bad-cell-option",
    /// A cell lacks its label, or a figure its caption or its text for those who cannot see it.
    IncompleteCell = "incomplete-cell",
    /// A cell comes after a cell that does not exist.
    MissingCell = "missing-cell",
    /// Cells that come after one another in a circle.
    CircularCells = "circular-cells",
    /// A file that a cell declares does not exist.
    MissingData = "missing-data",
    /// A file that a cell declares has another digest.
    OtherData = "other-data",
    /// The compiler refused a cell.
    CellDoesNotCompile = "cell-does-not-compile",
    /// A cell panicked or returned an error.
    CellPanicked = "cell-panicked",
    /// A cell ran longer than its limit.
    CellTimedOut = "cell-timed-out",
    /// A cell printed or showed more than its limit.
    CellTooLoud = "cell-too-loud",
    /// A cell's process ended without leaving its results.
    CellCrashed = "cell-crashed",
    /// Two runs of a cell show different results.
    UnsteadyCell = "unsteady-cell",
    /// A fresh result is farther from its record than its tolerance.
    Drifted = "drifted",
    /// A tolerance that is wider than a tenth of what it is for, without a reason.
    LooseTolerance = "loose-tolerance",
    /// A tolerance that nothing needs, or that is for nothing that the cell shows.
    NeedlessTolerance = "needless-tolerance",
    /// A cell showed something that cannot be recorded, such as NaN in a series.
    BadResult = "bad-result",
    /// A cell's record is out of date and may not be made anew (`--frozen`).
    StaleRecord = "stale-record",
    /// A ledger holds a record that no cell asks for.
    OrphanRecord = "orphan-record",
    /// A record in a ledger cannot be read.
    BadLedger = "bad-ledger",
    /// A claim that the measurement no longer supports.
    ClaimBroken = "claim-broken",
    /// A link inside the site that leads nowhere.
    DeadLink = "dead-link",
    /// An image without words for those who cannot see it.
    MissingAlt = "missing-alt",
    /// A link without words or without an address.
    EmptyLink = "empty-link",
    /// A heading that leaves out a level.
    HeadingJump = "heading-jump",
    /// A page that no page leads to.
    OrphanPage = "orphan-page",
    /// An image that nothing shows.
    OrphanFile = "orphan-file",
    /// A link out of the site that leads nowhere (`check --external`).
    DeadOutsideLink = "dead-outside-link",
    /// A link out of the site whose goal has moved for good (`check --external`).
    MovedLink = "moved-link",
    /// A link out of the site of which nobody knows (`check --external`).
    UndecidedLink = "undecided-link",
    /// A file of questions cannot be read, or says of a question what is not so.
    BadQuestions = "bad-questions",
    /// Something in a page that `unsafe_html: false` takes out.
    UnsafeHtml = "unsafe-html",
    /// A template that cannot be read or rendered.
    BadTemplate = "bad-template",
    /// A template that nothing uses.
    UnusedTemplate = "unused-template",
    /// An allowance in `theoria.yaml` that no mistake needs any more.
    NeedlessAllowance = "needless-allowance",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
