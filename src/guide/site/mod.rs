//! The finished site: paths and bytes, and the last check, that every link in it lands.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::address::{decode, leaves_site};
use super::memory::{Memory, same};
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

    /// The paths that came, went or changed since an older site. Bytes that both share are not compared.
    pub fn changed_from(&self, old: &Site) -> Vec<String> {
        let is_same = |path: &String, bytes| old.files.get(path).is_some_and(|old| same(old, bytes));
        let new = self.files.iter().filter(|(path, bytes)| !is_same(path, bytes)).map(|(path, _)| path);
        let gone = old.files.keys().filter(|path| !self.files.contains_key(*path));
        new.chain(gone).cloned().collect()
    }
}

/// What a page's tags point at, and what they can be pointed at by.
#[derive(Default)]
struct Links<'a> {
    ids: BTreeSet<&'a str>,
    /// Ids given more than once.
    repeated: BTreeSet<&'a str>,
    to: Vec<&'a str>,
}

/// The pages as they were checked last.
#[derive(Default)]
pub struct Checks {
    /// Every path of the site.
    paths: Vec<String>,
    pages: HashMap<String, Arc<Check>>,
}

impl Checks {
    /// How many pages are remembered.
    pub fn count(&self) -> usize {
        self.pages.len()
    }
}

/// What the check of a page has to know of it; it follows from the page's path and bytes.
struct Check {
    bytes: Arc<[u8]>,
    ids: HashSet<String>,
    repeated: BTreeSet<String>,
    /// Where its links lead, each once: as written, and the file and the anchor that are meant.
    to: Vec<(String, String, String)>,
    /// Those of them that an edit of another page can break while all files stay: by their index.
    anchored: Vec<usize>,
}

/// Every link and anchor of every page lands inside the site. Cost: O(size of the HTML).
pub fn check(site: &Site) -> Mistakes {
    check_with(site, &mut Memory::default())
}

/// The same; a page with known bytes is not read again, and where no file came or went only links to anchors of other
/// pages are followed again. Cost: O(size of the HTML that is new + files + links to anchors).
pub fn check_with(site: &Site, memory: &mut Memory) -> Mistakes {
    let known = std::mem::take(&mut memory.checks);
    let settled = known.paths.iter().eq(site.files.keys());
    let html: Vec<_> = site.files.iter().filter(|(path, _)| path.ends_with(".html")).collect();
    let pages = html.into_par_iter().filter_map(|(path, bytes)| {
        let old = known.pages.get(path).filter(|old| same(&old.bytes, bytes));
        let check = old.cloned().or_else(|| Some(Arc::new(Check::new(path, bytes)?)))?;
        Some((path.clone(), check, old.is_some() && settled))
    });
    let found: Vec<(String, Arc<Check>, bool)> = pages.collect();
    let pages: HashMap<&str, &Check> = found.iter().map(|(path, check, _)| (path.as_str(), &**check)).collect();
    let lands = |(_, file, anchor): &(String, String, String)| match pages.get(file.as_str()) {
        Some(page) => anchor.is_empty() || page.ids.contains(anchor),
        None => site.files.contains_key(file),
    };
    let dead = found.par_iter().map(|(_, page, known)| match known {
        true => page.anchored.iter().map(|at| &page.to[*at]).filter(|to| !lands(to)).collect(),
        false => page.to.iter().filter(|to| !lands(to)).collect(),
    });
    let dead: Vec<Vec<_>> = dead.collect();
    let (mut mistakes, mut wrong) = (Mistakes::default(), Vec::new());
    for ((path, page, _), dead) in found.iter().zip(dead) {
        page.repeated.iter().for_each(|id| mistakes.id_twice(path, id));
        dead.iter().for_each(|(to, _, _)| mistakes.dead_output_link(path, to));
        wrong.push(!page.repeated.is_empty() || !dead.is_empty());
    }
    // What was wrong with a page has to be told again.
    let good = found.into_iter().zip(wrong).filter(|(_, wrong)| !wrong).map(|((path, check, _), _)| (path, check));
    let paths = if settled { known.paths } else { site.files.keys().cloned().collect() };
    memory.checks = Checks { paths, pages: good.collect() };
    mistakes
}

impl Check {
    /// None for a page that is no text.
    fn new(path: &str, bytes: &Arc<[u8]>) -> Option<Check> {
        let links = links(std::str::from_utf8(bytes).ok()?);
        let mut seen = HashSet::new();
        let fresh = links.to.iter().filter(|to| seen.insert(**to));
        let to: Vec<(String, String, String)> = fresh
            .filter_map(|to| {
                let (file, anchor) = meant(path, &to.replace("&amp;", "&").replace("&#39;", "'"))?;
                Some(((*to).to_owned(), file, anchor))
            })
            .collect();
        let foreign = |at: &usize| !to[*at].2.is_empty() && to[*at].1 != path;
        let ids: HashSet<String> = links.ids.iter().map(|id| (*id).to_owned()).collect();
        let anchored = (0..to.len()).filter(foreign).collect();
        let repeated = links.repeated.iter().map(|id| (*id).to_owned()).collect();
        Some(Check { bytes: Arc::clone(bytes), ids, repeated, to, anchored })
    }
}

/// The file and the anchor that a link on a page means; nothing for one that leaves the site.
fn meant(from: &str, to: &str) -> Option<(String, String)> {
    if leaves_site(to) || (from == "404.html" && to.starts_with('/')) {
        return None;
    }
    let (path, anchor) = to.split_once('#').unwrap_or((to, ""));
    let path = &*decode(path.split('?').next().unwrap_or_default());
    let mut file = if path.is_empty() { from.to_owned() } else { join(from, path) };
    if !path.is_empty() && (path.ends_with('/') || path.ends_with('.') || file.is_empty()) {
        file = if file.is_empty() { "index.html".into() } else { format!("{file}/index.html") };
    }
    Some((file, anchor.to_owned()))
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
