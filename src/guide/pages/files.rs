//! Files that are no pages: the site's own, the theme's, and the data of the figures.

use std::sync::Arc;

use super::data;
use crate::guide::address::data_path;
use crate::guide::book::Book;
use crate::guide::cell::Cell;
use crate::guide::html::standalone;
use crate::guide::ledger;
use crate::guide::memory::{Digest, Memory, digest};
use crate::guide::mistake::Mistakes;
use crate::guide::site::Site;
use crate::guide::templates;
use crate::guide::tree::Tree;

/// The files of one cell, and what they were made of.
pub struct Data {
    key: Digest,
    files: Vec<(String, Arc<[u8]>)>,
}

/// Files that are no pages: the site's own, the theme's, and the data of the figures.
pub(super) fn files(book: &Book, tree: &Tree, site: &mut Site, memory: &mut Memory, mistakes: &mut Mistakes) {
    if memory.theme.is_empty() {
        memory.theme = templates::theme().into_iter().map(|(path, bytes)| (path, bytes.into())).collect();
    }
    for (path, bytes) in &memory.theme {
        site.insert(path.clone(), Arc::clone(bytes));
    }
    for (path, file) in &book.guide.assets {
        if let Some(bytes) = tree.files.get(file) {
            site.insert(path.clone(), bytes.clone());
        }
    }
    let known = std::mem::take(&mut memory.data);
    for page in &book.guide.pages {
        for cell in &page.text.cells {
            let Some(entry) = book.ledger.entries.get(&cell.label) else { continue };
            let name = book.target_of(&cell.label).map_or("", |target| &target.name);
            let key = digest([cell.label.as_bytes(), cell.alt.as_bytes(), name.as_bytes(), &entry.digest]);
            let old = known.get(&cell.label).filter(|old| old.key == key).cloned();
            let data = old.unwrap_or_else(|| Arc::new(Data { key, files: written(cell, entry, name) }));
            for (path, bytes) in &data.files {
                if site.files.contains_key(path) {
                    mistakes.output_twice(path, &page.file);
                }
                site.insert(path.clone(), Arc::clone(bytes));
            }
            memory.data.insert(cell.label.clone(), data);
        }
    }
}

fn written(cell: &Cell, entry: &ledger::Entry, name: &str) -> Vec<(String, Arc<[u8]>)> {
    let mut files: Vec<(String, String)> =
        standalone(cell, &entry.record, name).into_iter().map(|(label, svg)| (data_path(&label, "svg"), svg)).collect();
    if !entry.record.panels.is_empty() || !entry.record.tables.is_empty() {
        files.push((data_path(&cell.label, "csv"), data::csv(&entry.record)));
    }
    if entry.record.is_figure() || !entry.record.tables.is_empty() {
        files.push((data_path(&cell.label, "json"), data::json(cell, entry, name)));
    }
    files.into_iter().map(|(path, text)| (path, text.into_bytes().into())).collect()
}
