//! Raw HTML: its tags, and where they point.

use std::ops::{Deref, Range};

use super::block::{Address, Html};
use super::tags;

/// A tag as an author wrote it, whole.
pub struct Tag<'h> {
    /// Where it is, from `<` to `>`.
    pub range: Range<usize>,
    pub closes: bool,
    tag: tags::Tag<'h>,
}

impl<'h> Deref for Tag<'h> {
    type Target = tags::Tag<'h>;

    fn deref(&self) -> &tags::Tag<'h> {
        &self.tag
    }
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
        let mut attributes = Vec::new();
        let end = tags::attributes(html, from + length, &mut attributes)?;
        // What no one would write as the name of an attribute: this was meant as text.
        let odd = attributes.iter().any(|attribute| attribute.name.is_empty() || attribute.name.contains('<'));
        (!odd).then_some(Tag { range: start..end, closes, tag: tags::Tag { name, attributes } })
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
            found.push(Address { to, at: attribute.range(), shown, span: place(attribute.range()) });
        }
    }
    let (mut out, mut at) = (Html { span: place(0..text.len()), ..Html::default() }, 0);
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
    let value = found.range();
    let start = html.text[..value.start].rfind(name).unwrap_or(value.start);
    let quoted = html.text[value.end..].starts_with(['"', '\'']);
    let end = value.end + usize::from(quoted);
    let start = html.text[..start].trim_end().len();
    let length = end - start;
    let text = html.text[..start].to_owned() + &html.text[end..];
    let moved = |address: Address| match address.at.start >= end {
        true => Address { at: address.at.start - length..address.at.end - length, ..address },
        false => address,
    };
    Html { text, addresses: html.addresses.into_iter().map(moved).collect(), span: html.span }
}
