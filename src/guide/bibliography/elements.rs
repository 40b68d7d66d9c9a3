//! What a style makes of a work, as HTML.

use hayagriva::citationberg::{FontStyle, FontVariant, FontWeight, TextDecoration, VerticalAlign};
use hayagriva::{Elem, ElemChild, ElemChildren, ElemMeta, Formatted};

use crate::guide::escape::escape;
use crate::guide::formula;

/// Writes elements as HTML.
pub(super) struct Writer<'m> {
    macros: &'m [(String, String)],
    /// Whether addresses become links: not inside of a citation, which is one itself.
    links: bool,
    /// Whether names are left out: `[-@key]`.
    nameless: bool,
    pub(super) out: String,
    /// The last characters that a reader sees.
    last: [char; 2],
    pub(super) math: bool,
    /// Formulas that cannot be typeset.
    pub(super) faults: Vec<String>,
}

impl<'m> Writer<'m> {
    pub(super) fn new(macros: &'m [(String, String)], links: bool, nameless: bool) -> Writer<'m> {
        Writer { macros, links, nameless, out: String::new(), last: [' '; 2], math: false, faults: Vec::new() }
    }

    pub(super) fn children(&mut self, children: &ElemChildren) {
        children.0.iter().for_each(|child| self.child(child));
    }

    pub(super) fn child(&mut self, child: &ElemChild) {
        match child {
            ElemChild::Text(text) => self.text(text),
            ElemChild::Elem(elem) => self.elem(elem),
            ElemChild::Markup(tex) => {
                self.math = true;
                match formula::inline(tex, self.macros) {
                    Ok(html) => self.out.push_str(&html),
                    Err(wrong) => self.faults.push(wrong.text),
                }
                self.last = ['x'; 2];
            }
            ElemChild::Link { text, url } if self.links => {
                self.out.push_str(&format!("<a href=\"{}\">", escape(url)));
                self.text(text);
                self.out.push_str("</a>");
            }
            ElemChild::Link { text, .. } => self.text(text),
            ElemChild::Transparent { .. } => {}
        }
    }

    fn elem(&mut self, elem: &Elem) {
        let names = matches!(&elem.meta, Some(ElemMeta::Names(_) | ElemMeta::Name(..)));
        if names && self.nameless {
            return;
        }
        let block = elem.display.is_some();
        self.out.push_str(if block { "<span class=\"work-part\">" } else { "" });
        self.children(&elem.children);
        self.out.push_str(if block { "</span>" } else { "" });
    }

    fn text(&mut self, text: &Formatted) {
        let mut words = text.text.as_str();
        // Styles end what has ended already: a title with a full stop, an empty field.
        let ended = self.last[1] == '.' || (self.last[0] == '.' && "”’»\"".contains(self.last[1]));
        words = words.strip_prefix('.').filter(|_| ended).unwrap_or(words);
        if self.nameless && self.out.is_empty() {
            words = words.trim_start_matches([' ', ',']);
        }
        if words.is_empty() {
            return;
        }
        for c in words.chars() {
            self.last = [self.last[1], c];
        }
        let format = &text.formatting;
        let tags = [
            (format.font_style == FontStyle::Italic, "em"),
            (format.font_weight == FontWeight::Bold, "strong"),
            (format.font_variant == FontVariant::SmallCaps, "span class=\"small-caps\""),
            (format.text_decoration == TextDecoration::Underline, "u"),
            (format.vertical_align == VerticalAlign::Sup, "sup"),
            (format.vertical_align == VerticalAlign::Sub, "sub"),
        ];
        let tags: Vec<&str> = tags.iter().filter(|(on, _)| *on).map(|(_, tag)| *tag).collect();
        tags.iter().for_each(|tag| self.out.push_str(&format!("<{tag}>")));
        self.out.push_str(&escape(words));
        for tag in tags.iter().rev() {
            self.out.push_str(&format!("</{}>", tag.split(' ').next().unwrap_or_default()));
        }
    }
}
