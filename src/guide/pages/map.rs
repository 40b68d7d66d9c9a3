//! What search engines and programs that read are told: sitemap.xml, robots.txt and llms.txt.

use std::fmt::Write;

use super::{Leaf, Whole};
use crate::guide::address::encode;
use crate::guide::block::plain;
use crate::guide::book::Lens;
use crate::guide::config::Config;
use crate::guide::date::Date;
use crate::guide::escape::escape;
use crate::guide::listed::Listing;
use crate::guide::model::{Kind, Page};

/// The addresses of all pages that are listed anywhere; nothing without an address of the site.
pub(super) fn sitemap(whole: &Whole) -> String {
    let url = &whole.book.guide.config.url;
    if url.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for leaf in whole.leaves() {
        let path = leaf.path(whole);
        let is_page = path.is_empty() || path.ends_with('/');
        let is_listed = |page: &Page| page.kind == Kind::Home || whole.book.guide.lists(page, Listing::Sitemap);
        if !is_page || matches!(leaf, Leaf::Redirect(_)) || leaf.page(whole).is_some_and(|page| !is_listed(page)) {
            continue;
        }
        let _ = write!(out, "<url><loc>{}</loc>", escape(&format!("{url}/{}", encode(&path))));
        if let Some(day) = leaf.page(whole).and_then(changed) {
            let _ = write!(out, "<lastmod>{day}</lastmod>");
        }
        out.push_str("</url>\n");
    }
    out + "</urlset>\n"
}

fn changed(page: &Page) -> Option<String> {
    let days = [&page.front.date, &page.front.updated].into_iter().flatten();
    days.max_by_key(|date| date.order()).map(Date::iso)
}

/// All may be read. Where the site has an address, it says where its pages are listed.
pub(super) fn robots(config: &Config) -> String {
    let map = if config.url.is_empty() { String::new() } else { format!("\nSitemap: {}/sitemap.xml\n", config.url) };
    format!("User-agent: *\nAllow: /\n{map}")
}

/// The guide in a page of Markdown: what it is, and where each of its pages is to be had as Markdown.
pub(super) fn summary(whole: &Whole, lens: &Lens) -> String {
    let (guide, config) = (whole.book.guide, lens.config());
    let base = if config.url.is_empty() { String::new() } else { format!("{}/", config.url) };
    let mut out = format!("# {}\n", config.title);
    let said = [&config.description, &config.subtitle].into_iter().find(|text| !text.is_empty());
    if let Some(said) = said {
        let _ = write!(out, "\n> {}\n", one_line(said));
    }
    let entry = |page: &Page| {
        let number = page.number().map_or(String::new(), |number| format!("{number}. "));
        let summary = one_line(&lens.summary(page));
        let summary = if summary.is_empty() { String::new() } else { format!(": {summary}") };
        let title = one_line(&plain(&page.title)).replace(['[', ']'], "");
        let soon = if page.front.coming_soon { " (coming soon)" } else { "" };
        format!("- [{number}{title}]({base}{}index.md){soon}{summary}\n", encode(&page.path))
    };
    for sequence in &guide.sequences {
        let chapters =
            sequence.chapters.iter().map(|at| &guide.pages[*at]).filter(|page| guide.lists(page, Listing::Search));
        let chapters: Vec<String> = chapters.map(entry).collect();
        if chapters.is_empty() {
            continue;
        }
        let _ = write!(out, "\n## {}\n\n", one_line(&sequence.title));
        let description = one_line(&sequence.plain_description());
        if !description.is_empty() {
            let _ = write!(out, "{description}\n\n");
        }
        chapters.iter().for_each(|line| out.push_str(line));
    }
    let others = guide
        .pages
        .iter()
        .filter(|page| page.kind == Kind::Standalone && guide.lists(page, Listing::Search))
        .map(entry);
    let others: Vec<String> = others.collect();
    if !others.is_empty() {
        let _ = write!(out, "\n## Pages\n\n{}", others.concat());
    }
    let _ = write!(out, "\n## Questions, claims and figures\n\n");
    for (name, path, what) in GATHERED {
        let _ = writeln!(out, "- [{name}]({base}{path}): {what}");
    }
    out
}

const GATHERED: [(&str, &str, &str); 3] = [
    ("Open questions", "questions/", "what the guide cannot answer yet, a page for each question"),
    ("Claims", "claims/", "every prediction beside its measurement, with the tolerance"),
    ("Figures", "figures/", "every figure, each computed by the code beside it"),
];

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Leaf {
    /// The page of the guide that it shows, or that what it shows stands on.
    fn page<'b>(self, whole: &Whole<'b>) -> Option<&'b Page> {
        let pages = &whole.book.guide.pages;
        match self {
            Leaf::Page(at) | Leaf::Twin(at) => Some(&pages[at]),
            Leaf::Question(at) | Leaf::QuestionTwin(at) => {
                let asked = &whole.book.questions[at];
                asked.question.filed().is_none().then(|| &pages[asked.page])
            }
            Leaf::Home => pages.iter().find(|page| page.kind == Kind::Home),
            _ => None,
        }
    }
}
