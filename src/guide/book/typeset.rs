//! Formulas as they are typeset: holes filled, numbers and references put in; and what cannot be typeset.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::Book;
use crate::guide::block::{Formula, Inline, visit};
use crate::guide::formula::{Formulas, Key, Wrong};
use crate::guide::inline::formula_holes;
use crate::guide::memory::Memory;
use crate::guide::mistake::{Mistakes, Span};
use crate::guide::model::Page;
use crate::guide::outline::Outline;
use crate::guide::places::Places;
use crate::guide::{latex, number};

impl Book<'_> {
    /// The formula as it is typeset.
    pub fn key(&self, page: &Page, formula: &Formula) -> Key {
        self.set(page, formula).0
    }

    /// The same, and where its parts lie in the formula's LaTeX.
    fn set(&self, page: &Page, formula: &Formula) -> (Key, Places) {
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        for (range, hole) in formula_holes(&formula.tex) {
            edits.push((range, number::latex(&self.fill(page, &hole))));
        }
        for reference in latex::references(&formula.tex) {
            let number = self.targets.get(reference.label).map_or("?", |target| &target.number);
            let text = if reference.parentheses { format!("({number})") } else { number.to_owned() };
            edits.push((reference.range, format!("\\text{{{text}}}")));
        }
        // Rows are numbered by their labels alone.
        edits.extend(latex::numbering(&formula.tex).into_iter().map(|name| (name.end..name.end, "*".to_owned())));
        for (at, label) in &formula.labels {
            if let Some(target) = self.targets.get(label).filter(|_| latex::tag(&formula.tex, *at).is_none()) {
                edits.push((*at..*at, format!("\\tag{{{}}}", target.number)));
            }
        }
        edits.sort_by_key(|(range, _)| range.start);
        let (mut tex, mut places, mut done) = (String::new(), Places::default(), 0);
        for (range, text) in edits {
            if range.start < done {
                continue;
            }
            places.push(tex.len(), done);
            tex.push_str(&formula.tex[done..range.start]);
            places.push(tex.len(), range.start);
            tex.push_str(&text);
            done = range.end;
        }
        places.push(tex.len(), done);
        tex.push_str(&formula.tex[done..]);
        ((tex, formula.display), places)
    }

    /// Typesets all formulas. Of a page whose formulas are known to be right only those that others fill are looked at, and
    /// none in a world that is as it was.
    pub(super) fn typeset(&mut self, settled: bool, memory: &mut Memory, m: &mut Mistakes) {
        let config = &self.guide.config;
        let macros: Vec<(String, String)> = config.macros.clone().into_iter().collect();
        let formulas = Arc::make_mut(&mut memory.formulas);
        self.forget(formulas);
        let mut set = std::mem::take(&mut memory.typeset);
        if formulas.macros() != macros {
            set.clear();
        }
        let mut all: Vec<(&Page, &Formula)> = Vec::new();
        for page in &self.guide.pages {
            let Outline { formulas, filled, .. } = &page.outline;
            match set.get(&page.file).is_some_and(|old| Arc::ptr_eq(old, &page.written)) {
                true if settled => {}
                true => all.extend(filled.iter().map(|at| (page, &formulas[*at]))),
                false => all.extend(formulas.iter().map(|formula| (page, formula))),
            }
        }
        for sequence in &self.guide.sequences {
            let Some(page) = sequence.chapters.first().map(|at| &self.guide.pages[*at]) else { continue };
            visit(&sequence.description, &mut |inline| {
                if let Inline::Math(formula) = inline {
                    all.push((page, formula));
                }
            });
        }
        let keys: Vec<(Key, Places)> = all.iter().map(|(page, formula)| self.set(page, formula)).collect();
        formulas.add(keys.iter().map(|(key, _)| key), &macros);
        for (name, wrong) in formulas.wrong_macros() {
            let place = config.macro_places.get(name).cloned();
            m.bad_macro(
                place.unwrap_or_else(|| Span::top(crate::guide::config::FILE)),
                name,
                &wrong.text,
                wrong.near.as_deref(),
            );
        }
        let mut faulty = HashSet::new();
        for ((page, formula), (key, places)) in all.into_iter().zip(&keys) {
            let Some(Err(wrong)) = formulas.get(key) else { continue };
            faulty.insert(&page.file);
            // A wrong macro was told at its own place, and not at each of its uses.
            if !wrong.by_macro {
                let span = page.span(place(formula, wrong, places));
                m.bad_formula(span, &wrong.text, wrong.near.as_deref());
            }
        }
        let good = self.guide.pages.iter().filter(|page| !faulty.contains(&page.file));
        memory.typeset = good.map(|page| (Arc::clone(&page.file), Arc::clone(&page.written))).collect();
        self.formulas = Arc::clone(&memory.formulas);
    }

    /// Forgets formulas that no page has any more, as soon as there are as many of them as of the others.
    fn forget(&self, formulas: &mut Formulas) {
        let pages = self.guide.pages.iter();
        if formulas.len() > 100 + 2 * pages.clone().map(|page| page.outline.formulas.len()).sum::<usize>() {
            let all = pages.flat_map(|page| page.outline.formulas.iter().map(move |formula| self.key(page, formula)));
            formulas.keep(&all.collect());
        }
    }
}

/// Where in the file a formula is wrong: at the place that the typesetter names, if that lies in the file.
fn place(formula: &Formula, wrong: &Wrong, places: &Places) -> Range<usize> {
    let whole = formula.span.clone();
    let inside = wrong.at.and_then(|at| formula.places.find(places.find(at)?));
    let Some(start) = inside.filter(|start| whole.contains(start)) else { return whole };
    let end = wrong.length.map_or(whole.end, |length| (start + length).min(whole.end));
    start..end.max(start + 1)
}
