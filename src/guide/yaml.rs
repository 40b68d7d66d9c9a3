//! A YAML mapping whose keys know where they are, so that each wrong one is told at its place.

use std::cell::RefCell;
use std::sync::Arc;

use serde_yaml::{Mapping, Value};

use super::mistake::{Mistakes, Span};

/// A mapping read from part of a file.
pub struct Fields<'a> {
    file: &'a Arc<str>,
    /// The YAML text, and the offset in the file of each of its lines.
    text: &'a str,
    lines: Lines,
    mapping: Mapping,
    asked: RefCell<Vec<&'static str>>,
}

/// Where the lines of a YAML text lie in its file.
#[derive(Clone)]
pub enum Lines {
    /// The text is one stretch that begins here.
    From(usize),
    /// Each line has a place of its own, as the options of a cell do.
    Each(Vec<usize>),
}

/// Why a text could not be read as a mapping.
pub struct Broken {
    pub span: Span,
    pub text: String,
}

impl<'a> Fields<'a> {
    pub fn read(file: &'a Arc<str>, text: &'a str, lines: Lines) -> Result<Fields<'a>, Broken> {
        let mut fields = Fields { file, text, lines, mapping: Mapping::new(), asked: RefCell::default() };
        match serde_yaml::from_str::<Value>(text) {
            Ok(Value::Mapping(mapping)) => fields.mapping = mapping,
            Ok(Value::Null) => {}
            Ok(_) => return Err(Broken { span: fields.place(0, 1), text: "expected `key: value` lines".into() }),
            Err(error) => {
                let (line, column) =
                    error.location().map_or((0, 0), |at| (at.line().max(1) - 1, at.column().max(1) - 1));
                let full = error.to_string();
                let complaint = full.split(" at line ").next().unwrap_or(&full).to_owned();
                let mut span = fields.place(line, 1);
                // The parser counts characters.
                let before = text.lines().nth(line).unwrap_or_default().chars().take(column);
                span.start = (span.start + before.map(char::len_utf8).sum::<usize>()).min(fields.end());
                span.end = span.start + 1;
                return Err(Broken { span, text: complaint });
            }
        }
        Ok(fields)
    }

    /// A nested mapping as fields of its own; keys inside are placed at the outer key.
    pub fn mapping(&self, key: &'static str, mistakes: &mut Mistakes) -> Option<Vec<(String, Value)>> {
        match self.value(key)? {
            Value::Mapping(inner) => {
                let entries = inner.iter().map(|(name, value)| (scalar(name).unwrap_or_default(), value.clone()));
                Some(entries.collect())
            }
            _ => self.wrong(key, "`name: value` lines", mistakes),
        }
    }

    pub fn sequence(&self, key: &'static str, mistakes: &mut Mistakes) -> Option<Vec<Value>> {
        match self.value(key)? {
            Value::Sequence(items) => Some(items.clone()),
            _ => self.wrong(key, "a list", mistakes),
        }
    }

    /// A string, number or date as text; an empty string counts as absent.
    pub fn string(&self, key: &'static str, mistakes: &mut Mistakes) -> Option<String> {
        match scalar(self.value(key)?) {
            Some(text) => Some(text).filter(|text| !text.is_empty()),
            None => self.wrong(key, "text", mistakes),
        }
    }

    /// A string or a list of strings.
    pub fn strings(&self, key: &'static str, mistakes: &mut Mistakes) -> Vec<String> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let items = match value {
            Value::Sequence(items) => items.iter().map(scalar).collect(),
            one => scalar(one).map(|text| vec![text]),
        };
        let items: Option<Vec<String>> = items;
        match items {
            Some(items) => items.into_iter().filter(|text| !text.is_empty()).collect(),
            None => self.wrong(key, "text or a list of texts", mistakes).unwrap_or_default(),
        }
    }

    pub fn flag(&self, key: &'static str, mistakes: &mut Mistakes) -> Option<bool> {
        match self.value(key)? {
            Value::Bool(flag) => Some(*flag),
            _ => self.wrong(key, "`true` or `false`", mistakes),
        }
    }

    pub fn number(&self, key: &'static str, mistakes: &mut Mistakes) -> Option<f64> {
        match self.value(key)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) if text.parse::<f64>().is_ok() => text.parse().ok(),
            _ => self.wrong(key, "a number", mistakes),
        }
    }

    /// The raw value; null counts as absent. Marks the key as known.
    pub fn value(&self, key: &'static str) -> Option<&Value> {
        self.asked.borrow_mut().push(key);
        self.mapping.get(key).filter(|value| !value.is_null())
    }

    pub fn wrong<T>(&self, key: &str, expected: &str, mistakes: &mut Mistakes) -> Option<T> {
        mistakes.bad_value(self.span(key), key, expected);
        None
    }

    /// The keys that nothing asked for: near a known one they are mistakes, else they are returned.
    pub fn rest(&self, strict: bool, mistakes: &mut Mistakes) -> Vec<(String, Value)> {
        let mut rest = Vec::new();
        for (key, value) in &self.mapping {
            let key = scalar(key).unwrap_or_default();
            let asked = self.asked.borrow();
            if asked.contains(&key.as_str()) {
                continue;
            }
            let near = nearest(&key, asked.iter().copied());
            if strict || near.is_some() {
                mistakes.unknown_key(self.span(&key), &key, near);
            } else {
                rest.push((key, value.clone()));
            }
        }
        rest
    }

    /// Where a key stands.
    pub fn span(&self, key: &str) -> Span {
        let starts = |line: &str| {
            let line = line.trim_start_matches(['"', '\'']);
            line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        };
        let line = self.text.lines().position(starts).unwrap_or(0);
        self.place(line, key.len())
    }

    /// The whole entry of a key's line.
    pub fn line_span(&self, key: &str) -> Span {
        let mut span = self.span(key);
        let line = self.text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        span.end = span.start + line.len().max(1);
        span
    }

    fn place(&self, line: usize, length: usize) -> Span {
        let start = match &self.lines {
            Lines::From(base) => base + self.text.split_inclusive('\n').take(line).map(str::len).sum::<usize>(),
            Lines::Each(starts) => starts.get(line).or(starts.last()).copied().unwrap_or(0),
        };
        Span::new(self.file, start..start + length)
    }

    fn end(&self) -> usize {
        match &self.lines {
            Lines::From(base) => base + self.text.len(),
            Lines::Each(_) => usize::MAX,
        }
    }
}

/// Text, a number or a truth value as text.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null => Some(String::new()),
        _ => None,
    }
}

/// The candidate that a word is probably a misspelling of: within a third of its length in edits.
pub fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let lower = word.to_lowercase();
    let near = candidates.map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate));
    let (distance, candidate) = near.min()?;
    (distance <= 1.max(word.chars().count() / 3)).then_some(candidate)
}

/// Up to three candidates that a word may be a misspelling of, the nearest first.
pub fn nearest_few<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Vec<&'c str> {
    let lower = word.to_lowercase();
    let distance = |candidate: &str| strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
    let close = 1.max(word.chars().count() / 3);
    let near = candidates.map(|candidate| (distance(candidate), candidate)).filter(|(distance, _)| *distance <= close);
    let mut near: Vec<(usize, &str)> = near.collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}
