//! How a page is cited: BibTeX.

use super::block::plain;
use super::config::Config;
use super::model::Page;

/// The page as an entry of a BibTeX file.
pub fn bibtex(config: &Config, page: &Page) -> String {
    let authors = if page.front.authors.is_empty() { &config.authors } else { &page.front.authors };
    let year = page.front.date.as_ref().map(|date| date.year.to_string());
    let first = authors.first().and_then(|name| name.split_whitespace().last()).unwrap_or("guide").to_lowercase();
    let key: String =
        format!("{first}{}{}", year.as_deref().unwrap_or_default(), page.slug.split('-').next().unwrap_or_default())
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
    let mut lines = vec![format!("@misc{{{key},"), format!("  title = {{{}}},", plain(&page.title))];
    if !authors.is_empty() {
        lines.push(format!("  author = {{{}}},", authors.join(" and ")));
    }
    lines.extend(year.map(|year| format!("  year = {{{year}}},")));
    lines.push(format!("  howpublished = {{{}}},", config.title));
    if !config.url.is_empty() {
        lines.push(format!("  url = {{{}/{}}},", config.url, page.path));
    }
    lines.push("}".into());
    lines.join("\n")
}
