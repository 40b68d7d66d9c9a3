//! What a build remembers of the one before it: pure results, each beside all that it was made of.

use std::collections::HashMap;
use std::sync::Arc;

use super::bibliography::{Citations, Known, Style};
use super::filed::Filing;
use super::formula::Formulas;
use super::ledger::Recorded;
use super::model::{Parsed, Written};
use super::pages::{Data, Finished, Menu};
use super::plan::Tokens;
use super::site::Checks;
use super::templates::Loaded;

/// The results of the last build, by stage; empty at first.
///
/// A stage looks here before it computes, and leaves here what it used: what a build did not use is gone after it, so
/// that the memory is never larger than the guide. No result is found by asking what has changed, only by comparing all
/// that it was made of. With an empty memory and with any other a stage gives the same.
#[derive(Default)]
pub struct Memory {
    pub(super) pages: HashMap<Arc<str>, Arc<Parsed>>,
    pub(super) filings: Vec<Arc<Filing>>,
    pub(super) tokens: Tokens,
    pub(super) records: HashMap<Arc<str>, Arc<Recorded>>,
    pub(super) formulas: Arc<Formulas>,
    /// Pages whose formulas are among those, and right.
    pub(super) typeset: HashMap<Arc<str>, Arc<Written>>,
    /// A world, and the pages whose references, holes and links are right in it.
    pub(super) clean: (Digest, HashMap<Arc<str>, Arc<Written>>),
    /// Files of BibTeX.
    pub(super) bibliography: HashMap<Arc<str>, Known>,
    pub(super) style: Option<Arc<Style>>,
    /// What the pages cite, as they were written, and the works and the style of which that was made.
    pub(super) cited: (Digest, HashMap<Arc<str>, Citing>),
    /// All that is cited, in one list.
    pub(super) works: Option<Arc<Citations>>,
    pub(super) templates: Option<Arc<Loaded>>,
    pub(super) menu: Option<Arc<Menu>>,
    pub(super) finished: HashMap<String, Arc<Finished>>,
    /// The world in which those asked for what they needed.
    pub(super) world: Digest,
    pub(super) theme: Vec<(String, Arc<[u8]>)>,
    pub(super) data: HashMap<String, Arc<Data>>,
    pub(super) checks: Checks,
}

/// A page as it was written, and its citations.
pub type Citing = (Arc<Written>, Arc<Citations>);

impl Memory {
    /// How many results it holds.
    pub fn len(&self) -> usize {
        let pages = self.pages.len() + self.finished.len() + self.checks.count() + self.filings.len();
        let pieces = self.finished.values().map(|page| page.size()).sum::<usize>();
        pages
            + pieces
            + self.tokens.len()
            + self.records.len()
            + self.formulas.len()
            + self.data.len()
            + self.cited.1.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Stands for an input: enough bytes that two inputs never share it by chance.
pub type Digest = [u8; 32];

/// The digest of some parts in their order. Cost: O(length), about a gigabyte a second.
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        // With its length, so that no part can run into the next.
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// Whether two files are the same; at no cost for one that was not even read again.
pub fn same(one: &Arc<[u8]>, other: &Arc<[u8]>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}
