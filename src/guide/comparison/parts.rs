//! A record as a list of comparable parts: what must be the same word for word, and numbers.

use crate::guide::number::count;
use crate::record::{Axis, Claim, Entry, Gallery, Panel, Record, Relation, Series, Table};

/// One part of a record: all that is compared under one name, and with one tolerance.
pub struct Part<'a> {
    /// What it is, unique in the record: `value slope`, `panel 1, line 'infinite width', y`.
    pub place: String,
    /// The names under which a tolerance may be declared for it, the most usual first.
    pub names: Vec<String>,
    /// All of it that is not a number: it is the same or it has changed.
    pub shape: String,
    pub numbers: Vec<f64>,
    /// What the first number may be at most, if that is all that can be said of it (see [`RESIDUAL`]).
    pub residual: Option<f64>,
    pub index: Index<'a>,
}

/// A claim that something is at most this small is about a residual, the rounding that remains where two ways to compute
/// the same are subtracted: its digits mean nothing, and it has not drifted while it stays below its bound.
const RESIDUAL: f64 = 1e-6;

/// How the numbers of a part are called one by one.
pub enum Index<'a> {
    One,
    /// Named ones.
    Names(&'static [&'static str]),
    /// Counted from 0, in brackets.
    Flat,
    Pixels(&'a Gallery),
    Entries(&'a Table),
}

impl Part<'_> {
    /// The place of one of its numbers: `panel 1, line 'a', y[3]`.
    pub fn at(&self, index: usize) -> String {
        let place = &self.place;
        match self.index {
            Index::One => place.clone(),
            Index::Names(names) => format!("{place}, {}", names.get(index).unwrap_or(&"")),
            Index::Flat => format!("{place}[{index}]"),
            Index::Pixels(gallery) => {
                let (area, width) = (gallery.height * gallery.width, gallery.width);
                let (image, rest) = (index / (area * gallery.channels), index % (area * gallery.channels));
                let (channel, row, column) = (rest / area, rest % area / width, rest % width);
                let channel = if gallery.channels > 1 { format!("channel {channel}, ") } else { String::new() };
                format!("{place}, image {}, {channel}row {row}, column {column}", image + 1)
            }
            Index::Entries(table) => {
                let numbers = table.rows.iter().enumerate().flat_map(|(row, entries)| {
                    entries.iter().enumerate().map(move |(column, entry)| (row, column, entry))
                });
                let mut numbers = numbers.filter(|(_, _, entry)| matches!(entry, Entry::Number(_)));
                let (row, column, _) = numbers.nth(index).unwrap_or((0, 0, &table.rows[0][0]));
                format!("{place}, row {}, '{}'", row + 1, table.header[column])
            }
        }
    }

    /// The largest of its numbers, by magnitude.
    pub fn scale(&self) -> f64 {
        self.numbers.iter().filter(|number| number.is_finite()).fold(0.0, |most, number| number.abs().max(most))
    }
}

/// Every part of a record. Cost: O(its numbers).
pub fn parts(record: &Record) -> Vec<Part<'_>> {
    let mut out = Vec::new();
    for value in &record.values {
        out.push(Part {
            place: format!("value {}", value.name),
            names: vec![value.name.clone()],
            shape: "a number".into(),
            numbers: vec![value.number],
            residual: None,
            index: Index::One,
        });
    }
    for (at, panel) in record.panels.iter().enumerate() {
        panel_parts(at, panel, &mut out);
    }
    for (at, gallery) in record.galleries.iter().enumerate() {
        gallery_parts(at, gallery, &mut out);
    }
    for (at, table) in record.tables.iter().enumerate() {
        table_parts(at, table, &mut out);
    }
    out.extend(record.claims.iter().map(claim_part));
    out
}

