//! The legend above a plot: which entries there are, and in which rows they stand.

use crate::record::Mark;

use super::TEXT;
use super::data::Drawable;
use super::text::{self, Glyph};

/// The width of a swatch, the space after it, the space after its text, and the height of a row.
pub const SWATCH: f64 = 22.0;
const GAP: f64 = 6.0;
const SPACE: f64 = 18.0;
pub const ROW: f64 = 19.0;

pub struct Entry {
    /// The left end of its swatch, and the row, counted from zero.
    pub x: f64,
    pub row: usize,
    pub label: Vec<Glyph>,
    /// The whole name, if the label had to leave something out.
    pub whole: Option<String>,
    /// Class and mark of each series of this name, in drawing order.
    pub marks: Vec<(String, Mark)>,
}

impl Entry {
    pub fn text_x(&self) -> f64 {
        self.x + SWATCH + GAP
    }
}

/// One entry for each name, in as many rows as the width asks for.
pub fn entries(all: &[Drawable], width: f64) -> Vec<Entry> {
    let mut out: Vec<Entry> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let (mut x, mut row) = (0.0, 0);
    for series in all.iter().filter(|series| !series.name.trim().is_empty()) {
        let mark = (series.color.clone(), series.mark);
        if let Some(known) = names.iter().position(|name| *name == series.name) {
            out[known].marks.push(mark);
            continue;
        }
        names.push(series.name);
        let glyphs = text::glyphs(series.name);
        let label = text::lines(&glyphs, TEXT, width - SWATCH - GAP, 1).pop().unwrap_or_default();
        let taken = SWATCH + GAP + text::width(&label, TEXT);
        if x > 0.0 && x + taken > width {
            (x, row) = (0.0, row + 1);
        }
        let whole = label.last().is_some_and(|glyph| glyph.c == '…').then(|| text::spoken(series.name));
        out.push(Entry { x, row, label, whole, marks: vec![mark] });
        x += taken + SPACE;
    }
    for entry in &mut out {
        entry.marks.sort_by_key(|(_, mark)| layer(*mark, 1));
    }
    out
}

/// What lies below what: areas, bars, clouds, curves, and at the top those points that are few.
pub fn layer(mark: Mark, rows: usize) -> usize {
    match mark {
        Mark::Points | Mark::Errors if rows > 150 => 1,
        Mark::Band => 0,
        Mark::Bars => 1,
        Mark::Line => 2,
        Mark::Dashed => 3,
        Mark::Errors => 4,
        Mark::Points => 5,
    }
}
