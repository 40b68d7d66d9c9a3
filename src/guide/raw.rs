//! Raw HTML: its tags, and where they point.

use std::ops::Range;

use super::block::{Address, Html};

/// A tag as it is written.
pub struct Tag<'h> {
    /// Where it is, from `<` to `>`.
    pub range: Range<usize>,
    pub name: &'h str,
    pub closes: bool,
    pub attributes: Vec<Attribute<'h>>,
}

/// An attribute, and where its value is.
pub struct Attribute<'h> {
    pub name: &'h str,
    pub value: &'h str,
    pub at: Range<usize>,
}

impl<'h> Tag<'h> {
    /// The tag that begins at `start`, if it is one and ends. Cost: O(its length).
    pub fn read(html: &'h str, start: usize) -> Option<Tag<'h>> {
        let inside = html.get(start..)?.strip_prefix('<')?;
        let closes = inside.starts_with('/');
        let from = start + 1 + usize::from(closes);
        let length = html[from..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))?;
        let name = &html[from..from + length];
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let (mut at, mut attributes) = (from + length, Vec::new());
        loop {
            at += html[at..].len() - html[at..].trim_start_matches(|c: char| c.is_whitespace() || c == '/').len();
            let rest = &html[at..];
            if rest.starts_with('>') {
                return Some(Tag { range: start..at + 1, name, closes, attributes });
            }
            let length = rest.find(|c: char| c.is_whitespace() || "=></".contains(c))?;
            if length == 0 {
                return None;
            }
            let name = &rest[..length];
            at += length;
            let value = html[at..].trim_start();
            let place = match value.strip_prefix('=') {
                Some(value) => value_of(html, html.len() - value.trim_start().len())?,
                None => at..at,
            };
            attributes.push(Attribute { name, value: &html[place.clone()], at: place.clone() });
            let quoted = html[place.end..].starts_with(['"', '\'']) && html[..place.start].ends_with(['"', '\'']);
            at = place.end + usize::from(quoted);
        }
    }

    pub fn get(&self, name: &str) -> Option<&Attribute<'h>> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}

/// Where the value that begins at `at` is, without its quotes.
fn value_of(html: &str, at: usize) -> Option<Range<usize>> {
    let rest = &html[at..];
    match rest.chars().next()? {
        quote @ ('"' | '\'') => {
            let length = rest[1..].find(quote)?;
            Some(at + 1..at + 1 + length)
        }
        _ => {
            let length = rest.find(|c: char| c.is_whitespace() || c == '>')?;
            Some(at..at + length)
        }
    }
}

/// The tags of a piece of HTML; comments, scripts and styles are skipped. Cost: O(length).
pub fn tags(html: &str) -> Vec<Tag<'_>> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(found) = html[at..].find('<') {
        at += found;
        if html[at..].starts_with("<!--") {
            at = html[at..].find("-->").map_or(html.len(), |end| at + end + 3);
            continue;
        }
        let Some(tag) = Tag::read(html, at) else {
            at += 1;
            continue;
        };
        at = tag.range.end;
        if !tag.closes && ["script", "style"].contains(&tag.name) {
            at = html[at..].find(&format!("</{}", tag.name)).map_or(html.len(), |end| at + end);
        }
        out.push(tag);
    }
    out
}

/// HTML as it will be published: without comments, which are the author's own business.
pub fn html(text: &str, place: &dyn Fn(Range<usize>) -> Range<usize>) -> Html {
    let mut found = Vec::new();
    for tag in tags(text).iter().filter(|tag| !tag.closes) {
        for attribute in &tag.attributes {
            let shown = match attribute.name {
                "href" => false,
                "src" | "poster" => true,
                "data" if tag.name == "object" => true,
                _ => continue,
            };
            let to = attribute.value.replace("&amp;", "&");
            found.push(Address { to, at: attribute.at.clone(), shown, span: place(attribute.at.clone()) });
        }
    }
    let (mut out, mut at) = (Html::default(), 0);
    let mut addresses = found.into_iter().peekable();
    while at < text.len() {
        let end = text[at..].find("<!--").map_or(text.len(), |found| at + found);
        let gone = at - out.text.len();
        out.text.push_str(&text[at..end]);
        while let Some(address) = addresses.next_if(|address| address.at.end <= end) {
            out.addresses.push(Address { at: address.at.start - gone..address.at.end - gone, ..address });
        }
        at = text[end..].find("-->").map_or(text.len(), |found| end + found + 3);
    }
    out
}

/// The same HTML without one attribute of its first tag.
pub fn without(html: Html, name: &str) -> Html {
    let Some(tag) = Tag::read(&html.text, 0) else { return html };
    let Some(found) = tag.get(name) else { return html };
    let start = html.text[..found.at.start].rfind(name).unwrap_or(found.at.start);
    let quoted = html.text[found.at.end..].starts_with(['"', '\'']);
    let end = found.at.end + usize::from(quoted);
    let start = html.text[..start].trim_end().len();
    let length = end - start;
    let text = html.text[..start].to_owned() + &html.text[end..];
    let moved = |address: Address| match address.at.start >= end {
        true => Address { at: address.at.start - length..address.at.end - length, ..address },
        false => address,
    };
    Html { text, addresses: html.addresses.into_iter().map(moved).collect() }
}
