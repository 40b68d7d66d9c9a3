//! Blocks between fences and HTML, as Markdown that any reader knows.

use super::Twin;
use crate::guide::block::{Div, Html, Inline};
use crate::guide::kind::Kind;
use crate::guide::safe;

impl<'b> Twin<'b> {
    pub(super) fn div(&mut self, div: &'b Div) -> String {
        let title = self.line(&div.title);
        let head = match div.kind {
            Kind::Plain | Kind::Tabs | Kind::Tab if title.is_empty() => String::new(),
            Kind::Plain | Kind::Tabs | Kind::Tab | Kind::Details if !title.is_empty() => format!("**{title}**\n\n"),
            Kind::Proof if title.starts_with("of ") => format!("*Proof {title}.*\n\n"),
            kind => {
                let number = self.lens.numbered(self.page, &div.id);
                let name = if number.is_empty() { kind.title() } else { number.to_owned() };
                let title = if title.is_empty() { title } else { format!(" ({title})") };
                format!("**{name}{title}.**\n\n")
            }
        };
        head + &self.blocks(&div.blocks)
    }

    /// The caption of a figure or a table, with its number.
    pub(super) fn caption(&mut self, id: &str, inlines: &'b [Inline]) -> String {
        let (name, words) = (self.lens.numbered(self.page, id), self.line(inlines));
        let name = if name.is_empty() { String::new() } else { format!("**{name}.** ") };
        format!("{name}{words}").trim_end().to_owned()
    }

    /// HTML as its author wrote it, its addresses as seen from here.
    pub(super) fn raw(&self, html: &Html) -> String {
        let (mut out, mut done) = (String::new(), 0);
        for address in &html.addresses {
            out.push_str(&html.text[done..address.at.start]);
            out.push_str(&self.href(&address.to));
            done = address.at.end;
        }
        out.push_str(&html.text[done..]);
        if self.lens.config().unsafe_html { out } else { safe::block(&out) }
    }
}
