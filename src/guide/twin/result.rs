//! What a cell computed, in words and small tables.

use super::inline::{in_cell, literal};
use super::{Twin, fenced, table};
use crate::guide::address::data_path;
use crate::guide::book::allowed;
use crate::guide::cell::{Cell, Echo};
use crate::guide::html::digits;
use crate::guide::number::{count, significant};
use crate::record::{Claim, Entry, Gallery, Panel, Record, Relation, Table};

impl<'b> Twin<'b> {
    /// A cell as its code, and what came of it.
    pub(super) fn cell(&mut self, cell: &'b Cell) -> String {
        let mut parts = Vec::new();
        if cell.echo != Echo::Hidden && !cell.shown.is_empty() {
            parts.push(fenced("rust", &cell.shown));
        }
        let Some(entry) = self.lens.entry(cell) else { return parts.concat() };
        let record = &*entry.record;
        if record.is_figure() || !record.tables.is_empty() {
            let (name, caption) = (self.lens.name(&cell.label), self.line(&cell.caption));
            parts.push(format!("**{}.** {caption}", literal(name)));
            let alt = cell.alt.trim();
            parts.extend((!alt.is_empty()).then(|| format!("What it shows: {}", literal(alt))));
            let drawn = record.panels.iter().flat_map(|panel| panel_lines(panel, record.panels.len() > 1));
            let lines: Vec<String> = drawn.chain(record.galleries.iter().map(gallery_line)).collect();
            parts.extend((!lines.is_empty()).then(|| lines.join("\n")));
            parts.extend(record.tables.iter().map(result_table));
            parts.push(self.files(cell, record));
        }
        if !record.values.is_empty() {
            let line = |value: &crate::record::Value| {
                format!("- `{}` = {}", value.name, literal(&significant(value.number, 6)))
            };
            let lines: Vec<String> = record.values.iter().map(line).collect();
            parts.push(format!("Computed:\n\n{}", lines.join("\n")));
        }
        if !record.claims.is_empty() {
            parts.push(record.claims.iter().map(|claim| self.claim(claim)).collect::<Vec<_>>().join("\n"));
        }
        let recorded = entry.recorded.as_deref().map_or(String::new(), |day| format!("Recorded {day}. "));
        parts.push(format!("{recorded}Reproduce with `{}`.", cell.command()));
        parts.join("\n\n")
    }

    fn files(&self, cell: &Cell, record: &Record) -> String {
        let file = |label: &str, kind: &str| self.to(&data_path(label, kind), "");
        let drawings = record.panels.len() + record.galleries.len();
        let drawn = |index: usize| if drawings == 1 { cell.label.clone() } else { format!("{}-{index}", cell.label) };
        let has_rows = !record.panels.is_empty() || !record.tables.is_empty();
        let rows = has_rows.then(|| format!("[CSV]({})", file(&cell.label, "csv")));
        let all = format!("[JSON]({})", file(&cell.label, "json"));
        let pictures = (1..=drawings).map(|index| format!("[SVG]({})", file(&drawn(index), "svg")));
        let files: Vec<String> = rows.into_iter().chain([all]).chain(pictures).collect();
        format!("Files: {}", files.join(", "))
    }

    fn claim(&self, claim: &Claim) -> String {
        let name = self.lens.name(&claim.label());
        let verdict = if claim.holds() { "holds" } else { "is broken" };
        let predicted = match claim.relation {
            Relation::Close => "predicted",
            Relation::AtMost => "at most",
            Relation::AtLeast => "at least",
        };
        let number = |number: f64| significant(number, digits(claim));
        let allowed = match claim.allowed() == 0.0 && claim.relation != Relation::Close {
            true => String::new(),
            false => format!(", allowed {}", allowed(claim)),
        };
        format!(
            "- **{}** {verdict}: {} (measured {}, {predicted} {}{allowed})",
            literal(name),
            literal(&claim.name),
            number(claim.measured),
            number(claim.predicted)
        )
    }
}

/// The axes and series of a panel, a line each.
fn panel_lines(panel: &Panel, named: bool) -> Vec<String> {
    let axis = |axis: &crate::record::Axis, name: &str| {
        let label = if axis.label.is_empty() { name } else { &axis.label };
        format!("{}{}", literal(label), if axis.log { " (logarithmic)" } else { "" })
    };
    let title = if named && !panel.title.is_empty() { format!("{}: ", literal(&panel.title)) } else { String::new() };
    let head = format!("- {title}{} against {}", axis(&panel.y, "y"), axis(&panel.x, "x"));
    let series = panel.series.iter().map(|series| {
        let rows = series.columns.first().map_or(0, Vec::len);
        let spans = series.mark.columns().iter().zip(&series.columns).filter_map(|(name, column)| {
            let low = column.iter().copied().reduce(f64::min)?;
            let high = column.iter().copied().reduce(f64::max)?;
            Some(format!("{name} from {} to {}", significant(low, 4), significant(high, 4)))
        });
        let spans: Vec<String> = spans.collect();
        let name = if series.name.is_empty() { "unnamed" } else { &series.name };
        format!("  - {}: {}, {}", literal(name), count(rows, "row"), spans.join(", "))
    });
    std::iter::once(head).chain(series).collect()
}

fn gallery_line(gallery: &Gallery) -> String {
    let size = gallery.height * gallery.width * gallery.channels;
    let images = gallery.pixels.len().checked_div(size).unwrap_or(0);
    let title = if gallery.title.is_empty() { String::new() } else { format!("{}: ", literal(&gallery.title)) };
    format!("- {title}{} of {} × {} pixels", count(images, "image"), gallery.width, gallery.height)
}

fn result_table(of: &Table) -> String {
    let words = |text: &str| in_cell(&literal(text));
    let head: Vec<String> = of.header.iter().map(|title| words(title)).collect();
    let rules = of.header.iter().enumerate().map(|(column, _)| {
        let numbers = of.rows.iter().all(|row| matches!(row.get(column), Some(Entry::Number(_))));
        if numbers { "--:" } else { "---" }
    });
    let rules: Vec<&str> = rules.collect();
    let rows = of.rows.iter().map(|row| {
        let entries = row.iter().map(|entry| match entry {
            Entry::Number(number) => significant(*number, 4),
            Entry::Text(text) => words(text),
        });
        entries.collect()
    });
    let all: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let title = if of.title.is_empty() { String::new() } else { format!("{}\n\n", literal(&of.title)) };
    title + &table(&all, &rules)
}
