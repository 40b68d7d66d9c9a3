//! Files of BibTeX: from text to works. What is wrong with one entry spoils no other.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use biblatex::{ChunksExt, Entry as Raw, ParseErrorKind};

use super::{File, Link, Work};
use crate::guide::address::encode;
use crate::guide::memory::digest;
use crate::guide::mistake::{Mistakes, Span};

/// Reads a file of BibTeX. Cost: O(length), and a reading of the whole for each entry that is wrong.
pub fn read(file: &Arc<str>, text: &str) -> File {
    let mut mistakes = Mistakes::default();
    let mut masked = text.as_bytes().to_vec();
    let mut stretches = stretches(file, text, &mut mistakes, &mut masked);
    let mut works = BTreeMap::new();
    loop {
        let readable = String::from_utf8_lossy(&masked);
        match biblatex::Bibliography::parse(&readable) {
            Ok(read) => {
                for (key, place) in &stretches {
                    if let Some(raw) = read.get(key) {
                        works.insert(key.clone(), work(file, raw, place));
                    }
                }
                break;
            }
            Err(error) => {
                let at = error.span.start;
                let wrong = stretches.iter().position(|(_, place)| place.contains(&at));
                let span = Span::new(file, at..error.span.end.max(at + 1).min(text.len().max(at + 1)));
                mistakes.bad_bibliography(span, &said(&error.kind));
                let Some(wrong) = wrong else { break };
                blank(&mut masked, &stretches.remove(wrong).1);
            }
        }
    }
    File { works, mistakes }
}

/// The entries of a file with their keys. What is no entry, never ends or comes again is told, and blanked.
fn stretches(file: &Arc<str>, text: &str, m: &mut Mistakes, masked: &mut [u8]) -> Vec<(String, Range<usize>)> {
    let mut out: Vec<(String, Range<usize>)> = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('@') {
        let start = at + found;
        let kind_end = text[start + 1..].find(|c: char| !c.is_alphanumeric()).map_or(text.len(), |end| start + 1 + end);
        let kind = text[start + 1..kind_end].to_lowercase();
        let open = text.len() - text[kind_end..].trim_start().len();
        at = open.max(start + 1);
        let line = text[..start].rsplit('\n').next().unwrap_or_default();
        let begins = line.trim().is_empty() || line.trim_end().ends_with('}');
        if kind.is_empty() || !begins || !text[open..].starts_with(['{', '(']) {
            blank(masked, &(start..start + 1));
            continue;
        }
        let Some(end) = end(text, open) else {
            m.bad_bibliography(Span::new(file, start..kind_end), "this entry is never closed");
            let next = text[open..].find("\n@").map_or(text.len(), |next| open + next + 1);
            blank(masked, &(start..next));
            at = next;
            continue;
        };
        at = end;
        if matches!(kind.as_str(), "comment" | "preamble") {
            blank(masked, &(start..end));
        } else if kind != "string" {
            let from = open + 1 + (text[open + 1..].len() - text[open + 1..].trim_start().len());
            let length = text[from..end].find([',', '}', '\n']).unwrap_or(0);
            let key = text[from..from + length].trim().to_owned();
            let place = Span::new(file, from..from + length.max(1));
            if key.is_empty() {
                m.bad_bibliography(place, "this entry has no key");
                blank(masked, &(start..end));
            } else if let Some((_, first)) = out.iter().find(|(known, _)| *known == key) {
                m.duplicate_key(place, &key, Span::new(file, first.start..first.start + 1));
                blank(masked, &(start..end));
            } else {
                out.push((key, start..end));
            }
        }
    }
    out
}

/// The end of the braces that open at `open`; nothing if an entry begins at a line's beginning before it.
fn end(text: &str, open: usize) -> Option<usize> {
    let round = text[open..].starts_with('(');
    let (mut depth, mut escaped, mut fresh) = (0, false, false);
    for (at, c) in text[open..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '(' if round && at == 0 => depth += 1,
            '}' => depth -= 1,
            ')' if round && depth == 1 => depth = 0,
            '@' if fresh => return None,
            _ => {}
        }
        fresh = c == '\n';
        if depth == 0 {
            return Some(open + at + c.len_utf8());
        }
    }
    None
}

