//! The numbers of sections, in sequences that ask for them.

use std::collections::BTreeMap;

use super::model::Page;

/// The number of each section by its id: `2.1` is the first of chapter 2, `2.1.3` the third inside it; what lies deeper has none, as
/// have sections marked `{.unnumbered}` and the list of works.
pub fn numbers(page: &Page) -> BTreeMap<&str, String> {
    let mut out = BTreeMap::new();
    if !page.section_numbers {
        return out;
    }
    let chapter = page.number().map_or(String::new(), |number| format!("{number}."));
    let (mut outer, mut inner) = (0, 0);
    for section in &page.outline.sections {
        let number = match section.level {
            Some(1 | 2) => {
                // The page's title is its only heading of the first level.
                (outer, inner) = (outer + 1, 0);
                format!("{chapter}{outer}")
            }
            Some(3) => {
                inner += 1;
                format!("{chapter}{outer}.{inner}")
            }
            _ => continue,
        };
        out.insert(section.id.as_str(), number);
    }
    out
}
