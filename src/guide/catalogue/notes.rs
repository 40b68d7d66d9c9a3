//! Mistakes in notes, footnotes and the tips of formulas.

use crate::guide::mistake::{Code, Mistakes, Span};

impl Mistakes {
    pub fn missing_footnote(&mut self, span: Span, name: &str) {
        let help = format!("write it on a line of its own: `[^{name}]: ...`");
        self.error(Code::MissingFootnote, span, format!("there is no footnote `{name}`"), Some(help));
    }

    pub fn unused_footnote(&mut self, span: Span, name: &str) {
        let help = format!("refer to it as `[^{name}]` where it belongs, or delete it");
        self.warning(Code::UnusedFootnote, span, format!("nothing refers to the footnote `{name}`"), Some(help));
    }

    pub fn duplicate_footnote(&mut self, span: Span, name: &str, first: Span) {
        let text = format!("the footnote `{name}` is given twice");
        self.error_with_note(Code::DuplicateLabel, span, text, (first, "first given here"), None);
    }

    pub fn unclosed_note(&mut self, span: Span, sign: &str) {
        let (text, help) = match sign {
            "{tip:" => (
                "this tip is never closed with `}`, or does not follow a formula",
                "write `$x${tip: $x$: what it means}`; as text it is `\\{tip:`",
            ),
            "[> " => (
                "the side note that begins here is never closed",
                "end it with `<]` in the same paragraph; as text it is `\\[>`",
            ),
            "^[" => (
                "the note that begins here is never closed",
                "end it with `]` in the same paragraph, and write a bracket without its partner as `\\[`; as text it is `\\^[`",
            ),
            _ => (
                "the note that begins here is never closed",
                "end it with `}` in the same paragraph, and write a brace without its partner as `\\{`; as text it is `\\{fn:`",
            ),
        };
        self.error(Code::Unclosed, span, text.into(), Some(help.into()));
    }

    pub fn empty_note(&mut self, span: Span) {
        self.error(Code::BadValue, span, "this note says nothing".into(), Some("write what it should say".into()));
    }

    pub fn misplaced_note(&mut self, span: Span) {
        let text = "a note cannot stand here: this text is shown where no notes can follow";
        self.error(Code::BadValue, span, text.into(), Some("say it in the text itself".into()));
    }
}
