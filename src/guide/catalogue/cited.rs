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
}
