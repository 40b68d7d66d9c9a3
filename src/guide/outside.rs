//! Addresses outside of the site: each once, with every place where an author wrote it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::config::Config;
use super::mistake::Span;
use super::site::Site;
use super::site::asks::{Form, asks};
use super::tags::unescape;
use super::tree::Tree;

/// An address outside of the site.
#[derive(Clone, Debug, PartialEq)]
pub struct Outside {
    /// Without its anchor, which no server is told.
    pub url: String,
    /// Where it is written; the page of the site that asks for it where no source says it in full.
    pub spans: Vec<Span>,
}

/// Every outside address that the finished pages ask for, but for those that the config ignores and those that Theoria
/// makes of the address of the repository. Cost: O(size of the pages and of the sources).
pub fn collect(site: &Site, tree: &Tree, config: &Config) -> Vec<Outside> {
    let mut found: BTreeMap<String, &str> = BTreeMap::new();
    for (path, bytes) in &site.files {
        let text = std::str::from_utf8(bytes).ok().filter(|_| Form::of(path) == Some(Form::Page));
        for url in text.map_or(Vec::new(), |text| asks(Form::Page, text, "")) {
            let url = url.split('#').next().unwrap_or_default();
            let own = !config.url.is_empty() && url.starts_with(&config.url);
            if is_web(url) && !own && !config.ignored_links.iter().any(|pattern| matches(pattern, url)) {
                found.entry(url.to_owned()).or_insert(path);
            }
        }
    }
    let written = written(tree);
    let made = |url: &str| {
        !config.repository.is_empty() && url.strip_prefix(&config.repository).is_some_and(|rest| rest.starts_with('/'))
    };
    let placed = found.into_iter().filter_map(|(url, page)| {
        let spans = written.get(&url).cloned().unwrap_or_else(|| search(tree, &url));
        match spans.is_empty() {
            false => Some(Outside { url, spans }),
            true => (!made(&url)).then(|| Outside { spans: vec![Span::top(page)], url }),
        }
    });
    placed.collect()
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// Whether an address is one of a pattern: each `*` stands for anything; without one, the address begins with the pattern.
pub fn matches(pattern: &str, url: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| url.strip_prefix(first)) else { return false };
    let (mut last, mut any) = ("", false);
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        (last, any) = (part, true);
    }
    !any || last.is_empty() || rest.is_empty() || url.ends_with(last)
}

/// Files in which authors write addresses.
fn sources(tree: &Tree) -> impl Iterator<Item = (&Arc<str>, &str)> {
    let texts = [".md", ".yaml", ".yml", ".bib", ".html", ".json", ".toml"];
    let is_source = move |file: &str| texts.iter().any(|end| file.ends_with(end)) && !file.contains(".ledger/");
    let files = tree.files.iter().filter(move |(file, _)| is_source(file));
    files.filter_map(|(file, bytes)| Some((file, std::str::from_utf8(bytes).ok()?)))
}

/// The whole addresses in the sources, and where.
fn written(tree: &Tree) -> BTreeMap<String, Vec<Span>> {
    let mut out: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for (file, text) in sources(tree) {
        for (at, _) in text.match_indices("http") {
            let rest = &text[at..];
            if !is_web(rest) {
                continue;
            }
            // One that holds brackets itself is looked for as it stands on the page.
            let end = rest.find(|c: char| c.is_whitespace() || "\"'<>()[]{}`#|".contains(c)).unwrap_or(rest.len());
            let url = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']);
            out.entry(unescape(url)).or_default().push(Span::new(file, at..at + url.len()));
        }
    }
    out
}

/// Where sources write an address in another form: with brackets in it, or as the number of a paper.
fn search(tree: &Tree, url: &str) -> Vec<Span> {
    let number = ["doi.org/", "arxiv.org/abs/"].iter().find_map(|host| url.split_once(host)).map(|(_, number)| number);
    let words: BTreeSet<&str> = [url].into_iter().chain(number.filter(|number| number.len() > 4)).collect();
    let mut out = Vec::new();
    for (file, text) in sources(tree) {
        for word in &words {
            out.extend(text.find(word).map(|at| Span::new(file, at..at + word.len())));
        }
    }
    out
}
