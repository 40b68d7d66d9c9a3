//! What comes of asking for the addresses outside of the site, in the words that an author reads.

use crate::guide::mistake::{Code, Mistake, Mistakes, Note, Severity};
use crate::guide::outside::Outside;

impl Mistakes {
    pub fn dead_outside(&mut self, outside: &Outside, why: &str) {
        let text = format!("'{}' is not there: {why}", outside.url);
        let help = "find its new address, or one of a copy, as at web.archive.org";
        self.outside(Code::DeadOutsideLink, Severity::Error, outside, text, help.into());
    }

    pub fn moved_outside(&mut self, outside: &Outside, to: &str) {
        let text = format!("'{}' has moved for good", outside.url);
        self.outside(Code::MovedLink, Severity::Warning, outside, text, format!("write `{to}`"));
    }

    pub fn undecided_outside(&mut self, outside: &Outside, why: &str) {
        let text = format!("nobody knows whether '{}' is there: {why}", outside.url);
        let help = "look yourself; to ask no more, add it to `links: {ignore: [...]}` in `theoria.yaml`";
        self.outside(Code::UndecidedLink, Severity::Warning, outside, text, help.into());
    }

    fn outside(&mut self, code: Code, severity: Severity, outside: &Outside, text: String, help: String) {
        let mut spans = outside.spans.iter().cloned();
        let Some(span) = spans.next() else { return };
        let notes = spans.map(|span| Note { span: Some(span), text: "and here".into() }).collect();
        self.push(Mistake { code, severity, span, text, notes, help: Some(help) });
    }
}
