//! Citations as they are written: `@fig-x`, `-@fig-x`, `@key [p. 3]`, and groups such as `[see @a, p. 3; -@b]`.

use std::ops::Range;

use super::inline::{OBJECT, PREFIXES};

/// Brackets in a group of citations, one inside another.
const DEEPEST: usize = 16;
/// The length of a group of citations, in bytes.
const LONGEST: usize = 10_000;

/// A text, and which of its characters stand after a backslash and mean themselves.
pub struct Writing<'a> {
    pub text: &'a str,
    pub escaped: &'a dyn Fn(usize) -> bool,
}

/// One thing cited, by places in the text.
#[derive(Debug, PartialEq)]
pub struct Item {
    pub prefix: Range<usize>,
    /// From the `-` or `@` to the end of the key.
    pub mark: Range<usize>,
    pub key: Range<usize>,
    /// `-@x`: the number alone, or the year without the authors.
    pub alone: bool,
    pub suffix: Range<usize>,
}

/// Whether a key has the form of a label.
pub fn is_label(key: &str) -> bool {
    label(key) == Some(key)
}

/// The label at the beginning of a text.
fn label(text: &str) -> Option<&str> {
    PREFIXES.iter().find(|prefix| text.starts_with(**prefix))?;
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).unwrap_or(text.len());
    let label = text[..end].trim_end_matches(['-', '_']);
    label.split_once('-').filter(|(_, name)| !name.is_empty())?;
    Some(label)
}

/// The key of a bibliography at the beginning of a text: words joined by single marks, as BibTeX allows them.
fn key(text: &str) -> Option<Range<usize>> {
    if let Some(braced) = text.strip_prefix('{') {
        let end = braced.find(['}', '{', ' ', ',', '\n']).filter(|end| *end > 0 && braced[*end..].starts_with('}'))?;
        return Some(1..1 + end);
    }
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut end = text.find(|c| !word(c)).unwrap_or(text.len());
    if end == 0 {
        return None;
    }
    while let Some(mark) = text[end..].chars().next().filter(|c| ":.#$%&-+?<>~/".contains(*c)) {
        let after = end + mark.len_utf8();
        let length = text[after..].find(|c| !word(c)).unwrap_or(text.len() - after);
        if length == 0 {
            break;
        }
        end = after + length;
    }
    Some(0..end)
}

impl Writing<'_> {
    /// The citation whose `@` is at `at`, if one may begin there: not in `name@example.org` or in an address.
    pub fn mark(&self, at: usize) -> Option<Item> {
        let rest = self.text.get(at..)?.strip_prefix('@').filter(|_| !(self.escaped)(at))?;
        let before = &self.text[..at];
        let joined = |c: char| c.is_alphanumeric();
        if before.ends_with(joined) {
            return None;
        }
        let key = match label(rest) {
            Some(label) => 0..label.len(),
            None if before.ends_with(['_', '/', '.', '+', '%', '#', '@', '&', '=']) => return None,
            None => key(rest)?,
        };
        let braced = usize::from(rest.starts_with('{'));
        let begins = |text: &str| !text.ends_with(|c: char| joined(c) || "-–—".contains(c));
        let dash = before.strip_suffix('-').filter(|before| begins(before) && !(self.escaped)(at - 1));
        let alone = dash.is_some();
        let start = at - usize::from(alone);
        let (key, end) = (at + 1 + key.start..at + 1 + key.end, at + 1 + key.end + braced);
        Some(Item { prefix: start..start, mark: start..end, key, alone, suffix: end..end })
    }

    /// The group in brackets that begins at `at`: its items and its end; nothing if some part of it cites nothing.
    pub fn group(&self, at: usize) -> Option<(Vec<Item>, usize)> {
        let (end, stops) = self.bracket(at)?;
        let (mut items, mut start) = (Vec::new(), at + 1);
        for stop in stops.into_iter().chain([end]) {
            let part = &self.text[start..stop];
            let mut item = part.match_indices('@').find_map(|(found, _)| self.mark(start + found))?;
            if item.mark.end > stop {
                return None;
            }
            item.prefix = self.trimmed(start..item.mark.start, true);
            item.suffix = self.trimmed(item.mark.end..stop, false);
            items.push(item);
            start = stop + 1;
        }
        Some((items, end + 1))
    }

    /// After the key of a bibliography, what it adds in brackets: `@key [p. 3]`. Its inside, and its end.
    pub fn locator(&self, at: usize) -> Option<(Range<usize>, usize)> {
        let space = self.text[at..].len() - self.text[at..].trim_start_matches([' ', '\n']).len();
        let open = at + space;
        let (end, _) = self.bracket(open).filter(|_| space <= 1)?;
        let inside = open + 1..end;
        (is_locator(&self.text[inside.clone()]) && !self.text[inside.clone()].contains(OBJECT))
            .then_some((inside, end + 1))
    }

    /// Where the bracket that opens at `at` closes, and the semicolons directly inside it; nothing if it is deeper or
    /// longer than any citation. Cost: O(its length), and bounded.
    fn bracket(&self, at: usize) -> Option<(usize, Vec<usize>)> {
        let (mut depth, mut stops) = (0, Vec::new());
        let text = self.text.get(at..).filter(|text| text.starts_with('[') && !text.starts_with("[^"))?;
        for (found, c) in text.char_indices() {
            let here = at + found;
            match c {
                '[' if !(self.escaped)(here) => depth += 1,
                ']' if !(self.escaped)(here) => depth -= 1,
                ';' if depth == 1 && !(self.escaped)(here) => stops.push(here),
                _ => {}
            }
            if depth == 0 {
                return (c == ']').then_some((here, stops));
            }
            if depth > DEEPEST || found > LONGEST {
                return None;
            }
        }
        None
    }

    fn trimmed(&self, range: Range<usize>, front: bool) -> Range<usize> {
        let text = &self.text[range.clone()];
        let (start, end) = (range.end - text.trim_start().len(), range.start + text.trim_end().len());
        // The space between a key and what follows it counts: `@a, left`, `@a and more`.
        if front { start.min(end)..end } else { range.start..end.max(range.start) }
    }
}

