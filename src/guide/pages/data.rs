//! What a cell showed, as data for other programs: JSON with everything, CSV with series and tables.

use serde_json::{Map, Value, json};

use crate::guide::cell::Cell;
use crate::guide::ledger;
use crate::record::{Axis, Claim, Entry, Gallery, Panel, Record, Series, Table};

/// Raised when a program that reads today's files could misread tomorrow's.
pub(super) const SCHEMA: u32 = 1;

/// Everything that a cell showed.
pub(super) fn json(cell: &Cell, entry: &ledger::Entry, name: &str) -> String {
    let record = &*entry.record;
    let values = record.values.iter().map(|value| (value.name.clone(), json!(value.number)));
    let mut out = json!({
        "schema": SCHEMA, "label": cell.label, "number": name, "alt": cell.alt, "command": cell.command(),
        "recorded": entry.recorded, "values": values.collect::<Map<_, _>>(),
    });
    let mut say = |key: &str, items: Vec<Value>| {
        if !items.is_empty() {
            out[key] = json!(items);
        }
    };
    say("panels", record.panels.iter().map(panel).collect());
    say("galleries", record.galleries.iter().map(gallery).collect());
    say("tables", record.tables.iter().map(table).collect());
    say("claims", record.claims.iter().map(claim).collect());
    out.to_string() + "\n"
}

fn panel(panel: &Panel) -> Value {
    let axis = |axis: &Axis| json!({"label": axis.label, "log": axis.log, "range": axis.range});
    let series = |series: &Series| {
        let columns = series.mark.columns().iter().zip(&series.columns);
        let columns = columns.map(|(name, column)| ((*name).to_owned(), json!(column))).collect::<Map<_, _>>();
        json!({"name": series.name, "mark": series.mark.name(), "columns": columns})
    };
    let series: Vec<Value> = panel.series.iter().map(series).collect();
    json!({"title": panel.title, "x": axis(&panel.x), "y": axis(&panel.y), "series": series})
}

/// Pixels are in the order of images, channels, rows, columns.
fn gallery(gallery: &Gallery) -> Value {
    let size = gallery.channels * gallery.height * gallery.width;
    let images = gallery.pixels.len().checked_div(size).unwrap_or(0);
    json!({
        "title": gallery.title, "shape": [images, gallery.channels, gallery.height, gallery.width],
        "range": gallery.range, "captions": gallery.captions, "pixels": gallery.pixels,
    })
}

fn table(table: &Table) -> Value {
    let entry = |entry: &Entry| match entry {
        Entry::Number(number) => json!(number),
        Entry::Text(text) => json!(text),
    };
    let rows = table.rows.iter().map(|row| row.iter().map(entry).collect::<Vec<_>>());
    json!({"title": table.title, "header": table.header, "rows": rows.collect::<Vec<_>>()})
}

/// A claim with both of its numbers.
pub(super) fn claim(claim: &Claim) -> Value {
    json!({
        "label": claim.label(), "statement": claim.name, "relation": claim.relation.name(), "measured": claim.measured,
        "predicted": claim.predicted, "allowed": claim.allowed(), "holds": claim.holds(),
    })
}

/// Series and tables as comma-separated values, one block each; a series is named in its first column.
pub(super) fn csv(record: &Record) -> String {
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
