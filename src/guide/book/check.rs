//! What is asked for and is not there: labels, values, links, formulas that cannot be typeset.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Book, visit_all, visit_all_inlines};
use crate::guide::block::{Block, Formula, Hole, Inline, visit};
use crate::guide::formula::Formulas;
use crate::guide::inline::formula_holes;
use crate::guide::mistake::{Mistakes, Span};
use crate::guide::model::Page;
use crate::guide::yaml::nearest;
use crate::guide::{link, number};

/// Places of a page that no other page can cite must not share their ids either.
pub(super) fn check_ids(page: &Page, m: &mut Mistakes) {
    let mut seen: BTreeMap<&str, &Range<usize>> = BTreeMap::new();
    visit_all(page, &mut |block| {
        let (id, span) = match block {
            Block::Heading { id, span, .. } if !id.starts_with("sec-") => (id, span),
            Block::Div { id: Some(id), span, .. } if !id.starts_with("thm-") => (id, span),
            _ => return,
        };
        match seen.get(id.as_str()) {
            Some(first) => m.duplicate_label(page.span(span.clone()), id, page.span((*first).clone())),
            None => drop(seen.insert(id, span)),
        }
    });
}

impl<'a> Book<'a> {
    /// The figure that the config chooses for the home page.
    pub(super) fn check_highlight(&self, m: &mut Mistakes) {
        let label = &self.guide.config.highlight;
        let cells = || self.guide.pages.iter().flat_map(|page| &page.text.cells).map(|cell| cell.label.as_str());
        if !label.is_empty() && !cells().any(|known| known == label) {
            m.missing_label(Span::top(crate::guide::config::FILE), label, nearest(label, cells()));
        }
    }

    /// References, holes and links of a page, each checked where it stands.
    pub(super) fn check_inlines(&self, page: &Page, m: &mut Mistakes) {
        if let Some(image) = page.front.image.as_ref().and_then(|image| image.path.as_deref()) {
            link::check(self, page, image, page.span(0..1), m);
        }
        let formula = |formula: &Formula, m: &mut Mistakes| {
            for (_, hole) in formula_holes(&formula.tex) {
                self.check_hole(page, &hole, page.span(formula.span.clone()), m);
            }
        };
        visit_all(page, &mut |block| {
            if let Block::Math(inner) = block {
                formula(inner, m);
            }
        });
        visit_all_inlines(page, &mut |inline| match inline {
            Inline::Math(inner) => formula(inner, m),
            // A claim is known by its cell's record: without one, the missing record is the mistake.
            Inline::Reference { label, .. } if label.starts_with("claim-") && self.lacks_records() => {}
            Inline::Reference { label, span } if !self.targets.contains_key(label) => {
                m.missing_label(
                    page.span(span.clone()),
                    label,
                    nearest(label, self.targets.keys().map(String::as_str)),
                );
            }
            Inline::Hole { hole, span } => self.check_hole(page, hole, page.span(span.clone()), m),
            Inline::Link { to, span, .. } => match link::holes(to).as_slice() {
                [] => link::check(self, page, to, page.span(span.clone()), m),
                holes => {
                    holes.iter().for_each(|hole| self.check_hole(page, hole, page.span(span.clone()), m));
                    link::check(self, page, &link::fill(self, page, to), page.span(span.clone()), m);
                }
            },
            Inline::Image { from, span, .. } => link::check(self, page, from, page.span(span.clone()), m),
            _ => {}
        });
    }

    fn lacks_records(&self) -> bool {
        let mut cells = self.guide.pages.iter().flat_map(|page| &page.text.cells);
        cells.any(|cell| !self.ledger.entries.contains_key(&cell.label))
    }

    fn check_hole(&self, page: &Page, hole: &Hole, span: Span, m: &mut Mistakes) {
        match hole {
            Hole::Variable(name) => {
                if self.variable(page, name).is_none() {
                    let known = self.guide.config.variables.keys().map(String::as_str).chain(["CITATION"]);
                    m.unfilled_hole(span, name, nearest(name, known));
                }
            }
            Hole::Value { cell, value, format } => {
                let Some((found, record)) = self.cell(cell) else {
                    let known = self.guide.pages.iter().flat_map(|page| &page.text.cells).map(|cell| cell.short_name());
                    return m.hole_without_cell(span, cell, nearest(cell, known));
                };
                // A cell without a record has a mistake of its own.
                let Some(record) = record else { return };
                match record.value(value) {
                    None => {
                        let shown: Vec<&str> = record.values.iter().map(|value| value.name.as_str()).collect();
                        m.missing_value(span, &found.label, value, &shown);
                    }
                    Some(number) if number::format(number, format).is_none() => m.bad_hole_format(span, format),
                    Some(_) => {}
                }
            }
        }
    }

    pub(super) fn typeset(&mut self, m: &mut Mistakes) {
        let mut all: Vec<(&Page, &Formula)> = Vec::new();
        for page in &self.guide.pages {
            visit_all(page, &mut |block| {
                if let Block::Math(formula) = block {
                    all.push((page, formula));
                }
            });
            visit_all_inlines(page, &mut |inline| {
                if let Inline::Math(formula) = inline {
                    all.push((page, formula));
                }
            });
        }
        for sequence in &self.guide.sequences {
            let Some(page) = sequence.chapters.first().map(|at| &self.guide.pages[*at]) else { continue };
            visit(&sequence.description, &mut |inline| {
                if let Inline::Math(formula) = inline {
                    all.push((page, formula));
                }
            });
        }
        let macros: Vec<(String, String)> = self.guide.config.macros.clone().into_iter().collect();
        let formulas = Formulas::typeset(all.iter().map(|(page, formula)| self.key(page, formula)), &macros);
        for (page, formula) in all {
            let key = self.key(page, formula);
            if let Some(Err(wrong)) = formulas.get(&key) {
                // The place inside is known only where the formula is typeset as it was written.
                let dollars = if formula.display { 2 } else { 1 };
                let inside = wrong.at.filter(|_| formula.tex == key.0 && formula.label.is_none());
                let start =
                    inside.map_or(formula.span.start, |at| (formula.span.start + dollars + at).min(formula.span.end));
                m.bad_formula(page.span(start..formula.span.end.max(start + 1)), &wrong.text);
            }
        }
        self.formulas = formulas;
    }
}
