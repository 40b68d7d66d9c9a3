//! Mistakes of pages that are not trusted with HTML, in the words that an author reads.

use crate::guide::mistake::{Code, Mistakes, Span};

impl Mistakes {
    pub fn unsafe_html(&mut self, span: Span, gone: &str) {
        let text = format!("`{gone}` is taken out: this guide keeps no HTML that could run, load or disguise");
        let help = "write it in Markdown, or set `unsafe_html: true` in `theoria.yaml` if you trust all who write";
        self.warning(Code::UnsafeHtml, span, text, Some(help.into()));
    }

    pub fn unsafe_address(&mut self, span: Span, to: &str) {
        let text = format!("the link to '{to}' is taken out: it does not lead to a page or to mail");
        self.warning(Code::UnsafeHtml, span, text, Some("link to `https://...`, `mailto:...` or a page".into()));
    }

    pub fn unsafe_companion(&mut self, span: Span, file: &str) {
        let text = format!("'{file}' is not loaded: this guide takes no scripts or style sheets from its pages");
        let help = "put it into a template, or set `unsafe_html: true` in `theoria.yaml` if you trust all who write";
        self.warning(Code::UnsafeHtml, span, text, Some(help.into()));
    }

    pub fn running_address(&mut self, page: &str, to: &str) {
        let text = format!("'{page}' has an address that runs code: '{to}'");
        let help = "it comes from front matter, a template or a file of the site; `unsafe_html` is off";
        self.error(Code::UnsafeHtml, Span::top(page), text, Some(help.into()));
    }
}
