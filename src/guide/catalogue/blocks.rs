//! Mistakes in blocks, images and macros.

use crate::guide::mistake::{Code, Mistakes, Span};

impl Mistakes {
    pub fn unclosed_fold(&mut self, span: Span, level: u8) {
        let signs = "#".repeat(level.into());
        let text = format!("the section that `{signs}>` opens here is never closed");
        self.error(Code::Unclosed, span, text, Some(format!("end it with a line that holds only `<{signs}`")));
    }

    pub fn needless_fold_close(&mut self, span: Span, level: u8, open: Option<u8>) {
        let text = format!("there is no open section that this `<{}` could close", "#".repeat(level.into()));
        let help = open.map(|level| format!("did you mean `<{}`?", "#".repeat(level.into())));
        self.error(Code::Unclosed, span, text, help);
    }

    pub fn fold_without_title(&mut self, span: Span, level: u8) {
        let help = format!("write it as `{}> Title`", "#".repeat(level.into()));
        self.error(Code::BadValue, span, "this section has no title to open it by".into(), Some(help));
    }

    pub fn unknown_kind(&mut self, span: Span, class: &str, near: &str) {
        let text = format!("there is no kind of block `{class}`");
        self.error(Code::UnknownKey, span, text, Some(format!("did you mean `{near}`?")));
    }

    pub fn bad_image_attributes(&mut self, span: Span) {
        let help = "write them right after the image, as `![words](a.png){#fig-name width=60% caption=\"two words\"}`";
        self.error(Code::BadValue, span, "these attributes of an image cannot be read".into(), Some(help.into()));
    }

    pub fn autoplay_with_sound(&mut self, span: Span) {
        let text = "a video that begins by itself must be silent".into();
        self.error(Code::BadValue, span, text, Some("add `muted`, or take `autoplay` away".into()));
    }

    pub fn bad_macro(&mut self, span: Span, name: &str, text: &str, near: Option<&str>) {
        let help = near.map(|near| format!("did you mean `{near}`?"));
        self.error(Code::BadMacro, span, format!("the macro `{name}` cannot be used: {text}"), help);
    }

    pub fn bad_macros(&mut self, span: Span, text: &str, help: &str) {
        self.error(Code::BadMacro, span, text.to_owned(), Some(help.to_owned()));
    }

    pub fn missing_macros(&mut self, span: Span, path: &str, near: Option<&str>) {
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a file of the site from its folder, as `static/macros.js`".to_owned(),
        };
        self.error(Code::BadMacro, span, format!("the file of macros '{path}' does not exist"), Some(help));
    }
}
