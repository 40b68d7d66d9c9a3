//! A YAML mapping whose keys know where they are, so that each wrong one is told at its place.

use std::ops::Range;
use std::sync::Arc;

use serde_yaml::{Mapping, Value};

use super::date::Date;
use super::key::{Fault, Key, Step, Table, Wrong, number};
use super::mistake::{Mistakes, Span};

/// A mapping read from part of a file.
pub struct Fields<'a> {
    file: &'a Arc<str>,
    /// The YAML text, and the offset in the file of each of its lines.
    text: &'a str,
    lines: Lines,
    mapping: Mapping,
    table: &'static Table,
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
    /// Reads the keys of a table.
    pub fn read(file: &'a Arc<str>, text: &'a str, lines: Lines, table: &'static Table) -> Result<Fields<'a>, Broken> {
        let mut fields = Fields { file, text, lines, mapping: Mapping::new(), table };
        match serde_yaml::from_str::<Value>(text) {
            Ok(Value::Mapping(mapping)) => fields.mapping = mapping,
            Ok(Value::Null) => {}
            Ok(_) => return Err(Broken { span: fields.place(0, 1), text: "expected `key: value` lines".into() }),
            Err(error) => {
                let at = error.location().map_or((0, 0), |at| (at.line().max(1) - 1, at.column().max(1) - 1));
                return Err(fields.broken(at, &error.to_string()));
            }
        }
        Ok(fields)
    }

    /// Reads a file of JSON. A list stands for a mapping that holds it under `list`.
    pub fn read_json(
        file: &'a Arc<str>,
        text: &'a str,
        table: &'static Table,
        list: Key,
    ) -> Result<Fields<'a>, Broken> {
        let mut fields = Fields { file, text, lines: Lines::From(0), mapping: Mapping::new(), table };
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Mapping(mapping)) => fields.mapping = mapping,
            Ok(items @ Value::Sequence(_)) => drop(fields.mapping.insert(list.name.into(), items)),
            Ok(_) => return Err(Broken { span: fields.place(0, 1), text: "expected an object or a list".into() }),
            Err(error) => {
                // The parser counts bytes, and names the last one that it read.
                let line = text.lines().nth(error.line().max(1) - 1).unwrap_or_default();
                let column = line.char_indices().take_while(|(at, _)| at + 1 < error.column()).count();
                return Err(fields.broken((error.line().max(1) - 1, column), &error.to_string()));
            }
        }
        Ok(fields)
    }

    /// What a parser complains of at a line and a column in characters, each counted from 0.
    fn broken(&self, (line, column): (usize, usize), full: &str) -> Broken {
        let complaint = full.split(" at line ").next().unwrap_or(full).to_owned();
        let mut span = self.place(line, 1);
        let before = self.text.lines().nth(line).unwrap_or_default().chars().take(column);
        span.start = (span.start + before.map(char::len_utf8).sum::<usize>()).min(self.end());
        span.end = span.start + 1;
        Broken { span, text: complaint }
    }

    /// The names and values of a nested mapping.
    pub fn mapping(&self, key: Key, mistakes: &mut Mistakes) -> Option<Vec<(String, Value)>> {
        match self.value(key, mistakes)? {
            Value::Mapping(inner) => Some(inner.into_iter().filter_map(|(k, v)| Some((scalar(&k)?, v))).collect()),
            _ => None,
        }
    }

    /// A nested mapping of known keys.
    pub fn node(&self, key: Key, mistakes: &mut Mistakes) -> Option<Node> {
        Node::new(self.value(key, mistakes)?)
    }

    /// The items of a list, or the one that stands in its place.
    pub fn items(&self, key: Key, mistakes: &mut Mistakes) -> Vec<Value> {
        match self.value(key, mistakes) {
            Some(Value::Sequence(items)) => items,
            one => one.into_iter().collect(),
        }
    }

    /// A string, number or date as text; an empty string counts as absent.
    pub fn string(&self, key: Key, mistakes: &mut Mistakes) -> Option<String> {
        self.value(key, mistakes).and_then(|value| scalar(&value)).filter(|text| !text.is_empty())
    }

    /// A string or a list of strings, those of all names of the key.
    pub fn strings(&self, key: Key, mistakes: &mut Mistakes) -> Vec<String> {
        let values = key.names().filter_map(|name| self.named(key, name, mistakes));
        values.flat_map(|value| texts(&value)).collect()
    }

    pub fn flag(&self, key: Key, mistakes: &mut Mistakes) -> Option<bool> {
        self.value(key, mistakes)?.as_bool()
    }

    pub fn number(&self, key: Key, mistakes: &mut Mistakes) -> Option<f64> {
        number(&self.value(key, mistakes)?)
    }

    pub fn date(&self, key: Key, mistakes: &mut Mistakes) -> Option<Date> {
        self.value(key, mistakes).and_then(|value| Date::read(&scalar(&value)?))
    }

    /// The value without what is wrong with it, which is told; null counts as absent.
    pub fn value(&self, key: Key, mistakes: &mut Mistakes) -> Option<Value> {
        key.names().find_map(|name| self.named(key, name, mistakes))
    }

    /// The same, of one of the key's names.
    pub fn named(&self, key: Key, name: &str, mistakes: &mut Mistakes) -> Option<Value> {
        let value = self.mapping.get(name).filter(|value| !value.is_null())?;
        // A text that says nothing is a key without a value, whatever the key should hold.
        if value.as_str() == Some("") {
            return None;
        }
        let mut faults = Vec::new();
        let value = key.holds.clean(value, &mut faults);
        faults.into_iter().for_each(|fault| self.tell(name, fault, mistakes));
        value
    }

    fn tell(&self, name: &str, Fault { path, what }: Fault, mistakes: &mut Mistakes) {
        let steps = path.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::At(_) => None,
        });
        let full: Vec<&str> = std::iter::once(name).chain(steps).collect();
        let span = self.part(name, &path);
        match what {
            Wrong::Expected(words) => mistakes.bad_value(span, &full.join("."), &words),
            Wrong::Unknown(key, near) => mistakes.unknown_key(span, &key, near),
        }
    }

    pub fn has(&self, key: Key) -> bool {
        key.names().any(|name| self.mapping.contains_key(name))
    }

    pub fn wrong<T>(&self, key: Key, expected: &str, mistakes: &mut Mistakes) -> Option<T> {
        mistakes.bad_value(self.span(key), key.name, expected);
        None
    }

    /// The keys that the table does not have: near a known one they are mistakes, else they are returned.
    pub fn rest(&self, mistakes: &mut Mistakes) -> Vec<(String, Value)> {
        let mut rest = Vec::new();
        let known = |key: &str| self.table.keys.iter().any(|known| known.names().any(|name| name == key));
        for (key, value) in &self.mapping {
            let key = scalar(key).unwrap_or_default();
            match self.table.unknown(&key) {
                Some(near) => mistakes.unknown_key(self.part(&key, &[]), &key, near),
                None if !known(&key) => rest.push((key, value.clone())),
                None => {}
            }
        }
        rest
    }

    /// Where a key stands.
    pub fn span(&self, key: Key) -> Span {
        self.part(key.names().find(|name| self.mapping.contains_key(name)).unwrap_or(key.name), &[])
    }

    /// The whole entry of a key's line.
    pub fn line_span(&self, key: Key) -> Span {
        let mut span = self.span(key);
        let name = key.names().find(|name| self.mapping.contains_key(name)).unwrap_or(key.name);
        let line = self.text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        span.end = span.start + line.len().max(1);
        span
    }

    /// Where a part of a key's value stands, as far as the text shows.
    pub fn part(&self, name: &str, path: &[Step]) -> Span {
        let mut found = self.top(name);
        let mut region = found.start..self.text.len();
        for step in path {
            let next = match step {
                Step::Key(name) => find_key(self.text, &region, name).map(|at| at..at + name.len()),
                Step::At(at) => items(self.text, &region).get(*at).cloned(),
            };
            let Some(next) = next else { break };
            region = next.start..if matches!(step, Step::At(_)) { next.end } else { region.end };
            found = next;
        }
        let first = found.start
            ..found.start + self.text.get(found.clone()).and_then(|text| text.split('\n').next()).map_or(0, str::len);
        self.at(first)
    }

    /// The place of a key of the mapping in the text.
    fn top(&self, name: &str) -> Range<usize> {
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            let bare = line.trim_start_matches(['"', '\'']);
            if bare.strip_prefix(name).is_some_and(ends_key) {
                return at..at + name.len();
            }
            at += line.len();
        }
        let at = find_key(self.text, &(0..self.text.len()), name);
        at.map_or(0..name.len().min(self.text.len()), |at| at..at + name.len())
    }

    /// A range of the text in the file.
    fn at(&self, range: Range<usize>) -> Span {
        let before = &self.text[..range.start.min(self.text.len())];
        let line = before.matches('\n').count();
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let start = self.place(line, 0).start + column;
        Span::new(self.file, start..start + range.len().max(1))
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

/// Whether this follows the name of a key.
fn ends_key(rest: &str) -> bool {
    rest.trim_start_matches(['"', '\'', ' ']).starts_with(':')
}

/// Where a key first stands in a region.
fn find_key(text: &str, region: &Range<usize>, name: &str) -> Option<usize> {
    let inside = text.get(region.clone())?;
    let starts = |at: &usize| {
        let before = inside[..*at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !"-_.\\".contains(c)) && ends_key(&inside[at + name.len()..])
    };
    inside.match_indices(name).map(|(at, _)| at).find(starts).map(|at| region.start + at)
}

/// The items of the first list in a region: of a flow list, or those behind dashes.
fn items(text: &str, region: &Range<usize>) -> Vec<Range<usize>> {
    let inside = &text[region.clone()];
    let after = inside.find(':').map_or(0, |at| at + 1);
    // A file of JSON may be a list itself.
    let list = if inside.trim_start().starts_with('[') { 0 } else { after };
    let begin = list + (inside[list..].len() - inside[list..].trim_start().len());
    if inside[begin..].starts_with('[') {
        return flow(inside, begin + 1).into_iter().map(|at| region.start + at.start..region.start + at.end).collect();
    }
    let mut out: Vec<Range<usize>> = Vec::new();
    let (mut at, mut dash) = (region.start, None);
    for (number, line) in inside.split_inclusive('\n').enumerate() {
        let indent = line.len() - line.trim_start().len();
        if number > 0 && line[indent..].starts_with('-') && dash.is_none_or(|dash| dash == indent) {
            dash = Some(indent);
            let skip = line[indent + 1..].len() - line[indent + 1..].trim_start().len() + 1;
            out.push(at + indent + skip..at + line.trim_end().len().max(indent + skip));
        } else if let (Some(_), Some(last)) = (dash, out.last_mut()) {
            if !line.trim().is_empty() && dash.is_some_and(|dash| indent <= dash) {
                break;
            }
            last.end = at + line.trim_end().len();
        }
        at += line.len();
    }
    out
}

/// The items of a flow list that begins here.
fn flow(text: &str, begin: usize) -> Vec<Range<usize>> {
    let (mut out, mut depth, mut quote, mut start) = (Vec::new(), 0, None, begin);
    let bytes = text.as_bytes();
    for at in begin..bytes.len() {
        match (bytes[at], quote) {
            (c, Some(open)) if c == open && bytes[at - 1] != b'\\' => quote = None,
            (_, Some(_)) => {}
            (c @ (b'"' | b'\''), None) => quote = Some(c),
            (b'[' | b'{', None) => depth += 1,
            (b']' | b'}', None) if depth > 0 => depth -= 1,
            (c @ (b',' | b']'), None) if depth == 0 => {
                let item = &text[start..at];
                let skip = item.len() - item.trim_start().len();
                out.push(start + skip..start + item.trim_end().len().max(skip));
                start = at + 1;
                if c == b']' {
                    break;
                }
            }
            _ => {}
        }
    }
    out
}

/// A nested mapping, without what was wrong with it.
#[derive(Clone, Debug)]
pub struct Node {
    mapping: Mapping,
}

impl Node {
    /// Nothing for what is no mapping.
    pub fn new(value: Value) -> Option<Node> {
        match value {
            Value::Mapping(mapping) => Some(Node { mapping }),
            _ => None,
        }
    }

    pub fn value(&self, key: Key) -> Option<&Value> {
        key.names().find_map(|name| self.mapping.get(name)).filter(|value| !value.is_null())
    }

    pub fn string(&self, key: Key) -> Option<String> {
        self.value(key).and_then(scalar).filter(|text| !text.is_empty())
    }

    pub fn strings(&self, key: Key) -> Vec<String> {
        self.value(key).map(texts).unwrap_or_default()
    }

    pub fn flag(&self, key: Key) -> Option<bool> {
        self.value(key)?.as_bool()
    }
}

/// A text or a list of texts, without empty ones.
pub fn texts(value: &Value) -> Vec<String> {
    let items = match value {
        Value::Sequence(items) => items.iter().filter_map(scalar).collect(),
        one => scalar(one).into_iter().collect::<Vec<String>>(),
    };
    items.into_iter().filter(|text| !text.is_empty()).collect()
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
