//! What is covered inside a line: the attributes of an image, and formulas between `\\(` and `\\)`.

use std::ops::Range;

use crate::guide::attributes;

/// What Markdown does not know in an ordinary line. Code is left alone.
pub(super) fn find(source: &str, content: Range<usize>) -> Vec<Range<usize>> {
    let (text, mut out) = (&source[content.clone()], Vec::new());
    if !text.contains("{") && !text.contains(r"\\(") {
        return out;
    }
    let mut at = 0;
    while let Some(found) = text[at..].find(['`', '\\', '!']) {
        at += found;
        let rest = &text[at..];
        at += match rest.as_bytes()[0] {
            b'`' => {
                let run = rest.len() - rest.trim_start_matches('`').len();
                rest[run..].find(&rest[..run]).map_or(run, |end| 2 * run + end)
            }
            b'\\' if rest.starts_with(r"\\(") => match rest.find(r"\\)") {
                Some(end) => {
                    out.push(content.start + at..content.start + at + end + 3);
                    end + 3
                }
                None => 3,
            },
            b'\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => match image(rest) {
                Some(length) => {
                    if let Some(braces) = attributes::length(&rest[length..]).filter(|braces| *braces > 3) {
                        let start = content.start + at + length;
                        out.push(start..start + braces);
                    }
                    length
                }
                None => 1,
            },
        };
    }
    out
}

/// The length of an image at the beginning of a text, without attributes.
fn image(text: &str) -> Option<usize> {
    let alt = 1 + bracketed(text.strip_prefix('!')?, '[', ']')?;
    let rest = &text[alt..];
    let to = bracketed(rest, '(', ')').or_else(|| bracketed(rest, '[', ']'))?;
    Some(alt + to)
}

/// The length of what stands in brackets at the beginning of a text, brackets inside included.
fn bracketed(text: &str, open: char, close: char) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            // The title of an image may hold what would close it.
            '"' if open == '(' => quoted = !quoted,
            _ if quoted => {}
            c if c == open => depth += 1,
            c if c == close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (at > 0).then_some(at + 1);
        }
    }
    None
}
