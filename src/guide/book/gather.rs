//! What can be cited, in reading order: labels, numbers, questions, claims and figures.

use std::collections::BTreeMap;

use super::{Book, Claimed, Drawn, Target, allowed};
use crate::guide::block::plain;
use crate::guide::cell::Cell;
use crate::guide::kind::is_family;
use crate::guide::mistake::{Mistakes, Span};
use crate::guide::model::{Kind, Page};
use crate::guide::outline::Place;
use crate::guide::sections::numbers;
use crate::guide::{number, plot};
use crate::record::Claim;

/// Counts what is numbered: by chapter where chapters are, else through the sequence, else on one page.
#[derive(Default)]
pub(super) struct Counter {
    sequence: Option<usize>,
    chapter: Option<usize>,
    counts: BTreeMap<&'static str, usize>,
}

impl Counter {
    /// Turns to the next page.
    pub(super) fn turn(&mut self, page: &Page) {
        let on = page.sequence().is_some() && page.sequence() == self.sequence && page.number().is_none();
        if !on {
            self.counts.clear();
        }
        (self.sequence, self.chapter) = (page.sequence(), page.number());
    }

    /// The next number of its kind: `2.1` in chapter 2, else `1`.
    fn next(&mut self, kind: &'static str) -> String {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        self.chapter.map_or(count.to_string(), |chapter| format!("{chapter}.{count}"))
    }
}

impl<'a> Book<'a> {
    /// `{{x.value}}` and `after: x` must mean one cell, be it `x`, `fig-x` or `tbl-x`.
    pub(super) fn check_short_names(&self, m: &mut Mistakes) {
        let mut seen: BTreeMap<String, &Cell> = BTreeMap::new();
        for cell in self.guide.pages.iter().flat_map(|page| &page.text.cells) {
            // Their files would be one where names are told apart without regard to case.
            let name = cell.short_name().to_lowercase();
            match seen.get(&name) {
                Some(first) if first.label != cell.label => {
                    m.duplicate_label(cell.span.marks(), cell.short_name(), first.span.marks());
                }
                _ => drop(seen.insert(name, cell)),
            }
        }
    }

    pub(super) fn gather(&mut self, index: usize, page: &'a Page, counter: &mut Counter, m: &mut Mistakes) {
        let number = page.number().map_or(String::new(), |number| number.to_string());
        let name = if number.is_empty() { plain(&page.title) } else { format!("Chapter {number}") };
        let top = page.span(0..1);
        for (id, span, first) in &page.outline.twice {
            m.duplicate_label(page.span(span.clone()), id, page.span(first.clone()));
        }
        if !matches!(page.kind, Kind::Questions | Kind::Discussion) {
            let target = Target { page: index, anchor: String::new(), name, number, span: top };
            self.target(format!("ch-{}", page.slug), target, m);
        }
        let sections = numbers(page);
        for place in &page.outline.places {
            match place {
                Place::Section { id, name, span } => {
                    let (anchor, span) = (id.clone(), page.span(span.clone()));
                    let number = sections.get(id.as_str()).cloned().unwrap_or_default();
                    let name = if number.is_empty() { name.clone() } else { format!("Section {number}") };
                    let target = Target { page: index, anchor, name, number, span };
                    self.target(id.clone(), target, m);
                }
                Place::Theorem { id, kind, span } => {
                    let number = counter.next(kind.name());
                    let (anchor, span) = (id.clone(), page.span(span.clone()));
                    let name = format!("{} {number}", kind.title());
                    self.numbered.insert((index, id.clone()), name.clone());
                    if is_family(id) {
                        self.target(id.clone(), Target { page: index, anchor, name, number, span }, m);
                    }
                }
                Place::Shown { id, span } => {
                    let (kind, title) = if id.starts_with("fig-") { ("figure", "Figure") } else { ("table", "Table") };
                    let number = counter.next(kind);
                    let (anchor, name, span) = (id.clone(), format!("{title} {number}"), page.span(span.clone()));
                    self.numbered.insert((index, id.clone()), name.clone());
                    self.target(id.clone(), Target { page: index, anchor, name, number, span }, m);
                }
                Place::Cell(at) => self.gather_cell(index, &page.text.cells[*at], counter, m),
                // They are counted when all pages are known.
                Place::Question(_) => {}
                Place::Equation { label, tag, span } => {
                    let span = page.span(span.clone());
                    self.gather_equation(index, label, tag.as_ref(), span, counter, m);
                }
            }
        }
    }

    fn gather_equation(
        &mut self,
        index: usize,
        label: &str,
        tag: Option<&String>,
        span: Span,
        counter: &mut Counter,
        m: &mut Mistakes,
    ) {
        if self.targets.get(label).is_some_and(|known| known.span == span) {
            return;
        }
        if !label.starts_with("eq-") {
            m.bad_equation_label(span.clone(), label);
        }
        let number = tag.cloned().unwrap_or_else(|| counter.next("equation"));
        let name = format!("({number})");
        self.target(label.to_owned(), Target { page: index, anchor: label.to_owned(), name, number, span }, m);
    }

    fn gather_cell(&mut self, index: usize, cell: &'a Cell, counter: &mut Counter, m: &mut Mistakes) {
        let label = &cell.label;
        let record = self.ledger.entries.get(label).map(|entry| &*entry.record);
        let name = if label.starts_with("fig-") {
            let number = counter.next("figure");
            (format!("Figure {number}"), number)
        } else if label.starts_with("tbl-") {
            let number = counter.next("table");
            (format!("Table {number}"), number)
        } else {
            (format!("the cell ‘{label}’"), String::new())
        };
        self.target(
            label.clone(),
            Target { page: index, anchor: label.clone(), name: name.0, number: name.1, span: cell.span.clone() },
            m,
        );
        let Some(record) = record else { return };
        let problems = record.panels.iter().flat_map(plot::problems);
        for problem in problems.chain(record.galleries.iter().flat_map(plot::gallery_problems)) {
            m.not_drawn(cell.span.marks(), label, &problem);
        }
        if record.is_figure() {
            let fence = cell.span.marks();
            if !label.starts_with("fig-") {
                m.figure_without(fence.clone(), label, "label that can be cited");
            }
            if cell.caption.is_empty() {
                m.figure_without(fence.clone(), label, "caption");
            }
            if cell.alt.is_empty() {
                m.figure_without(fence, label, "alt");
            }
            self.figures.push(Drawn { page: index, cell, record });
        }
        for claim in &record.claims {
            let label = claim.label();
            self.shown[index].insert(label.clone());
            let number = counter.next("claim");
            let span = cell.span.marks();
            let name = format!("Claim {number}");
            self.target(label.clone(), Target { page: index, anchor: label, name, number, span: span.clone() }, m);
            if !claim.holds() {
                tell_broken(claim, span, m);
            }
            self.claims.push(Claimed { page: index, cell, claim });
        }
    }

    pub(super) fn target(&mut self, label: String, target: Target, m: &mut Mistakes) {
        match self.targets.get(&label) {
            None => drop(self.targets.insert(label, target)),
            // It is a mistake only where it is cited.
            Some(first) if first.anchor.is_empty() && target.anchor.is_empty() => {
                self.ambiguous.entry(label).or_insert([first.page, target.page]);
            }
            Some(first) => m.duplicate_label(target.span, &label, first.span.clone()),
        }
    }
}

/// Tells that a claim does not hold.
pub fn tell_broken(claim: &Claim, span: Span, m: &mut Mistakes) {
    let number = |number| number::significant(number, 6);
    m.claim_broken(span, &claim.name, &number(claim.measured), &number(claim.predicted), &allowed(claim));
}
