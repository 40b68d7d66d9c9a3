//! What is left of an author's HTML where a guide takes pages from strangers: `unsafe_html: false`.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

use super::raw::{Tag, tags};

/// The schemes of addresses that may leave the site.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// What may stand in a line of text, where opening and closing tags come apart.
const INLINE: [&str; 22] = [
    "a", "abbr", "b", "br", "cite", "code", "del", "em", "i", "img", "ins", "kbd", "mark", "q", "s", "samp", "small",
    "strong", "sub", "sup", "u", "var",
];

/// Text and tables, images, folds; no scripts, styles, forms, frames, nor attributes that carry any.
static BLOCKS: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder.link_rel(None).url_schemes(SCHEMES.into()).add_tags(["figure", "figcaption", "details", "summary", "mark"]);
    builder.add_tag_attributes("details", ["open"]).add_tag_attributes("img", ["width", "height", "loading"]);
    builder
});

static LINES: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder.link_rel(None).url_schemes(SCHEMES.into()).tags(HashSet::from(INLINE));
    builder
});

/// A block of HTML without what could run, load or disguise; what is open at its end is closed. Cost: O(length).
pub fn block(html: &str) -> String {
    BLOCKS.clean(html).to_string()
}

/// A single tag in a line of text, or nothing. Cost: O(length).
pub fn tag(html: &str) -> String {
    let Some(read) = Tag::read(html, 0) else { return LINES.clean(html).to_string() };
    let name = read.name.to_ascii_lowercase();
    if read.closes {
        return if INLINE.contains(&name.as_str()) { format!("</{name}>") } else { String::new() };
    }
    let cleaned = LINES.clean(html).to_string();
    cleaned.strip_suffix(&format!("</{name}>")).map_or(cleaned.clone(), str::to_owned)
}

/// The opening tag of an element that holds Markdown, or nothing. Cost: O(length).
pub fn opening(html: &str, name: &str) -> String {
    block(&format!("{html}x")).split_once(">x").map_or(String::new(), |(open, _)| {
        let name_kept = open.strip_prefix('<').is_some_and(|rest| rest.starts_with(&name.to_ascii_lowercase()));
        if name_kept { format!("{open}>") } else { String::new() }
    })
}

/// An address as browsers read it: they pass over white space and control characters, and a scheme may be in capitals.
fn seen(to: &str) -> String {
    to.chars().filter(|c| !c.is_whitespace() && !c.is_control()).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether an address is of a kind that only leads somewhere.
pub fn is_address(to: &str) -> bool {
    let seen = seen(to);
    let scheme = seen.split(['/', '?', '#']).next().unwrap_or_default().split_once(':').map(|(scheme, _)| scheme);
    scheme.is_none_or(|scheme| SCHEMES.contains(&scheme))
}

/// Whether an address runs what stands in it, in some browser.
pub fn runs(to: &str) -> bool {
    let seen = seen(to);
    ["javascript:", "vbscript:", "data:text", "data:application", "data:image/svg"].iter().any(|s| seen.starts_with(s))
}

/// The first thing in a piece of HTML that is taken out, as its author would name it. Cost: O(length).
pub fn taken(html: &str, in_line: bool) -> Option<String> {
    let left = if in_line { tag(html) } else { block(html) };
    let names =
        |html: &str| -> BTreeSet<String> { tags(html).iter().map(|tag| tag.name.to_ascii_lowercase()).collect() };
    let kept = names(&left);
    if let Some(gone) = names(html).into_iter().find(|name| !kept.contains(name)) {
        return Some(format!("<{gone}>"));
    }
    let attributes = |html: &str| -> BTreeSet<String> {
        let all = tags(html);
        all.iter().flat_map(|tag| &tag.attributes).map(|attribute| attribute.name.to_ascii_lowercase()).collect()
    };
    let kept = attributes(&left);
    // That an element's content is Markdown is for us, not for browsers.
    attributes(html).into_iter().find(|name| name != "markdown" && !kept.contains(name))
}