fn panel_parts(at: usize, panel: &Panel, out: &mut Vec<Part>) {
    let place = format!("panel {}", at + 1);
    let ranges = [panel.x.range, panel.y.range].into_iter().flatten().flat_map(|(low, high)| [low, high]).collect();
    let series: Vec<String> = panel.series.iter().map(|series| format!("'{}'", series.name)).collect();
    out.push(Part {
        place: place.clone(),
        names: vec![panel.title.clone()],
        shape: format!("'{}', {}, {}, {}", panel.title, axis("x", &panel.x), axis("y", &panel.y), series.join(", ")),
        numbers: ranges,
        residual: None,
        index: Index::Flat,
    });
    for (nth, series) in panel.series.iter().enumerate() {
        let place = series_place(at, panel, nth);
        for (column, numbers) in series.mark.columns().iter().zip(&series.columns) {
            out.push(Part {
                place: format!("{place}, {column}"),
                names: vec![series.name.clone()],
                shape: count(numbers.len(), "number"),
                numbers: numbers.clone(),
                residual: None,
                index: Index::Flat,
            });
        }
    }
}

/// The place of a series, without its column: `panel 1, line 'a'`.
pub fn series_place(at: usize, panel: &Panel, nth: usize) -> String {
    let series = &panel.series[nth];
    let name = if series.name.is_empty() { (nth + 1).to_string() } else { format!("'{}'", series.name) };
    let twin = |other: &Series| (&other.name, other.mark) == (&series.name, series.mark);
    let again = if panel.series[..nth].iter().any(twin) { format!(" ({})", nth + 1) } else { String::new() };
    format!("panel {}, {} {name}{again}", at + 1, series.mark.name())
}

fn axis(name: &str, axis: &Axis) -> String {
    let log = if axis.log { " (log)" } else { "" };
    let range = if axis.range.is_some() { " with a range" } else { "" };
    format!("{name} '{}'{log}{range}", axis.label)
}

fn gallery_parts<'a>(at: usize, gallery: &'a Gallery, out: &mut Vec<Part<'a>>) {
    let place = format!("gallery {}", at + 1);
    let names = vec![gallery.title.clone()];
    let Gallery { height, width, channels, columns, captions, .. } = gallery;
    let images = count(captions.len(), "image");
    let captions: Vec<String> = captions.iter().map(|caption| format!("'{caption}'")).collect();
    out.push(Part {
        place: format!("{place}, range"),
        names: names.clone(),
        shape: format!("'{}' in {}: {}", gallery.title, count(*columns, "column"), captions.join(", ")),
        numbers: vec![gallery.range.0, gallery.range.1],
        residual: None,
        index: Index::Flat,
    });
    out.push(Part {
        place,
        names,
        shape: format!("{images} of {height} × {width} pixels in {}", count(*channels, "channel")),
        numbers: gallery.pixels.clone(),
        residual: None,
        index: Index::Pixels(gallery),
    });
}

fn table_parts<'a>(at: usize, table: &'a Table, out: &mut Vec<Part<'a>>) {
    let place = format!("table {}", at + 1);
    let entries = || table.rows.iter().flatten();
    let numbers = entries().filter_map(|entry| match entry {
        Entry::Number(number) => Some(*number),
        Entry::Text(_) => None,
    });
    let header: Vec<String> = table.header.iter().map(|title| format!("'{title}'")).collect();
    out.push(Part {
        place: place.clone(),
        names: vec![table.title.clone()],
        shape: format!("'{}' with {} of {}", table.title, count(table.rows.len(), "row"), header.join(", ")),
        numbers: numbers.collect(),
        residual: None,
        index: Index::Entries(table),
    });
    for (row, entries) in table.rows.iter().enumerate() {
        for (title, entry) in table.header.iter().zip(entries) {
            if let Entry::Text(text) = entry {
                out.push(Part {
                    place: format!("{place}, row {}, '{title}'", row + 1),
                    names: vec![table.title.clone()],
                    shape: format!("'{text}'"),
                    numbers: Vec::new(),
                    residual: None,
                    index: Index::One,
                });
            }
        }
    }
}

fn claim_part(claim: &Claim) -> Part<'_> {
    let is_residual = claim.relation == Relation::AtMost && claim.predicted + claim.allowed() <= RESIDUAL;
    Part {
        residual: is_residual.then(|| claim.predicted + claim.allowed()),
        place: format!("claim '{}'", claim.name),
        names: vec![claim.name.clone(), claim.label()],
        shape: claim.relation.name().into(),
        numbers: vec![claim.measured, claim.predicted, claim.abs, claim.rel],
        index: Index::Names(&["measured", "predicted", "absolute tolerance", "relative tolerance"]),
    }
}
