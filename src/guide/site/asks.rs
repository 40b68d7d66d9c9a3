//! What files of the site ask for: the addresses in pages, stylesheets, feeds and lists.

use crate::guide::tags::{Tag, unescape, visit};

/// What is looked at of a file, by its name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Page,
    Style,
    /// A feed, a map of the site or a drawing.
    Xml,
    /// A text in which only whole addresses are known for what they are.
    Text,
}

impl Form {
    /// None for a file that asks for nothing.
    pub fn of(path: &str) -> Option<Form> {
        let name = path.rsplit_once('.')?.1;
        match name.to_ascii_lowercase().as_str() {
            "html" | "htm" => Some(Form::Page),
            "css" => Some(Form::Style),
            "xml" | "svg" | "atom" | "rss" => Some(Form::Xml),
            "json" | "txt" | "md" | "webmanifest" => Some(Form::Text),
            _ => None,
        }
    }
}

/// The addresses that a file asks for, as they are meant, each as often as it stands there. `base` is where the site will
/// live: addresses that begin with it are its own.
pub fn asks(form: Form, text: &str, base: &str) -> Vec<String> {
    let mut out = Vec::new();
    match form {
        Form::Page | Form::Xml => visit(text, &mut |tag, inner| {
            of_tag(tag, &mut out);
            if tag.is("style") {
                out.extend(of_style(inner));
            }
        }),
        Form::Style => out.extend(of_style(text)),
        Form::Text => {}
    }
    if matches!(form, Form::Xml | Form::Text) {
        out.extend(whole(text, base));
    }
    out
}

/// What a tag points at: a page, an image in one of its sizes, a script, a style.
fn of_tag(tag: &Tag, out: &mut Vec<String>) {
    for known in &tag.attributes {
        match known.name.to_ascii_lowercase().as_str() {
            "href" | "src" | "poster" | "xlink:href" => out.push(unescape(known.value.trim())),
            "data" if tag.is("object") => out.push(unescape(known.value.trim())),
            "srcset" | "imagesrcset" => out.extend(of_sizes(known.value)),
            "style" => out.extend(of_style(&unescape(known.value))),
            "content" if tag.is("meta") => out.extend(of_meta(tag, known.value)),
            _ => {}
        }
    }
}

/// An image in its sizes: addresses with a width each, parted by commas.
fn of_sizes(value: &str) -> impl Iterator<Item = String> {
    value.split(", ").filter_map(|part| part.split_whitespace().next()).map(|one| unescape(one.trim_end_matches(',')))
}

/// A picture or an address told to those who show the page elsewhere, or where the page sends its readers on.
fn of_meta(tag: &Tag, value: &str) -> Option<String> {
    let named = |name: &str| tag.value(name).unwrap_or_default().to_ascii_lowercase();
    if named("http-equiv") == "refresh" {
        let (_, to) = value.split_once("url=").or_else(|| value.split_once("URL="))?;
        return Some(unescape(to.trim().trim_matches(['"', '\''])));
    }
    let name = named("property") + &named("name");
    let is_address = ["og:url", "og:image", "twitter:image", "citation_fulltext_html_url", "citation_pdf_url"];
    is_address.contains(&name.as_str()).then(|| unescape(value))
}

/// `url(...)` and `@import "..."` of a stylesheet.
fn of_style(css: &str) -> Vec<String> {
    let (mut out, mut rest) = (Vec::new(), css);
    while let Some(at) = rest.find(['/', 'u', '@']) {
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if let Some(inner) = rest.strip_prefix("url(") {
            let (to, after) = inner.split_once(')').unwrap_or((inner, ""));
            out.push(to.trim().trim_matches(['"', '\'']).to_owned());
            rest = after;
        } else if let Some(inner) = rest.strip_prefix("@import ") {
            let quote = inner.trim_start().chars().next().filter(|c| matches!(c, '"' | '\''));
            out.extend(quote.and_then(|quote| inner.split(quote).nth(1)).map(str::to_owned));
            rest = inner;
        } else {
            rest = &rest[1..];
        }
    }
    out
}

/// The addresses of this site in a text: they end where no address goes on.
fn whole(text: &str, base: &str) -> Vec<String> {
    if base.is_empty() {
        return Vec::new();
    }
    let ends = |c: char| c.is_whitespace() || "\"'<>()[]{}\\`,|*".contains(c);
    let own = text.match_indices(base).filter_map(|(at, _)| {
        let rest = &text[at..];
        let one = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let after = &one[base.len()..];
        // Of a site at `https://a.b`, `https://a.bc/` is another.
        let own = after.is_empty() || after.starts_with(['/', '#', '?']);
        own.then(|| unescape(one.trim_end_matches(['.', ';', ':', '!'])))
    });
    own.collect()
}
