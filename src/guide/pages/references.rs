//! The works that the site cites, and who cites each.

use serde_json::{Value, json};

use super::{Sheet, context};
use crate::guide::book::{Book, Lens};
use crate::guide::html::{Encoder, entry_html};
use crate::guide::memory::{Digest, digest};

/// Where the list is.
pub(super) const PATH: &str = "references/";

/// The digest of what the page shows besides the faces of those that cite.
pub(super) fn key(book: &Book) -> Digest {
    let all = book.works.all.as_ref().map_or(&[][..], |all| &all.digest);
    let by = format!("{:?}", book.works.by);
    digest([all, by.as_bytes()])
}

pub(super) fn references<'b>(book: &'b Book<'b>, lens: &'b Lens<'b>) -> Sheet {
    let entries = book.works.all.iter().flat_map(|all| &all.entries).filter_map(|entry| {
        let pages = book.works.by.get(&entry.key)?.iter().map(|at| &book.guide.pages[*at]);
        let pages = pages.filter(|page| !page.front.hidden).map(|page| {
            let title = Encoder::elsewhere(lens, page, PATH).in_link(&page.title);
            format!("<a href=\"../{}\">{title}</a>", crate::guide::escape::escape(&page.path))
        });
        let pages: Vec<String> = pages.collect();
        let by = format!(" <span class=\"cited-in\">Cited in {}</span>", pages.join(", "));
        // A number is that of one page only.
        (!pages.is_empty()).then(|| Value::from(entry_html(&entry.without_label(), &by)))
    });
    let entries: Vec<Value> = entries.collect();
    let math = book.works.all.as_ref().is_some_and(|all| all.math) || !entries.is_empty();
    let mut out = context(lens.config(), "references", "References", "Every work that this guide cites", PATH, math);
    out["references"] = json!({"total": entries.len(), "entries": entries});
    Sheet { path: PATH.into(), sequence: None, template: "references.html", context: out }
}
