//! The tags of a piece of HTML or XML as they are written: their names, attributes and places.

use std::ops::Range;

/// A tag that opens an element, or stands alone.
#[derive(Default)]
pub struct Tag<'a> {
    pub name: &'a str,
    pub attributes: Vec<Attribute<'a>>,
}

/// An attribute with its value as it is written; empty for one without.
pub struct Attribute<'a> {
    pub name: &'a str,
    pub value: &'a str,
    /// Where the value begins.
    pub at: usize,
}

impl Attribute<'_> {
    /// Where the value is, without its quotes.
    pub fn range(&self) -> Range<usize> {
        self.at..self.at + self.value.len()
    }
}

impl<'a> Tag<'a> {
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub fn get(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|known| known.name.eq_ignore_ascii_case(name))
    }

    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.get(name).map(|known| known.value)
    }
}

/// Calls `f` on every tag in its order; what is inside comments, scripts and styles is no tag. A style comes with its text.
/// Cost: O(length).
pub fn visit<'a>(html: &'a str, f: &mut dyn FnMut(&Tag<'a>, &'a str)) {
    let mut tag = Tag::default();
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        at += found + 1;
        let rest = &html[at..];
        if let Some(comment) = rest.strip_prefix("!--") {
            at = comment.find("-->").map_or(html.len(), |end| at + 3 + end + 3);
            continue;
        }
        let name =
            &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != ':').unwrap_or(rest.len())];
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            // An end, a declaration, or no tag at all.
            continue;
        }
        tag.name = name;
        at = attributes(html, at + name.len(), &mut tag.attributes).unwrap_or(html.len());
        let mut inner = 0..0;
        if tag.is("script") || tag.is("style") {
            inner = at..close(html, at, name);
            at = inner.end;
        }
        f(&tag, &html[inner]);
    }
}

/// Where the element that began before `at` ends.
fn close(html: &str, at: usize, name: &str) -> usize {
    let is_end =
        |found: &usize| html[at + found + 2..].get(..name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name));
    html[at..].match_indices("</").map(|(found, _)| found).find(is_end).map_or(html.len(), |found| at + found)
}

/// Reads the attributes that begin at `at`, and returns the end of their tag; none for one that never ends.
/// Cost: O(their length).
pub fn attributes<'a>(html: &'a str, mut at: usize, out: &mut Vec<Attribute<'a>>) -> Option<usize> {
    out.clear();
    loop {
        at += html[at..].find(|c: char| !c.is_whitespace() && c != '/').unwrap_or(html.len() - at);
        if html[at..].starts_with('>') {
            return Some(at + 1);
        }
        let rest = &html[at..];
        let length = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
        let name = &rest[..length];
        at += length;
        let spaces = html[at..].len() - html[at..].trim_start().len();
        let Some(rest) = html[at + spaces..].strip_prefix('=') else {
            if name.is_empty() {
                return None;
            }
            out.push(Attribute { name, value: "", at });
            continue;
        };
        let rest = rest.trim_start();
        at = html.len() - rest.len();
        let value = match rest.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                at += 1;
                let length = rest[1..].find(char::from(*quote)).unwrap_or(rest.len() - 1);
                at..at + length
            }
            _ => at..at + rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len()),
        };
        out.push(Attribute { name, value: &html[value.clone()], at: value.start });
        at = skip_quote(html, &value);
    }
}

/// The place after a value, and after the quote that ends it.
fn skip_quote(html: &str, value: &Range<usize>) -> usize {
    let quoted = html[..value.start].ends_with(['"', '\'']) && html[value.end..].starts_with(['"', '\'']);
    value.end + usize::from(quoted)
}

/// The ids that a piece of HTML gives.
pub fn ids(html: &str) -> Vec<&str> {
    let mut out = Vec::new();
    visit(html, &mut |tag, _| out.extend(tag.value("id").filter(|id| !id.is_empty())));
    out
}

/// A value of an attribute as it is meant.
pub fn unescape(value: &str) -> String {
    let plain = [
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2F;", "/"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    match value.contains('&') {
        true => plain.iter().fold(value.to_owned(), |text, (from, to)| text.replace(from, to)),
        false => value.to_owned(),
    }
}
