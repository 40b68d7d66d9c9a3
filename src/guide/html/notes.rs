//! Notes: their marks in the text, their list at its end, those in the margin, and what the signs of a formula mean.

use std::fmt::Write;

use super::Encoder;
use crate::guide::block::{Footnote, Formula, Inline};

/// A note that was referred to, and how often.
pub(super) struct Noted<'b> {
    said: Said<'b>,
    times: usize,
}

enum Said<'b> {
    /// At the end of the source, under a name.
    Apart(&'b Footnote),
    /// Where it is referred to.
    There(&'b [Inline]),
}

impl<'b> Encoder<'b> {
    pub(super) fn footnote_mark(&mut self, name: &str, out: &mut String) {
        let page = self.page;
        let Some(note) = page.text.footnote(name) else { return };
        let known = |noted: &Noted| matches!(noted.said, Said::Apart(known) if std::ptr::eq(known, note));
        match self.notes.iter().position(known) {
            Some(at) => self.note_reference(at, out),
            None => self.new_note(Said::Apart(note), out),
        }
    }

    pub(super) fn note_mark(&mut self, inlines: &'b [Inline], out: &mut String) {
        self.new_note(Said::There(inlines), out);
    }

    fn new_note(&mut self, said: Said<'b>, out: &mut String) {
        if self.footnoted {
            self.notes.push(Noted { said, times: 0 });
            self.note_reference(self.notes.len() - 1, out);
        }
    }

    fn note_reference(&mut self, at: usize, out: &mut String) {
        let (noted, number) = (&mut self.notes[at], at + 1);
        noted.times += 1;
        let id = reference_id(number, noted.times);
        if out.ends_with("</a></sup>") {
            // Two numbers in a row would be read as one.
            out.push_str("<sup class=\"footnote-ref\">,</sup>");
        }
        let _ = write!(
            out,
            "<sup class=\"footnote-ref\"><a href=\"#fn-{number}\" id=\"{id}\" role=\"doc-noteref\">{number}</a></sup>"
        );
    }

    /// The notes that were referred to; notes may refer to further notes.
    pub fn footnotes(&mut self) -> String {
        let mut texts = Vec::new();
        while let Some(noted) = self.notes.get(texts.len()) {
            let text = match noted.said {
                Said::Apart(note) => self.blocks(&note.blocks).trim_end().to_owned(),
                Said::There(inlines) => format!("<p>{}</p>", self.inlines(inlines)),
            };
            texts.push(text);
        }
        let mut out = String::new();
        for (at, (mut text, noted)) in texts.into_iter().zip(&self.notes).enumerate() {
            let number = at + 1;
            let end = if text.ends_with("</p>") { text.len() - 4 } else { text.len() };
            text.insert_str(end, &ways_back(number, noted.times));
            let _ = writeln!(out, "<li id=\"fn-{number}\">{text}</li>");
        }
        if out.is_empty() {
            return out;
        }
        format!("<section class=\"footnotes\" role=\"doc-endnotes\" aria-label=\"Notes\"><ol>\n{out}</ol></section>\n")
    }

    /// A note in the margin. Where there is none, the box before it opens it; no script is needed.
    pub(super) fn side(&mut self, inlines: &'b [Inline], out: &mut String) {
        if self.footnoted {
            let text = self.inlines(inlines);
            let _ = write!(
                out,
                "<input type=\"checkbox\" class=\"side-switch\" aria-label=\"Show the side note\">\
                 <span class=\"sidenote\" role=\"note\">{text}</span>"
            );
        }
    }

    /// A paragraph that is nothing but a note in the margin.
    pub(super) fn aside(&mut self, inlines: &'b [Inline]) -> String {
        let [Inline::Side { inlines, .. }] = inlines else { return String::new() };
        format!("<div class=\"sidenote\" role=\"note\">{}</div>", self.inlines(inlines))
    }

    /// The id of a formula, and marks for its other labels.
    fn formula_ids(&self, formula: &Formula) -> (String, String) {
        let mut ids = formula.labels.iter().map(|(_, label)| self.id(label)).filter(|id| !id.is_empty());
        let first = ids.next().unwrap_or_default();
        (first, ids.map(|id| format!("<span{id}></span>")).collect())
    }

    /// A formula, with what its signs mean if it is said.
    pub(super) fn math(&mut self, formula: &'b Formula, element: &str) -> String {
        let (id, more) = self.formula_ids(formula);
        let class = if formula.display { "math display" } else { "math" };
        let html = self.lens.formula(self.page, formula);
        if formula.tip.is_empty() || !self.footnoted {
            return format!("<{element} class=\"{class}\"{id}>{more}{html}</{element}>");
        }
        self.tips += 1;
        let tip = self.tips;
        let mut terms = String::new();
        for term in &formula.tip {
            let sign = self.inlines(&term.sign);
            let sign = if sign.is_empty() { sign } else { format!("<span class=\"sign\">{sign}</span> ") };
            let _ = write!(terms, "<span class=\"term\">{sign}<span>{}</span></span> ", self.inlines(&term.meaning));
        }
        format!(
            "<{element} class=\"{class} tipped\"{id} tabindex=\"0\" aria-describedby=\"tip-{tip}\">{more}{html}\
             <span class=\"tip\" id=\"tip-{tip}\" role=\"tooltip\">{}</span></{element}>",
            terms.trim_end()
        )
    }
}

/// The id of a reference to a note, which may be one of many.
fn reference_id(number: usize, time: usize) -> String {
    if time == 1 { format!("fnref-{number}") } else { format!("fnref-{number}-{time}") }
}

/// Links from a note to every place that refers to it: `↩`, or `↩ a b c`.
fn ways_back(number: usize, times: usize) -> String {
    let link = |time: usize, label: &str, text: &str| {
        let id = reference_id(number, time);
        format!("<a class=\"back\" href=\"#{id}\" role=\"doc-backlink\" aria-label=\"{label}\">{text}</a>")
    };
    const ARROW: &str = "↩&#xFE0E;";
    if times < 2 {
        return format!(" {}", link(1, "Back to the text", ARROW));
    }
    let links = (1..=times).map(|time| {
        let letter = letters(time);
        format!(" {}", link(time, &format!("Back to the text, place {letter}"), &letter))
    });
    format!(" <span class=\"back\">{ARROW}</span>{}", links.collect::<String>())
}

/// A, b, ..., z, aa, ab and so on, small.
fn letters(mut number: usize) -> String {
    let mut out = String::new();
    while number > 0 {
        number -= 1;
        out.insert(0, char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    out
}
