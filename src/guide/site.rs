//! The finished site: paths and bytes, and the last check, that every link in it lands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::address::{decode, leaves_site};
use super::mistake::Mistakes;
use super::plan::join;

/// Every file of the output, by its path from the site's root.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Site {
    pub files: BTreeMap<String, Arc<[u8]>>,
}

impl Site {
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) {
        self.files.insert(path.into(), bytes.into());
    }
}

/// What a page's tags point at, and what they can be pointed at by.
struct Links<'a> {
    ids: BTreeSet<&'a str>,
    /// Ids given more than once.
    repeated: BTreeSet<&'a str>,
    to: Vec<&'a str>,
}

/// Every link and anchor of every page lands inside the site. Cost: O(size of the HTML).
pub fn check(site: &Site) -> Mistakes {
    let mut mistakes = Mistakes::default();
    let pages: BTreeMap<&str, Links> = site
        .files
        .iter()
        .filter(|(path, _)| path.ends_with(".html"))
        .filter_map(|(path, bytes)| Some((path.as_str(), links(std::str::from_utf8(bytes).ok()?))))
        .collect();
    for (path, page) in &pages {
        for id in &page.repeated {
            mistakes.id_twice(path, id);
        }
        for to in &page.to {
            if !lands(site, &pages, path, &to.replace("&amp;", "&").replace("&#39;", "'")) {
                mistakes.dead_output_link(path, to);
            }
        }
    }
    mistakes
}

fn lands(site: &Site, pages: &BTreeMap<&str, Links>, from: &str, to: &str) -> bool {
    if leaves_site(to) || (from == "404.html" && to.starts_with('/')) {
        return true;
    }
    let (path, anchor) = to.split_once('#').unwrap_or((to, ""));
    let path = &*decode(path.split('?').next().unwrap_or_default());
    let mut file = if path.is_empty() { from.to_owned() } else { join(from, path) };
    if !path.is_empty() && (path.ends_with('/') || path.ends_with('.') || file.is_empty()) {
        file = if file.is_empty() { "index.html".into() } else { format!("{file}/index.html") };
    }
    match pages.get(file.as_str()) {
        Some(page) => anchor.is_empty() || page.ids.contains(anchor),
        None => site.files.contains_key(&file),
    }
}

/// The ids that a piece of HTML gives.
pub fn ids(html: &str) -> BTreeSet<&str> {
    links(html).ids
}

/// Reads the tags of a page; comments, scripts and styles are skipped.
fn links(html: &str) -> Links<'_> {
    let mut out = Links { ids: BTreeSet::new(), repeated: BTreeSet::new(), to: Vec::new() };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let name = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len())];
        let end = attributes(&rest[name.len()..], &mut out) + name.len();
        rest = &rest[end..];
        if matches!(name, "script" | "style") {
            let close = format!("</{name}");
            rest = rest.find(&close).map_or("", |at| &rest[at..]);
        }
    }
    out
}

/// Reads the attributes of one tag and returns the length up to its end.
fn attributes<'a>(tag: &'a str, out: &mut Links<'a>) -> usize {
    let mut at = 0;
    loop {
        let rest = &tag[at..];
        let Some(next) = rest.find(['=', '>']) else { return tag.len() };
        if rest.as_bytes()[next] == b'>' {
            return at + next + 1;
        }
        let name = rest[..next].trim_end().rsplit([' ', '\n', '\t']).next().unwrap_or_default();
        let value = &rest[next + 1..];
        let (value, length) = match value.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                let inner = &value[1..];
                let end = inner.find(char::from(*quote)).unwrap_or(inner.len());
                (&inner[..end], (end + 2).min(value.len()))
            }
            _ => {
                let end = value.find([' ', '>', '\n']).unwrap_or(value.len());
                (&value[..end], end)
            }
        };
        match name {
            "id" if !out.ids.insert(value) => drop(out.repeated.insert(value)),
            "href" | "src" => out.to.push(value),
            _ => {}
        }
        at += next + 1 + length;
    }
}
