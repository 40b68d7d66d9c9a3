//! What can be wrong with what a page cites: labels of the site, and works of others.

use crate::guide::mistake::{Code, Mistakes, Span};

impl Mistakes {
    /// The labels that may be meant come with their names and files, empty where it is plain.
    pub fn missing_label(&mut self, span: Span, label: &str, near: &[(&str, &str, &str)]) {
        let one = |(label, name, file): &(&str, &str, &str)| match name.is_empty() {
            true => format!("`@{label}`"),
            false => format!("`@{label}` ({name}, in '{file}')"),
        };
        let near: Vec<String> = near.iter().map(one).collect();
        let help = (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")));
        self.error(Code::MissingLabel, span, format!("nothing has the label `{label}`"), help);
    }

    /// In brackets a key must be one; a bare `@name` is told only if it looks like one.
    pub fn missing_reference(&mut self, span: Span, key: &str, near: &[&str], bare: bool) {
        let known: Vec<String> = near.iter().map(|near| format!("`@{near}`")).collect();
        let mut help = (!near.is_empty()).then(|| format!("did you mean {}?", known.join(" or ")));
        if bare && let Some(help) = &mut help {
            help.push_str(&format!(" If it is no citation, write `\\@{key}`"));
        }
        self.error(Code::MissingReference, span, format!("the bibliography has no entry `{key}`"), help);
    }

    pub fn nothing_to_cite(&mut self, span: Span, key: &str) {
        let text = format!("there is no bibliography that could have an entry `{key}`");
        let help =
            "name one in `theoria.yaml`: `bibliography: references.bib`; if it is no citation, write `\\[@name]`";
        self.error(Code::MissingReference, span, text, Some(help.into()));
    }

    pub fn unused_reference(&mut self, span: Span, key: &str) {
        let help = "cite it, delete it, or take `unused_references` out of `theoria.yaml`";
        self.warning(Code::UnusedReference, span, format!("no page cites `{key}`"), Some(help.into()));
    }

    pub fn no_bibliography(&mut self, span: Span, path: &str) {
        let help = "paths are relative to the page that names it, or to the site's folder";
        self.error(Code::BadBibliography, span, format!("the bibliography '{path}' does not exist"), Some(help.into()));
    }

    pub fn bad_bibliography(&mut self, span: Span, why: &str) {
        self.error(Code::BadBibliography, span, format!("this entry cannot be read: {why}"), None);
    }

    pub fn bad_work(&mut self, span: Span, why: &str) {
        let text = format!("this entry, which a page cites, cannot be shown: {why}");
        self.error(Code::BadBibliography, span, text, None);
    }

    pub fn duplicate_key(&mut self, span: Span, key: &str, first: Span) {
        let text = format!("the key `{key}` is given twice");
        self.error_with_note(Code::DuplicateLabel, span, text, (first, "first given here"), None);
    }

    pub fn bad_style(&mut self, span: Span, why: &str) {
        self.error(Code::BadBibliography, span, format!("this style cannot be used: {why}"), None);
    }

    pub fn no_style(&mut self, span: Span, name: &str, near: Option<&str>) {
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a style such as `apa` or `ieee`, or a file of the site that ends in `.csl`".to_owned(),
        };
        self.error(Code::BadBibliography, span, format!("there is no style `{name}`"), Some(help));
    }
}
