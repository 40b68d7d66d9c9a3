//! Citations as Markdown: labels as links.

use super::Twin;
use super::inline::literal;
use crate::guide::block::Cited;
use crate::guide::cite::is_label;

impl<'b> Twin<'b> {
    pub(super) fn cited(&mut self, cited: &'b Cited) -> String {
        if cited.items.iter().any(|item| !is_label(&item.key)) {
            return literal(&cited.written);
        }
        let items = cited.items.iter().map(|item| {
            let prefix = self.inlines(&item.prefix);
            let space = if prefix.is_empty() { "" } else { " " };
            format!("{prefix}{space}{}{}", self.reference(&item.key), self.inlines(&item.suffix))
        });
        items.collect::<Vec<_>>().join(", ")
    }
}
