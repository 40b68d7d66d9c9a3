//! Links that authors write: to pages by file or by address, to files, to places on a page.

use super::address::{decode, leaves_site, question_path};
use super::block::Hole;
use super::book::{Book, Target};
use super::cite::is_label;
use super::inline;
use super::mistake::{Mistakes, Span};
use super::model::{Kind, Page};
use super::plan::join;
use super::safe;
use super::yaml::nearest;

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Out of the site, or not for us to judge.
    Outside(String),
    /// A path from the site's root, and an anchor with its `#` (or nothing).
    Inside(String, String),
    Dead,
}

/// Resolves a link as written on a page: relative to its Markdown file, as on a forge, or to the site's root.
pub fn resolve(book: &Book, page: &Page, to: &str) -> Link {
    if leaves_site(to) {
        return Link::Outside(to.to_owned());
    }
    let (path, anchor) = match to.split_once('#') {
        Some((path, anchor)) => (path, format!("#{anchor}")),
        None => (to, String::new()),
    };
    if let Some(label) = to.strip_prefix('@').filter(|label| is_label(label)) {
        return book.target_of(label).map_or(Link::Dead, |target| place_of(book, target));
    }
    if path.is_empty() {
        let here = || book.index.files.get(&*page.file).is_some_and(|at| has_anchor(book, *at, &anchor[1..]));
        // A label of another page: `[in words](#fig-x)`.
        let elsewhere =
            anchor.strip_prefix('#').filter(|label| is_label(label)).and_then(|label| book.target_of(label));
        return match elsewhere {
            Some(target) if !here() => place_of(book, target),
            _ => Link::Inside(page.path.clone(), anchor),
        };
    }
    if let Some((path, query)) = path.split_once('?') {
        return match resolve(book, page, path) {
            Link::Inside(path, _) => Link::Inside(format!("{path}?{query}"), anchor),
            other => other,
        };
    }
    let path = &decode(path);
    let file = join(&page.file, path);
    if let Some(other) = book.index.files.get(file.as_str()) {
        return Link::Inside(book.guide.pages[*other].path.clone(), anchor);
    }
    if let Some(published) = book.index.assets.get(file.as_str()) {
        return Link::Inside((*published).to_owned(), anchor);
    }
    let address = match path.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => join(&format!("{}x", page.path), path) + if path.ends_with('/') { "/" } else { "" },
    };
    // As browsers read a link on a page whose address has no slash at its end: of a page beside this one.
    let parent = page.path.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent);
    let beside = || (!path.starts_with('/')).then(|| join(&format!("{parent}/x"), path));
    let found = address_exists(book, &address).or_else(|| address_exists(book, &beside()?));
    match found {
        Some(address) => Link::Inside(address, anchor),
        None => Link::Dead,
    }
}

/// Whether a link is a reference in the author's own words: `[so](@fig-x)`, `[so](#fig-x)`.
pub fn is_reference(to: &str) -> bool {
    to.strip_prefix(['@', '#']).is_some_and(is_label)
}

fn place_of(book: &Book, target: &Target) -> Link {
    let anchor = if target.anchor.is_empty() { String::new() } else { format!("#{}", target.anchor) };
    let page = &book.guide.pages[target.page];
    match page.kind {
        // Of a question that stands in no text there is only its own page.
        Kind::Questions => Link::Inside(question_path(&target.anchor), String::new()),
        _ => Link::Inside(page.path.clone(), anchor),
    }
}

/// Whether a page gives an id, in its text or by its results.
fn has_anchor(book: &Book, page: usize, anchor: &str) -> bool {
    let there = book.guide.pages[page].outline.anchors.contains(anchor) || book.shown[page].contains(anchor);
    there || book.targets.get(anchor).is_some_and(|target| target.page == page)
}

/// The address as the site writes it, if the site has it.
pub fn address_exists(book: &Book, address: &str) -> Option<String> {
    let folder = if address.is_empty() || address.ends_with('/') { address.to_owned() } else { format!("{address}/") };
    let built = ["", "questions/", "claims/", "figures/"];
    let known = built.contains(&folder.as_str())
        || (folder == "references/" && book.guide.bibliography.given)
        || book.index.addresses.contains_key(folder.as_str())
        || book.index.sequences.contains(folder.as_str())
        || book.index.gathered.contains(&folder);
    if known {
        return Some(folder);
    }
    if let Some(now) = book.index.questions.get(&folder) {
        return Some(now.clone());
    }
    if book.guide.assets.contains_key(address) {
        return Some(address.to_owned());
    }
    let moved =
        book.guide.redirects.iter().find(|redirect| [folder.as_str(), address].contains(&redirect.from.as_str()));
    if let Some(moved) = moved.filter(|moved| !leaves_site(&moved.to)) {
        return Some(moved.to.clone());
    }
    // `name.html` is what other generators make of a page.
    address_exists(book, address.strip_suffix(".html").filter(|stem| !stem.is_empty())?)
}

/// Tells a link that leads nowhere.
pub fn check(book: &Book, page: &Page, to: &str, span: Span, mistakes: &mut Mistakes) {
    match resolve(book, page, to) {
        Link::Outside(to) if !book.guide.config.unsafe_html && !safe::is_address(&to) => {
            mistakes.unsafe_address(span, &to)
        }
        Link::Outside(_) => {}
        Link::Dead if is_reference(to) => book.check_label(&to[1..], span, mistakes),
        Link::Dead => {
            let files =
                book.guide.pages.iter().map(|other| &*other.file).chain(book.guide.assets.values().map(|file| &**file));
            let name = to.rsplit('/').next().unwrap_or(to);
            let near = files
                .filter(|file| nearest(name, std::iter::once(file.rsplit('/').next().unwrap_or(file))).is_some())
                .min();
            mistakes.dead_link(span, to, near);
        }
        Link::Inside(path, anchor) => {
            let at = book.index.addresses.get(path.as_str()).copied();
            if let (Some(at), Some(anchor)) = (at, anchor.strip_prefix('#').filter(|anchor| !anchor.is_empty())) {
                let (text, results) = (&book.guide.pages[at].outline.anchors, &book.shown[at]);
                if !has_anchor(book, at, anchor) {
                    let near = nearest(anchor, text.iter().chain(results).map(String::as_str));
                    mistakes.dead_anchor(span, anchor, near);
                }
            }
        }
    }
}

/// Tells a picture of a page's front matter that is not there: neither beside the page nor below the site's root.
pub fn check_picture(book: &Book, page: &Page, to: &str, span: Span, mistakes: &mut Mistakes) {
    if resolve(book, page, &format!("/{to}")) == Link::Dead {
        check(book, page, to, span, mistakes);
    }
}

/// The holes in a link's address.
pub fn holes(to: &str) -> Vec<Hole> {
    to.match_indices("{{").filter_map(|(at, _)| inline::hole(&to[at..])).map(|(hole, _)| hole).collect()
}

/// A link's address with its holes filled.
pub fn fill(book: &Book, page: &Page, to: &str) -> String {
    let mut out = String::new();
    let mut rest = to;
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        match inline::hole(&rest[at..]) {
            Some((hole, length)) => {
                out.push_str(&book.fill(page, &hole));
                rest = &rest[at + length..];
            }
            None => {
                out.push_str("{{");
                rest = &rest[at + 2..];
            }
        }
    }
    out + rest
}
