//! Files that are no pages: the site's own, the theme's, and the data of the figures.

use crate::guide::address::data_path;
use crate::guide::book::Book;
use crate::guide::html::standalone;
use crate::guide::mistake::Mistakes;
use crate::guide::site::Site;
use crate::guide::templates;
use crate::guide::tree::Tree;
use crate::record::{Entry, Record};

/// Files that are no pages: the site's own, the theme's, and the data of the figures.
pub(super) fn files(book: &Book, tree: &Tree, site: &mut Site, mistakes: &mut Mistakes) {
    for (path, bytes) in templates::theme() {
        site.insert(path, bytes);
    }
    for (path, file) in &book.guide.assets {
        if let Some(bytes) = tree.files.get(file) {
            site.insert(path.clone(), bytes.clone());
        }
    }
    for page in &book.guide.pages {
        for cell in &page.text.cells {
            let Some(entry) = book.ledger.entries.get(&cell.label) else { continue };
            let name = book.target_of(&cell.label).map_or("", |target| &target.name);
            let drawings = standalone(cell, &entry.record, name).into_iter();
            let mut data: Vec<(String, String)> =
                drawings.map(|(label, svg)| (data_path(&label, "svg"), svg)).collect();
            if !entry.record.panels.is_empty() || !entry.record.tables.is_empty() {
                data.push((data_path(&cell.label, "csv"), csv(&entry.record)));
            }
            for (path, text) in data {
                if site.files.contains_key(&path) {
                    mistakes.output_twice(&path, &page.file);
                }
                site.insert(path, text.into_bytes());
            }
        }
    }
}

/// Series and tables as comma-separated values, one block each; a series is named in its first column.
fn csv(record: &Record) -> String {
    let quote = |text: &str| {
        if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    let mut out = String::new();
    for panel in &record.panels {
        for series in &panel.series {
            let columns = series.mark.columns().iter().map(|name| match *name {
                "x" if !panel.x.label.is_empty() => quote(&panel.x.label),
                "y" if !panel.y.label.is_empty() => quote(&panel.y.label),
                name => name.to_owned(),
            });
            let head: Vec<String> = std::iter::once("series".to_owned()).chain(columns).collect();
            out.push_str(&(head.join(",") + "\n"));
            for row in 0..series.columns.first().map_or(0, Vec::len) {
                let numbers = series.columns.iter().map(|column| format!("{:?}", column[row]));
                let line: Vec<String> = std::iter::once(quote(&series.name)).chain(numbers).collect();
                out.push_str(&(line.join(",") + "\n"));
            }
        }
    }
    for table in &record.tables {
        out.push_str(&(table.header.iter().map(|title| quote(title)).collect::<Vec<_>>().join(",") + "\n"));
        for row in &table.rows {
            let entries = row.iter().map(|entry| match entry {
                Entry::Number(number) => format!("{number:?}"),
                Entry::Text(text) => quote(text),
            });
            out.push_str(&(entries.collect::<Vec<_>>().join(",") + "\n"));
        }
    }
    out
}
