//! Mistakes over which readers would stumble, in the words that an author reads.

use crate::guide::mistake::{Code, Mistakes, Span};

impl Mistakes {
    pub fn missing_alt(&mut self, span: Span, from: &str) {
        let text = format!("the image '{from}' has no words for those who cannot see it");
        let help = "write what it shows between the brackets, `![A spiral of points](spiral.png)`, or as `alt=\"A spiral of points\"`; for one that only adorns, write `alt=\"\"`";
        self.warning(Code::MissingAlt, span, text, Some(help.into()));
    }

    pub fn name_as_alt(&mut self, span: Span, alt: &str) {
        let text = format!("the words for those who cannot see this image are only its name, '{alt}'");
        self.warning(Code::MissingAlt, span, text, Some("say what it shows".into()));
    }

    pub fn empty_link(&mut self, span: Span) {
        let help = "write the words that readers press: `[words](address)`";
        self.warning(Code::EmptyLink, span, "this link has no words".into(), Some(help.into()));
    }

    pub fn link_to_nothing(&mut self, span: Span) {
        let help = "write the address: `[words](address)`; a place on this page is `[words](#id)`";
        self.warning(Code::EmptyLink, span, "this link has no address".into(), Some(help.into()));
    }

    pub fn heading_jump(&mut self, span: Span, level: u8, last: u8) {
        let after = match last {
            1 => "the title of the page".to_owned(),
            _ => format!("a heading of level {last}"),
        };
        let text = format!("this heading of level {level} follows {after}: those who listen to the page miss a level");
        let help = format!("write it with {} signs: `{} ...`", last + 1, "#".repeat(usize::from(last) + 1));
        self.warning(Code::HeadingJump, span, text, Some(help));
    }

    pub fn ambiguous_chapter(&mut self, span: Span, label: &str, files: [&str; 2]) {
        let text = format!("`{label}` could be either of two pages: '{}' and '{}'", files[0], files[1]);
        self.error(Code::DuplicateLabel, span, text, Some("give one of the two files another name".into()));
    }

    pub fn orphan_page(&mut self, file: &str) {
        let text = "no page leads to this one: readers cannot find it".into();
        let help = "link to it, list it in a template, or say `hidden: true` in its front matter if only those who know its address should see it";
        self.error(Code::OrphanPage, Span::top(file), text, Some(help.into()));
    }

    pub fn orphan_file(&mut self, file: &str) {
        let help = "show it, delete it, or move it to `static/` if something else needs it";
        self.warning(Code::OrphanFile, Span::top(file), "no page shows this file".into(), Some(help.into()));
    }

    pub fn unused_template(&mut self, file: &str, near: Option<&str>) {
        let text = "no page is made by this template, and no template uses it".into();
        let help = match near {
            Some(near) => format!("did you mean `templates/{near}.html`?"),
            None => "include or extend it in another template, or delete it".into(),
        };
        match near {
            Some(_) => self.error(Code::UnusedTemplate, Span::top(file), text, Some(help)),
            None => self.warning(Code::UnusedTemplate, Span::top(file), text, Some(help)),
        }
    }
}
