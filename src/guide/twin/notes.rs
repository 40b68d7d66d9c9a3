//! Notes as footnotes of Markdown, and what the signs of a formula mean in brackets after it.

use super::{Twin, hanging_by};
use crate::guide::block::{Footnote, Formula, Inline};

/// A note that was referred to: at the end of the source, or where it is referred to.
#[derive(Clone, Copy)]
pub(super) enum Noted<'b> {
    Apart(&'b Footnote),
    There(&'b [Inline]),
}

impl<'b> Twin<'b> {
    pub(super) fn footnote(&mut self, name: &str) -> String {
        let page = self.page;
        let Some(note) = page.text.footnote(name) else {
            return String::new();
        };
        let known = |noted: &Noted| matches!(noted, Noted::Apart(known) if std::ptr::eq(*known, note));
        if !self.notes.iter().any(known) {
            self.notes.push(Noted::Apart(note));
        }
        format!("[^{}]", note.name)
    }

    pub(super) fn note(&mut self, inlines: &'b [Inline]) -> String {
        self.notes.push(Noted::There(inlines));
        format!("[^{}]", self.name(self.notes.len()))
    }

    /// The name of a note that has none: its number, as no footnote of the page is called.
    fn name(&self, number: usize) -> String {
        let mut name = format!("note-{number}");
        while self.page.text.footnote(&name).is_some() {
            name.push('-');
        }
        name
    }

    /// The notes that were referred to; notes may refer to further notes.
    pub fn footnotes(&mut self) -> String {
        let (mut out, mut number) = (String::new(), 0);
        while let Some(noted) = self.notes.get(number).copied() {
            number += 1;
            let (name, text) = match noted {
                Noted::Apart(note) => (note.name.clone(), self.blocks(&note.blocks)),
                Noted::There(inlines) => (self.name(number), self.paragraph(inlines)),
            };
            out.push_str(&format!("\n{}\n", hanging_by(&format!("[^{name}]: "), "    ", &text)));
        }
        out
    }

    /// What the signs of a formula mean.
    pub(super) fn tip(&mut self, formula: &'b Formula) -> String {
        let terms = formula.tip.iter().map(|term| match term.sign.as_slice() {
            [] => self.line(&term.meaning),
            sign => format!("{}: {}", self.line(sign), self.line(&term.meaning)),
        });
        let terms = terms.collect::<Vec<String>>().join("; ");
        match (terms.is_empty(), formula.display) {
            (true, _) => String::new(),
            (false, true) => format!("\n\n({terms})"),
            (false, false) => format!(" ({terms})"),
        }
    }
}
