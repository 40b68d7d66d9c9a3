//! The figures and tables of a cell that has drifted, recorded beside fresh.

use serde_json::{Value, json};

use super::panels::{self, Drawn};
use super::words::exact;
use super::{images, places};
use crate::guide::number::significant;
use crate::guide::plot::{self, Description, Size};
use crate::guide::verdict::Verdict;
use crate::record::{Entry, Gallery, Record, Table, text};

/// Series whose residuals are drawn, of one panel.
const SHOWN: usize = 12;

/// Both records of a cell, if it has drifted; an error if they cannot be read.
pub fn records(cell: &Verdict) -> Result<Option<(Record, Record)>, String> {
    let (Some(recorded), Some(fresh)) = (&cell.recorded, &cell.fresh) else { return Ok(None) };
    let read = |text: &str| text::of_inline(text).map_err(|fault| format!("line {}: {}", fault.line, fault.text));
    Ok(Some((read(recorded)?, read(fresh)?)))
}

/// Draws what has drifted. `id` makes the ids of the drawings unique on the page.
pub struct Artist<'a> {
    pub cell: &'a Verdict,
    pub id: String,
    pub recorded: &'a Record,
    pub fresh: &'a Record,
}

impl Artist<'_> {
    /// Panels and galleries.
    pub fn figures(&self) -> Vec<Value> {
        let drifts = &self.cell.drifts;
        let mut out = Vec::new();
        for at in 0..self.recorded.panels.len().max(self.fresh.panels.len()) {
            let name = format!("panel {}", at + 1);
            if !places::within(drifts, &name).is_empty() {
                out.push(self.panel(at, &name));
            }
        }
        for at in 0..self.recorded.galleries.len().max(self.fresh.galleries.len()) {
            let name = format!("gallery {}", at + 1);
            if !places::within(drifts, &name).is_empty() {
                out.push(self.gallery(at, &name));
            }
        }
        out
    }

    fn panel(&self, at: usize, name: &str) -> Value {
        let drifts = &self.cell.drifts;
        let (old, new) = match (self.recorded.panels.get(at), self.fresh.panels.get(at)) {
            (Some(old), Some(new)) => (old, new),
            (old, new) => {
                let (panel, what) = if old.is_some() { (old, "not shown any more") } else { (new, "new") };
                let Some(panel) = panel else { return Value::Null };
                let drawn = Drawn { panel: panel.clone(), classes: plot::colors(panel), notes: Vec::new() };
                return json!({
                    "name": name, "key": "", "drawings": [self.draw(&drawn, 1, name)],
                    "notes": [format!("This panel is {what}.")], "residuals": [],
                });
            }
        };
        let overlay = panels::overlay(at, old, new, drifts);
        let (residuals, mut why) = panels::residuals(at, old, new, drifts);
        let mut notes = overlay.notes.clone();
        notes.append(&mut why);
        if residuals.len() > SHOWN {
            notes.push(format!("Residuals of the first {SHOWN} of {} are drawn.", residuals.len()));
        }
        let drawn = residuals.iter().take(SHOWN).enumerate().map(|(nth, residual)| {
            let name = format!("{name}, residual {}", nth + 1);
            json!({"drawing": self.draw(residual, 2, &name), "notes": residual.notes})
        });
        json!({
            "name": name, "key": "panel", "drawings": [self.draw(&overlay, 1, name)], "notes": notes,
            "residuals": drawn.collect::<Vec<Value>>(),
        })
    }

    /// A drawing for a wide and for a narrow column.
    fn draw(&self, drawn: &Drawn, of: usize, name: &str) -> String {
        let title = format!("{}, {name}", self.cell.label);
        let description = Description { title: &title, text: "Recorded and fresh results, or their difference." };
        let draw = |size, class: &str| {
            let id = format!("{}-{}-{class}", self.id, name.replace([' ', ','], "-"));
            let svg = plot::panel_in(&drawn.panel, drawn.classes.clone(), size, of, &id, &description);
            svg.replacen("class=\"plot\"", &format!("class=\"plot {class}\""), 1)
        };
        draw(Size::Wide, "wide") + &draw(Size::Narrow, "narrow")
    }

    fn gallery(&self, at: usize, name: &str) -> Value {
        let draw = |gallery: &Gallery, tag: &str| self.images(gallery, &format!("{name}-{tag}"));
        let galleries = (self.recorded.galleries.get(at), self.fresh.galleries.get(at));
        let (drawings, notes) = match galleries {
            (Some(old), Some(new)) => match images::beside(old, new) {
                Some((beside, notes)) => {
                    let same = beside.captions.is_empty();
                    (if same { Vec::new() } else { vec![draw(&beside, "beside")] }, notes)
                }
                None => {
                    let why = "The images are of another shape or number: there is no difference. The recorded ones come first.";
                    (vec![draw(old, "recorded"), draw(new, "fresh")], vec![why.into()])
                }
            },
            (Some(old), None) => (vec![draw(old, "recorded")], vec!["This gallery is not shown any more.".into()]),
            (None, Some(new)) => (vec![draw(new, "fresh")], vec!["This gallery is new.".into()]),
            (None, None) => (Vec::new(), Vec::new()),
        };
        json!({"name": name, "key": "", "drawings": drawings, "notes": notes, "residuals": []})
    }

    fn images(&self, gallery: &Gallery, name: &str) -> String {
        let title = format!("{}, {name}", self.cell.label);
        let description = Description { title: &title, text: "Images: recorded, fresh and their difference." };
        let draw = |size, class: &str| {
            let id = format!("{}-{}-{class}", self.id, name.replace(' ', "-"));
            let svg = plot::gallery(gallery, size, &id, &description);
            svg.replacen("class=\"plot\"", &format!("class=\"plot {class}\""), 1)
        };
        draw(Size::Wide, "wide") + &draw(Size::Narrow, "narrow")
    }

    /// Tables, with both entries where they are not the same.
    pub fn tables(&self) -> Vec<Value> {
        let mut out = Vec::new();
        for at in 0..self.recorded.tables.len().max(self.fresh.tables.len()) {
            let name = format!("table {}", at + 1);
            if places::within(&self.cell.drifts, &name).is_empty() {
                continue;
            }
            match (self.recorded.tables.get(at), self.fresh.tables.get(at)) {
                (Some(old), Some(new)) if shape(old) == shape(new) => out.push(both(&name, old, new)),
                (old, new) => {
                    out.extend(old.map(|old| both(&format!("{name}, as it is recorded"), old, old)));
                    out.extend(new.map(|new| both(&format!("{name}, as it is now"), new, new)));
                }
            }
        }
        out
    }
}

/// What must be the same for entries to have partners.
fn shape(table: &Table) -> (usize, Vec<usize>) {
    (table.header.len(), table.rows.iter().map(Vec::len).collect())
}

fn both(name: &str, old: &Table, new: &Table) -> Value {
    let rows = old.rows.iter().zip(&new.rows).map(|(old, new)| {
        let entries = old.iter().zip(new).map(|(old, new)| entry(old, new));
        entries.collect::<Vec<Value>>()
    });
    json!({"name": name, "title": new.title, "header": new.header, "rows": rows.collect::<Vec<_>>()})
}

fn entry(old: &Entry, new: &Entry) -> Value {
    let (number, same) = match (old, new) {
        (Entry::Number(old), Entry::Number(new)) => {
            (true, old.to_bits() == new.to_bits() || (old.is_nan() && new.is_nan()))
        }
        (old, new) => (matches!(new, Entry::Number(_)), old == new),
    };
    let text = |entry: &Entry| match entry {
        Entry::Number(number) if same => significant(*number, 4),
        // Two numbers that differ must not look the same.
        Entry::Number(number) => exact(*number),
        Entry::Text(text) => text.clone(),
    };
    json!({"old": if same { None } else { Some(text(old)) }, "new": text(new), "number": number})
}
