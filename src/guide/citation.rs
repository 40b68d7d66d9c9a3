//! How a page is cited: BibTeX.

use super::block::{Inline, plain};
use super::config::Config;
use super::date::Date;
use super::model::Page;

/// BibTeX's own names of the months, which styles write in their language.
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The page as an entry of a BibTeX file: a chapter as a part of its sequence, any other page by itself. `sequence` is the title
/// of the page's sequence.
pub fn bibtex(config: &Config, page: &Page, sequence: Option<&str>) -> String {
    let authors: Vec<String> = match &page.front.display_author {
        Some(name) => vec![format!("{{{}}}", escaped(name))],
        None => page.authors(config).iter().map(|name| person(name)).collect(),
    };
    let date = page.front.date.as_ref();
    let in_place = |text: &str| format!("{{{}}}", escaped(text));
    let mut fields = vec![("title", format!("{{{}}}", title(&page.title)))];
    if !authors.is_empty() {
        fields.insert(0, ("author", format!("{{{}}}", authors.join(" and "))));
    }
    match sequence {
        Some(sequence) => fields.extend([("booktitle", in_place(sequence)), ("publisher", in_place(&config.title))]),
        None => fields.push(("howpublished", in_place(&config.title))),
    }
    fields.extend(page.number().map(|number| ("chapter", format!("{{{number}}}"))));
    fields.extend(date.map(|date| ("year", format!("{{{}}}", date.year))));
    let month = date.and_then(|date| MONTHS.get(usize::from(date.month?).checked_sub(1)?));
    fields.extend(month.map(|month| ("month", (*month).to_owned())));
    if !config.url.is_empty() {
        fields.push(("url", format!("{{{}/{}}}", config.url, page.path)));
    }
    let kind = if sequence.is_some() { "incollection" } else { "misc" };
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("  {name} = {value},\n")).collect();
    format!("@{kind}{{{},\n{}}}", key(page.authors(config), date, &page.path), fields.concat())
}

/// The first author's last name, the year and the page's address, which no other page has: `lovelace2026:sequence/page`.
fn key(authors: &[String], date: Option<&Date>, path: &str) -> String {
    let first = authors.first().and_then(|name| name.split_whitespace().last()).unwrap_or("guide").to_lowercase();
    let first: String = first.chars().filter(char::is_ascii_alphanumeric).collect();
    let year = date.map_or(String::new(), |date| date.year.to_string());
    // What would end a key stands in no address that we make but those that an author names.
    let place: String = path.trim_matches('/').chars().filter(|c| !"{}(),=#%\\\"'~ ".contains(*c)).collect();
    let place = if place.is_empty() { place } else { format!(":{place}") };
    format!("{}{year}{place}", if first.is_empty() { "guide" } else { &first })
}

/// A name as BibTeX reads it: one that it would take for two, or turn about, is kept together.
fn person(name: &str) -> String {
    let name = escaped(name);
    if name.contains(',') || name.split_whitespace().any(|word| word.eq_ignore_ascii_case("and")) {
        format!("{{{name}}}")
    } else {
        name
    }
}

/// Words, with formulas as formulas; capitals inside a title are kept from styles that write titles small.
fn title(inlines: &[Inline]) -> String {
    let mut out = String::new();
    for inline in inlines {
        match inline {
            Inline::Math(formula) => out.push_str(&format!("{{${}$}}", formula.tex)),
            Inline::Emphasis(inner)
            | Inline::Strong(inner)
            | Inline::Strikethrough(inner)
            | Inline::Link { inlines: inner, .. } => out.push_str(&title(inner)),
            other => out.push_str(&words(&plain(std::slice::from_ref(other)))),
        }
    }
    out
}

/// Escaped words, those with a capital behind their first letter in braces.
fn words(text: &str) -> String {
    let word = |word: &str| {
        let kept = word.chars().skip(1).any(char::is_uppercase);
        if kept { format!("{{{}}}", escaped(word)) } else { escaped(word) }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Text as LaTeX sets it. Braces are named, because BibTeX counts even those behind a backslash.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' => out.extend(['\\', c]),
            '{' => out.push_str("{\\textbraceleft}"),
            '}' => out.push_str("{\\textbraceright}"),
            '\\' => out.push_str("{\\textbackslash}"),
            '~' => out.push_str("{\\textasciitilde}"),
            '^' => out.push_str("{\\textasciicircum}"),
            _ => out.push(c),
        }
    }
    out
}
