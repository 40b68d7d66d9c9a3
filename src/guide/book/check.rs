//! What is asked for and is not there: labels, values, links, formulas that cannot be typeset.

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::Book;
use crate::guide::address::leaves_site;
use crate::guide::block::Hole;
use crate::guide::front::Named;
use crate::guide::key::front as key;
use crate::guide::memory::Memory;
use crate::guide::mistake::{Mistakes, Span};
use crate::guide::model::Page;
use crate::guide::outline::Ask;
use crate::guide::plan::join;
use crate::guide::redirect::Redirect;
use crate::guide::yaml::{nearest, nearest_few};
use crate::guide::{link, number, safe};

impl<'a> Book<'a> {
    /// The figure that the config chooses for the home page.
    pub(super) fn check_highlight(&self, m: &mut Mistakes) {
        let label = &self.guide.config.highlight;
        let cells = || self.guide.pages.iter().flat_map(|page| &page.text.cells).map(|cell| cell.label.as_str());
        if !label.is_empty() && !cells().any(|known| known == label) {
            let near: Vec<_> = nearest_few(label, cells()).into_iter().map(|near| (near, "", "")).collect();
            m.missing_label(Span::top(crate::guide::config::FILE), label, &near);
        }
    }

    /// Where former addresses lead.
    pub(super) fn check_redirects(&self, m: &mut Mistakes) {
        for Redirect { from, to, span } in &self.guide.redirects {
            let path = to.split(['#', '?']).next().unwrap_or(to);
            if !leaves_site(to) && link::address_exists(self, path).is_none() {
                m.dead_redirect(span.clone(), from, to);
            }
        }
    }

    /// Checks every page but those that were free of mistakes in this same world.
    pub(super) fn check(&self, memory: &mut Memory, m: &mut Mistakes) {
        let (world, clean) = std::mem::take(&mut memory.clean);
        let known = |page: &&Page| clean.get(&page.file).is_some_and(|old| Arc::ptr_eq(old, &page.written));
        let pages: Vec<&Page> = self.guide.pages.iter().filter(|page| world != self.world || !known(page)).collect();
        let checked: Vec<Mistakes> = pages.par_iter().map(|page| self.check_inlines(page)).collect();
        let wrong = pages.iter().zip(&checked).filter(|(_, wrong)| !wrong.is_empty());
        let wrong: HashSet<&str> = wrong.map(|(page, _)| &*page.file).collect();
        let good = self.guide.pages.iter().filter(|page| !wrong.contains(&*page.file));
        memory.clean = (self.world, good.map(|page| (Arc::clone(&page.file), Arc::clone(&page.written))).collect());
        checked.into_iter().for_each(|wrong| m.append(wrong));
    }

    /// References, holes and links of a page, each checked where it stands.
    fn check_inlines(&self, page: &Page) -> Mistakes {
        let mut mistakes = Mistakes::default();
        let m = &mut mistakes;
        if !self.guide.config.unsafe_html {
            page.companions.iter().for_each(|file| m.unsafe_companion(page.span(0..1), file));
        }
        let image = page.front.image.as_ref().and_then(|image| image.path.as_deref());
        for picture in image.into_iter().chain(page.front.thumbnail.as_deref()) {
            link::check_picture(self, page, picture, page.span(0..1), m);
        }
        for (named, key) in [(&page.front.scripts, key::SCRIPTS), (&page.front.styles, key::STYLES)] {
            let Named::These(files) = named else { continue };
            for file in files.iter().filter(|file| !leaves_site(file)) {
                if !self.index.assets.contains_key(join(&page.file, file).as_str()) {
                    m.missing_companion(page.place(key), file);
                }
            }
        }
        for ask in &page.outline.asks {
            match ask {
                Ask::Label(label, span) => self.check_label(label, page.span(span.clone()), m),
                Ask::Key { key, grouped, span } => self.check_key(page, key, *grouped, page.span(span.clone()), m),
                Ask::Question(name, span) => {
                    if self.question(name).is_none() {
                        let near = nearest(name, self.names.keys().map(String::as_str));
                        m.missing_question(page.span(span.clone()), name, near);
                    }
                }
                Ask::Hole(hole, span) => self.check_hole(page, hole, page.span(span.clone()), m),
                Ask::Link(to, span) => {
                    let span = page.span(span.clone());
                    link::holes(to).iter().for_each(|hole| self.check_hole(page, hole, span.clone(), m));
                    link::check(self, page, &link::fill(self, page, to), span, m);
                }
                Ask::Html(html, in_line, span) => {
                    let taken = (!self.guide.config.unsafe_html).then(|| safe::taken(html, *in_line)).flatten();
                    taken.into_iter().for_each(|gone| m.unsafe_html(page.span(span.clone()), &gone));
                }
                Ask::Image(from, span) => link::check(self, page, from, page.span(span.clone()), m),
            }
        }
        mistakes
    }

    /// Tells a label that nothing has, with those that may be meant.
    pub fn check_label(&self, label: &str, span: Span, m: &mut Mistakes) {
        if let Some(pages) = self.ambiguous.get(label) {
            return m.ambiguous_chapter(span, label, pages.map(|at| &*self.guide.pages[at].file));
        }
        // A claim is known by its cell's record: without one, the missing record is the mistake.
        if self.targets.contains_key(label) || (label.starts_with("claim-") && self.lacks_records()) {
            return;
        }
        let near = nearest_few(label, self.targets.keys().map(String::as_str));
        let near: Vec<(&str, &str, &str)> = near
            .into_iter()
            .filter_map(|near| Some((near, self.targets.get(near)?)))
            .map(|(near, target)| (near, target.name.as_str(), &*target.span.file))
            .collect();
        m.missing_label(span, label, &near);
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
}