fn blank(bytes: &mut [u8], range: &Range<usize>) {
    bytes[range.clone()].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
}

fn said(kind: &ParseErrorKind) -> String {
    match kind {
        ParseErrorKind::UnexpectedEof => "it ends in the middle of an entry".into(),
        ParseErrorKind::UnknownAbbreviation(name) => format!("nothing is known of the abbreviation `{name}`"),
        other => other.to_string(),
    }
}

fn work(file: &Arc<str>, raw: &Raw, place: &Range<usize>) -> Work {
    let span = Span::new(file, place.start..place.start + 1);
    let entry = hayagriva::Entry::try_from(raw).map_err(|error| {
        let (start, end) = (error.span.start, error.span.end);
        let inside = place.contains(&start) && end > start;
        let span = if inside { Span::new(file, start..end) } else { span.clone() };
        (span, error.kind.to_string())
    });
    let links = links(raw);
    let digest = digest([format!("{entry:?}{links:?}").as_bytes()]);
    Work { key: raw.key.clone(), span, entry, links, digest }
}

/// Where a work can be read: by its DOI, on arXiv, at its address.
fn links(raw: &Raw) -> Vec<Link> {
    let field = |name: &str| raw.get(name).map(ChunksExt::format_verbatim).map(|text| text.trim().to_owned());
    let mut out = Vec::new();
    if let Some(doi) = field("doi").filter(|doi| !doi.is_empty()) {
        let doi = doi.rsplit("doi.org/").next().unwrap_or(&doi).trim_start_matches("doi:").trim().to_owned();
        out.push(Link { text: format!("doi:{doi}"), url: format!("https://doi.org/{}", encode(&doi)) });
    }
    if let Some(id) = arxiv(&field) {
        out.push(Link { text: format!("arXiv:{id}"), url: format!("https://arxiv.org/abs/{id}") });
    }
    let url = field("url").filter(|url| url.starts_with("http://") || url.starts_with("https://"));
    // An address that only says again where the DOI or arXiv lead is no third place.
    let again = |url: &str| out.iter().any(|link| url.ends_with(link.url.rsplit("//").next().unwrap_or_default()));
    if let Some(url) = url.filter(|url| !again(url)) {
        let host = url.split('/').nth(2).unwrap_or(&url).trim_start_matches("www.").to_owned();
        out.push(Link { text: host, url });
    }
    out
}

/// The number of a preprint on arXiv: of its own fields, or as search engines write it into others.
fn arxiv(field: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let numbered = |id: &str| {
        let modern = id.split_once('.').is_some_and(|(year, number)| {
            year.len() == 4 && year.bytes().chain(number.bytes().take(4)).all(|byte| byte.is_ascii_digit())
        });
        modern || id.split_once('/').is_some_and(|(_, number)| number.len() == 7)
    };
    let archive = field("archiveprefix").or(field("eprinttype")).unwrap_or_default().to_lowercase();
    if let Some(id) = field("eprint").filter(|id| archive == "arxiv" || (archive.is_empty() && numbered(id))) {
        return Some(id.trim_start_matches("arXiv:").to_owned());
    }
    ["note", "journal", "journaltitle", "howpublished", "url", "number"].iter().find_map(|name| {
        let text = field(name)?;
        let at = text.to_lowercase().find("arxiv")?;
        let after = text[at + 5..].trim_start_matches(".org/abs/").trim_start_matches(".org/pdf/");
        let after = after.trim_start_matches([':', ' ']);
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || "./-".contains(c))).unwrap_or(after.len());
        let id = after[..end].trim_end_matches(['.', '/']).trim_end_matches(".pdf").to_owned();
        numbered(&id).then_some(id)
    })
}
