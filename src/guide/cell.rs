//! A cell: a fenced block of Rust whose results become figures, numbers and claims of the page.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::block::Inline;
use super::config;
use super::job::is_hidden;
use super::key::{Key, cell as key};
use super::markdown::parse_inlines;
use super::mistake::{Mistakes, Span};
use super::tolerance::{self, Tolerances};
use super::yaml::{Broken, Fields, Lines};

#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub label: String,
    /// From the opening fence to the end of the closing one.
    pub span: Span,
    /// The lines between the fences, where they stand in the page.
    pub body: Vec<Range<usize>>,
    /// The code that readers see.
    pub shown: String,
    pub caption: Vec<Inline>,
    /// What the figure shows, for those who cannot see it.
    pub alt: String,
    pub after: Vec<(String, Span)>,
    pub data: Vec<Data>,
    pub seed: u64,
    pub tolerances: Tolerances,
    /// The line that declares them, or the fence.
    pub tolerance_line: Span,
    pub time_limit: Option<Duration>,
    pub echo: Echo,
}

/// A file that a cell reads: `digits.csv`, or with the beginning of its digest `digits.csv#91f0...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    pub name: String,
    /// The first digits of the file's BLAKE3 digest, in hexadecimal, if it must be just this file.
    pub digest: Option<String>,
    pub span: Span,
}

/// So many digits of a digest tell a file from every other.
const DIGITS: std::ops::RangeInclusive<usize> = 16..=64;

impl Data {
    fn new(text: &str, span: Span, m: &mut Mistakes) -> Self {
        let (name, digest) = match text.split_once('#') {
            Some((name, digest)) => (name, Some(digest.to_ascii_lowercase())),
            None => (text, None),
        };
        let good = |digest: &String| DIGITS.contains(&digest.len()) && digest.bytes().all(|b| b.is_ascii_hexdigit());
        if digest.as_ref().is_some_and(|digest| !good(digest)) {
            m.bad_value(span.clone(), "data", "a file, and behind a `#` 16 to 64 digits of its BLAKE3 digest");
        }
        Self { name: name.to_owned(), digest: digest.filter(good), span }
    }
}

/// How the page shows the cell's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo {
    /// Behind a click.
    Folded,
    Shown,
    Hidden,
}

impl Cell {
    /// Whether `name` in `{{name.value}}` or `after: name` means this cell: its label, with or without `fig-` or `tbl-`.
    pub fn answers_to(&self, name: &str) -> bool {
        self.label == name || self.short_name() == name
    }

    /// What computes it anew and compares the result with its record.
    pub fn command(&self) -> String {
        format!("theoria verify {}", self.label)
    }

    pub fn short_name(&self) -> &str {
        let label = self.label.as_str();
        label.strip_prefix("fig-").or(label.strip_prefix("tbl-")).unwrap_or(label)
    }
}

/// Reads a cell from its lines; without a usable label it cannot be kept.
pub fn read(
    file: &Arc<str>,
    source: &str,
    span: Span,
    body: Vec<Range<usize>>,
    mistakes: &mut Mistakes,
) -> Option<Cell> {
    let (mut options, mut starts) = (String::new(), Vec::new());
    let mut shown = String::new();
    for (line, start) in lines(source, &body) {
        if let Some(option) = line.trim_start().strip_prefix("//|") {
            let option = option.strip_prefix(' ').unwrap_or(option);
            starts.push(start + (line.len() - option.len()));
            options.push_str(option);
            options.push('\n');
        } else if !is_hidden(line) {
            shown.push_str(line);
            shown.push('\n');
        }
    }
    let fields = match Fields::read(file, &options, Lines::Each(starts), &key::TABLE) {
        Ok(fields) => fields,
        Err(Broken { span, text }) => {
            mistakes.bad_cell_options(span, &text);
            return None;
        }
    };
    let cell = fill(&fields, span, body, shown.trim_matches('\n').to_owned(), mistakes);
    fields.rest(mistakes);
    cell
}

fn lines<'a>(source: &'a str, body: &[Range<usize>]) -> Vec<(&'a str, usize)> {
    let mut out = Vec::new();
    for piece in body {
        let mut at = piece.start;
        for line in source[piece.clone()].split_inclusive('\n') {
            out.push((line.trim_end_matches(['\n', '\r']), at));
            at += line.len();
        }
    }
    out
}

fn fill(fields: &Fields, span: Span, body: Vec<Range<usize>>, shown: String, m: &mut Mistakes) -> Option<Cell> {
    let label = fields.string(key::LABEL, m);
    let caption = fields.string(key::CAPTION, m).unwrap_or_default();
    let named = |key: Key, m: &mut Mistakes| -> Vec<(String, Span)> {
        fields.strings(key, m).into_iter().map(|name| (name, fields.line_span(key))).collect()
    };
    let echo = match fields.string(key::ECHO, m).as_deref() {
        Some("true") => Echo::Shown,
        Some("false") => Echo::Hidden,
        _ => Echo::Folded,
    };
    let tolerances = fields.value(key::TOLERANCE, m).and_then(|value| tolerance::read(&value).ok());
    let cell = Cell {
        label: label.clone().unwrap_or_default(),
        caption: parse_inlines(&caption, &fields.line_span(key::CAPTION), m),
        alt: fields.string(key::ALT, m).unwrap_or_default(),
        after: named(key::AFTER, m),
        data: named(key::DATA, m).into_iter().map(|(text, span)| Data::new(&text, span, m)).collect(),
        seed: fields.number(key::SEED, m).unwrap_or(0.0) as u64,
        tolerance_line: if tolerances.is_some() { fields.line_span(key::TOLERANCE) } else { span.marks() },
        tolerances: tolerances.unwrap_or_default(),
        time_limit: fields.string(key::TIME_LIMIT, m).as_deref().and_then(config::seconds),
        echo,
        span: span.clone(),
        body,
        shown,
    };
    match label {
        None => {
            m.cell_without_label(span);
            None
        }
        Some(label) if !label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') => {
            m.bad_value(fields.line_span(key::LABEL), "label", "letters, digits and hyphens");
            None
        }
        Some(_) => Some(cell),
    }
}
