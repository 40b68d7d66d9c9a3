//! All claims and all figures as JSON, for other programs.

use serde_json::{Value, json};

use super::data::{SCHEMA, claim};
use super::index::listed;
use crate::guide::address::data_path;
use crate::guide::book::{Book, Lens};
use crate::guide::cell::Cell;
use crate::guide::twin::Twin;

/// Every claim with prediction, measurement and tolerance, and where its code is.
pub(super) fn claims(book: &Book, lens: &Lens) -> String {
    let claims = book.claims.iter().filter(|claimed| listed(book, claimed.page)).map(|claimed| {
        let page = &book.guide.pages[claimed.page];
        let mut row = claim(claimed.claim);
        row["number"] = json!(lens.name(&claimed.claim.label()));
        row["address"] = json!(format!("{}#{}", page.path, claimed.claim.label()));
        row["code"] = json!(format!("{}#{}", page.path, claimed.cell.label));
        made(&mut row, lens, claimed.cell);
        row
    });
    written(lens, "claims", claims.collect())
}

/// Every figure, and where its data are.
pub(super) fn figures<'b>(book: &'b Book<'b>, lens: &'b Lens<'b>) -> String {
    let figures = book.figures.iter().filter(|drawn| listed(book, drawn.page)).map(|drawn| {
        let (page, cell) = (&book.guide.pages[drawn.page], drawn.cell);
        let caption = Twin::new(lens, page, "figures/").line(&cell.caption);
        let mut row = json!({
            "label": cell.label, "number": lens.name(&cell.label), "caption": caption, "alt": cell.alt,
            "address": format!("{}#{}", page.path, cell.label), "data": data_path(&cell.label, "json"),
            "panels": drawn.record.panels.len(), "galleries": drawn.record.galleries.len(),
        });
        made(&mut row, lens, cell);
        row
    });
    written(lens, "figures", figures.collect())
}

fn made(row: &mut Value, lens: &Lens, cell: &Cell) {
    row["cell"] = json!(cell.label);
    row["command"] = json!(cell.command());
    row["recorded"] = json!(lens.entry(cell).and_then(|entry| entry.recorded.as_deref()));
}

/// One item on a line, so that two lists can be compared line by line.
fn written(lens: &Lens, kind: &str, items: Vec<Value>) -> String {
    let items: Vec<String> = items.iter().map(Value::to_string).collect();
    let items = if items.is_empty() { String::new() } else { format!("\n  {}\n", items.join(",\n  ")) };
    let site = json!(lens.config().url);
    format!("{{\"schema\": {SCHEMA}, \"kind\": \"{kind}\", \"site\": {site}, \"items\": [{items}]}}\n")
}
