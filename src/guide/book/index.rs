//! Where things are in the guide: pages by file and by address, assets by file, cells by name.

use std::collections::{HashMap, HashSet};

use crate::guide::cell::Cell;
use crate::guide::model::{Guide, Kind};

/// The way from names to what bears them; of several bearers the first in the guide.
pub struct Index<'a> {
    /// Pages by their Markdown file.
    pub files: HashMap<&'a str, usize>,
    /// Pages by their address.
    pub addresses: HashMap<&'a str, usize>,
    pub sequences: HashSet<&'a str>,
    /// The addresses of other pages that list pages.
    pub gathered: HashSet<String>,
    /// The addresses that lead to questions, and those that their pages have.
    pub questions: HashMap<String, String>,
    /// Where each file that is no page is published.
    pub assets: HashMap<&'a str, &'a str>,
    /// Cells by label and by short name.
    pub cells: HashMap<&'a str, &'a Cell>,
}

impl<'a> Index<'a> {
    /// Cost: O(pages + cells + assets).
    pub fn new(guide: &'a Guide) -> Index<'a> {
        let mut index = Index {
            files: HashMap::new(),
            addresses: HashMap::new(),
            sequences: guide.sequences.iter().map(|sequence| sequence.path.as_str()).collect(),
            gathered: guide.gathered().into_iter().map(|(path, _)| path).collect(),
            questions: HashMap::new(),
            assets: HashMap::new(),
            cells: HashMap::new(),
        };
        for (at, page) in guide.pages.iter().enumerate() {
            index.files.entry(&page.file).or_insert(at);
            // The list of all questions is no page that anyone writes.
            if page.kind != Kind::Questions {
                index.addresses.entry(&page.path).or_insert(at);
            }
            for cell in &page.text.cells {
                index.cells.entry(&cell.label).or_insert(cell);
                index.cells.entry(cell.short_name()).or_insert(cell);
            }
        }
        for (published, file) in &guide.assets {
            index.assets.entry(file).or_insert(published);
        }
        index
    }
}