/// Whether a text says where in a work: a number, or a word such as `p.` or `chapter` before one.
pub fn is_locator(text: &str) -> bool {
    locator(text).is_some()
}

/// Words that name a part of a work, by the term of CSL.
const PARTS: [(&str, &[&str]); 16] = [
    ("page", &["p.", "pp.", "page", "pages"]),
    ("chapter", &["chap.", "chaps.", "ch.", "chapter", "chapters"]),
    ("section", &["sec.", "secs.", "sect.", "section", "sections", "§", "§§"]),
    ("figure", &["fig.", "figs.", "figure", "figures"]),
    ("table", &["tab.", "table", "tables"]),
    ("appendix", &["app.", "appendix"]),
    ("volume", &["vol.", "vols.", "volume", "volumes"]),
    ("part", &["pt.", "part", "parts"]),
    ("paragraph", &["para.", "par.", "paragraph", "¶"]),
    ("note", &["n.", "note", "notes"]),
    ("line", &["l.", "line", "lines"]),
    ("column", &["col.", "column"]),
    ("book", &["bk.", "book"]),
    ("issue", &["no.", "issue"]),
    ("verse", &["v.", "verse"]),
    ("folio", &["fol.", "folio"]),
];

/// Where in a work a text points: the term of CSL, the place, and what follows it.
pub fn locator(text: &str) -> Option<(&'static str, &str, &str)> {
    const SPACES: [char; 3] = [' ', '\u{a0}', '~'];
    let text = text.trim_start_matches(',').trim_start();
    let word = text.split(SPACES).next().unwrap_or_default();
    let lower = word.to_lowercase();
    let known = PARTS.iter().find(|(_, words)| words.contains(&lower.as_str())).map(|(part, _)| *part);
    let sign = text.trim_start_matches(['§', '¶']);
    let (part, place) = match known {
        Some(part) => (Some(part), text[word.len()..].trim_start_matches(SPACES)),
        None if sign.len() < text.len() => (Some(if text.starts_with('¶') { "paragraph" } else { "section" }), sign),
        None => (None, text),
    };
    let end = place_end(place, part.is_some());
    (end > 0).then_some((part.unwrap_or("page"), &place[..end], &place[end..]))
}

/// The end of a place such as `3`, `A.2`, `iv` or `3, 5–7 and 9`. Without a word before it only numbers count.
fn place_end(text: &str, named: bool) -> usize {
    let number = |word: &str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        digits > 0 && word.chars().all(|c| c.is_ascii_digit() || "-–".contains(c))
    };
    let first = |word: &str| {
        let short = word.len() <= 12 && word.chars().any(|c| c.is_ascii_digit());
        let roman = !word.is_empty() && word.chars().all(|c| "ivxlcdm".contains(c));
        let letter = word.len() <= 2 && word.starts_with(|c: char| c.is_ascii_uppercase());
        number(word) || (named && (short || roman || letter))
    };
    let (mut end, mut at) = (0, 0);
    for word in text.split_inclusive([' ', '\n']) {
        let bare = word.trim_end().trim_end_matches([',', ';', '.']);
        let begins = if end == 0 { first(bare) } else { number(bare) };
        let joins = end > 0 && matches!(bare, "and" | "&");
        if !begins && !joins {
            break;
        }
        end = if begins { at + bare.len() } else { end };
        at += word.len();
    }
    end
}
