//! What of a formula's LaTeX is ours and not the typesetter's: labels, references, and which rows are numbered.

use std::ops::Range;

/// Environments that stand for a whole display formula; those with a star number nothing.
pub const DISPLAYS: [&str; 8] =
    ["equation", "equation*", "align", "align*", "gather", "gather*", "alignat", "alignat*"];

/// The environment that a text begins with, if it stands for a whole display formula.
pub fn display(text: &str) -> Option<&str> {
    let name = text.strip_prefix("\\begin{")?.split_once('}')?.0;
    DISPLAYS.contains(&name).then_some(name)
}

/// Takes each `\label{eq-x}` out of a formula: what is left, and the labels with their places in it. `cut` hears of each cut:
/// where it is in what is left, and where the text goes on.
pub fn take_labels(tex: &str, mut cut: impl FnMut(usize, usize)) -> (String, Vec<(usize, String)>) {
    let (mut out, mut labels, mut at) = (String::new(), Vec::new(), 0);
    while let Some(found) = tex[at..].find("\\label{") {
        let start = at + found;
        let Some(length) = tex[start..].find('}') else { break };
        out.push_str(&tex[at..start]);
        labels.push((out.len(), tex[start + 7..start + length].trim().to_owned()));
        at = start + length + 1;
        cut(out.len(), at);
    }
    out.push_str(&tex[at..]);
    (out, labels)
}

/// `\eqref{x}` or `\ref{x}` in a formula.
pub struct Reference<'t> {
    pub range: Range<usize>,
    pub label: &'t str,
    /// Whether the number stands in parentheses.
    pub parentheses: bool,
}

/// The references of a formula, in their order.
pub fn references(tex: &str) -> Vec<Reference<'_>> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(found) = tex[at..].find("ref{") {
        let end = at + found + 4;
        at = end;
        let before = &tex[..end - 4];
        let parentheses = before.ends_with("\\eq");
        if !parentheses && !before.ends_with('\\') {
            continue;
        }
        let start = end - 4 - if parentheses { 3 } else { 1 };
        let Some(length) = tex[end..].find('}') else { continue };
        out.push(Reference { range: start..end + length + 1, label: tex[end..end + length].trim(), parentheses });
    }
    out
}

/// The names of the outermost environments that would number rows by themselves, each where it stands.
pub fn numbering(tex: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    for mark in ["\\begin{", "\\end{"] {
        for (at, _) in tex.match_indices(mark) {
            let start = at + mark.len();
            let Some(length) = tex[start..].find('}') else { continue };
            let name = &tex[start..start + length];
            if DISPLAYS.contains(&name) && !name.ends_with('*') {
                out.push(start..start + length);
            }
        }
    }
    out.sort_by_key(|range| range.start);
    out
}

/// The row that a place of a formula is in: of its outermost environment, if that is one of rows, else the whole.
pub fn row(tex: &str, place: usize) -> Range<usize> {
    let rows = tex.find("\\begin{").filter(|at| display(&tex[*at..]).is_some_and(|name| !name.starts_with("equation")));
    let Some(begin) = rows else { return 0..tex.len() };
    let (mut depth, mut start, mut at) = (0, begin, begin);
    while let Some(found) = tex[at..].find('\\') {
        at += found;
        let rest = &tex[at..];
        if rest.starts_with("\\begin{") {
            depth += 1;
        } else if rest.starts_with("\\end{") {
            depth -= 1;
        } else if rest.starts_with("\\\\") && depth == 1 {
            if place <= at {
                return start..at;
            }
            start = at + 2;
        }
        at += if rest[1..].starts_with('\\') { 2 } else { 1 };
    }
    start..tex.len()
}

/// The tag that an author gave to the row of a place.
pub fn tag(tex: &str, place: usize) -> Option<&str> {
    let row = &tex[row(tex, place)];
    let (_, rest) = row.split_once("\\tag{").or_else(|| row.split_once("\\tag*{"))?;
    rest.split_once('}').map(|(tag, _)| tag)
}
