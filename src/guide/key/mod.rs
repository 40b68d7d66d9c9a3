//! The keys of the YAML that authors write: each declared once, for the reader, for JSON Schema and for the help.

pub mod cell;
pub mod config;
pub mod front;
pub mod people;
pub mod schema;
pub mod sequence;
pub mod services;

use serde_yaml::{Mapping, Value};

use super::date::Date;
use super::tolerance;
use super::yaml::{nearest, scalar};

/// A key, what it holds and what it means. Only the tables below can make one, and nothing is read but by one: so no key
/// is read that the schemas and the help do not know.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub name: &'static str,
    /// Other names of the same.
    pub also: &'static [&'static str],
    pub holds: Holds,
    meaning: &'static str,
    /// A value, as YAML.
    pub example: &'static str,
}

impl Key {
    /// What it means to an author.
    pub fn meaning(&self) -> String {
        self.meaning.lines().map(str::trim).collect::<Vec<_>>().join(" ")
    }

    /// Its name and its other names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.also.iter().copied())
    }
}

/// The keys of a mapping.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub keys: &'static [Key],
    /// Whether a key that is not among them is a mistake in any case, and not only where it looks like a misspelling.
    pub strict: bool,
    /// The keys that must be there.
    pub needs: &'static [&'static str],
}

impl Table {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().flat_map(Key::names)
    }

    /// What is wrong with a key that is not in the table.
    pub fn unknown(&self, key: &str) -> Option<Option<&'static str>> {
        if self.names().any(|name| name == key) {
            return None;
        }
        let near = nearest(key, self.names());
        (self.strict || near.is_some()).then_some(near)
    }
}

/// What a key may hold.
#[derive(Clone, Copy, Debug)]
pub enum Holds {
    /// A text; a number will do.
    Text,
    /// A text, or a list of texts.
    Texts,
    Flag,
    Number,
    /// A number of these bounds without a fraction.
    Whole(u64, u64),
    Date,
    /// A number of seconds, with or without the unit.
    Seconds,
    /// A tolerance, and whether one for each name will do.
    Tolerance(bool),
    /// One of some words.
    OneOf(fn() -> Vec<&'static str>),
    /// A mapping of known keys.
    Keys(&'static Table),
    /// A mapping of names that the author chooses.
    Map(&'static Holds),
    List(&'static Holds),
    Either(&'static [Holds]),
    Anything,
}

/// A step from a value to a part of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Key(String),
    At(usize),
}

/// What is wrong with a part of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub path: Vec<Step>,
    pub what: Wrong,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Wrong {
    /// In words: what should be there.
    Expected(String),
    Unknown(String, Option<&'static str>),
}

/// More words than anyone would read in a mistake.
const MANY: usize = 12;

impl Holds {
    /// The value without what is wrong with it, or nothing; and all that is wrong.
    pub fn clean(&self, value: &Value, faults: &mut Vec<Fault>) -> Option<Value> {
        self.clean_at(value, &mut Vec::new(), faults)
    }

    fn clean_at(&self, value: &Value, path: &mut Vec<Step>, faults: &mut Vec<Fault>) -> Option<Value> {
        match (self, value) {
            (Holds::List(inner), Value::Sequence(items)) => {
                let items = items.iter().enumerate().filter_map(|(at, item)| {
                    path.push(Step::At(at));
                    let item = inner.clean_at(item, path, faults);
                    path.pop();
                    item
                });
                Some(Value::Sequence(items.collect()))
            }
            (Holds::Map(inner), Value::Mapping(map)) => {
                let mut out = Mapping::new();
                for (name, value) in map {
                    path.push(Step::Key(scalar(name).unwrap_or_default()));
                    inner.clean_at(value, path, faults).and_then(|value| out.insert(name.clone(), value));
                    path.pop();
                }
                Some(Value::Mapping(out))
            }
            (Holds::Keys(table), Value::Mapping(map)) => self.clean_keys(table, map, path, faults),
            (Holds::Either(choices), value) => {
                if let Some(good) = choices.iter().find_map(|choice| choice.fit(value)) {
                    return Some(good);
                }
                // What is wrong inside of it, if it has the shape of one of them.
                match choices.iter().find(|choice| choice.has_shape_of(value)) {
                    Some(choice) => choice.clean_at(value, path, faults),
                    None => self.refuse(path, faults),
                }
            }
            (plain, value) if plain.takes(value) => Some(value.clone()),
            (Holds::OneOf(words), Value::String(word)) if words().len() > MANY => {
                let near = nearest(word, words().into_iter());
                faults.push(Fault { path: path.clone(), what: Wrong::Unknown(word.clone(), near) });
                None
            }
            _ => self.refuse(path, faults),
        }
    }

    fn clean_keys(&self, table: &Table, map: &Mapping, path: &mut Vec<Step>, faults: &mut Vec<Fault>) -> Option<Value> {
        let (mut out, told) = (Mapping::new(), faults.len());
        for (name, value) in map {
            let key = scalar(name).unwrap_or_default();
            path.push(Step::Key(key.clone()));
            if let Some(near) = table.unknown(&key) {
                faults.push(Fault { path: path.clone(), what: Wrong::Unknown(key, near) });
            } else if let Some(known) = table.keys.iter().find(|known| known.names().any(|name| name == key))
                && !value.is_null()
            {
                known.holds.clean_at(value, path, faults).and_then(|value| out.insert(name.clone(), value));
            }
            path.pop();
        }
        match table.needs.iter().all(|key| out.contains_key(key)) {
            true => Some(Value::Mapping(out)),
            // What it needs was misspelt or wrong, which has been told.
            false if faults.len() > told => None,
            false => self.refuse(path, faults),
        }
    }

    fn refuse(&self, path: &[Step], faults: &mut Vec<Fault>) -> Option<Value> {
        faults.push(Fault { path: path.to_vec(), what: Wrong::Expected(self.words()) });
        None
    }

    /// The value, if nothing is wrong with it.
    fn fit(&self, value: &Value) -> Option<Value> {
        let mut faults = Vec::new();
        self.clean(value, &mut faults).filter(|_| faults.is_empty())
    }

    fn has_shape_of(&self, value: &Value) -> bool {
        match self {
            Holds::Keys(_) | Holds::Map(_) => value.is_mapping(),
            Holds::List(_) => value.is_sequence(),
            _ => false,
        }
    }

    /// Whether a value is what stands here, of all kinds that hold no others.
    fn takes(&self, value: &Value) -> bool {
        match self {
            Holds::Text => scalar(value).is_some(),
            Holds::Texts => match value {
                Value::Sequence(items) => items.iter().all(|item| scalar(item).is_some()),
                one => scalar(one).is_some(),
            },
            Holds::Flag => value.is_bool(),
            Holds::Number => number(value).is_some(),
            Holds::Whole(least, most) => number(value)
                .is_some_and(|number| number.fract() == 0.0 && (*least as f64..=*most as f64).contains(&number)),
            Holds::Date => scalar(value).is_some_and(|text| Date::read(&text).is_some()),
            Holds::Seconds => scalar(value).is_some_and(|text| super::config::seconds(&text).is_some()),
            Holds::Tolerance(false) => tolerance::one(value).is_some(),
            Holds::Tolerance(true) => tolerance::read(value).is_ok(),
            Holds::OneOf(words) => scalar(value).is_some_and(|text| words().contains(&text.as_str())),
            Holds::Keys(_) | Holds::Map(_) | Holds::List(_) | Holds::Either(_) => false,
            Holds::Anything => true,
        }
    }

    /// What should be there, in words.
    pub fn words(&self) -> String {
        match self {
            Holds::Text => "text".into(),
            Holds::Texts => "text or a list of texts".into(),
            Holds::Flag => "`true` or `false`".into(),
            Holds::Number => "a number".into(),
            Holds::Whole(0, most) if *most > 1000 => "a whole number that is not negative".into(),
            Holds::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Holds::Date => "a date such as 2023-06-21, 2023-06-21T09:30:00Z or 21 June 2023".into(),
            Holds::Seconds => "a number of seconds above 0".into(),
            Holds::Tolerance(false) => "a number such as 1e-9, or `{rel: 1e-6, abs: 1e-12}`".into(),
            Holds::Tolerance(true) => tolerance::EXPECTED.into(),
            Holds::OneOf(words) => {
                let words: Vec<String> = words().iter().map(|word| format!("`{word}`")).collect();
                either(&words)
            }
            Holds::Keys(table) if !table.needs.is_empty() => {
                let needs: Vec<String> = table.needs.iter().map(|key| format!("`{key}`")).collect();
                format!("`key: value` lines with {}", and(&needs))
            }
            Holds::Keys(_) => "`key: value` lines".into(),
            Holds::Map(_) => "`name: value` lines".into(),
            Holds::List(_) => "a list".into(),
            Holds::Either(choices) => either(&choices.iter().map(Holds::words).collect::<Vec<_>>()),
            Holds::Anything => "anything".into(),
        }
    }
}

/// A number, which may be written as a text.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn either(words: &[String]) -> String {
    joined(words, "or")
}

fn and(words: &[String]) -> String {
    joined(words, "and")
}

fn joined(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., end] => format!("{} {last} {end}", start.join(", ")),
    }
}

/// Declares the keys of a mapping: `/// meaning.` above `NAME = "name" | "other name": holds, "an example";`.
macro_rules! keys {
    ($strict:literal $([$($need:literal),*])?: $($(#[doc = $doc:literal])+ $const:ident = $name:literal $(| $also:literal)*: $holds:expr, $example:literal;)+) => {
        $($(#[doc = $doc])+ pub const $const: $crate::guide::key::Key = $crate::guide::key::Key {
            name: $name,
            also: &[$($also),*],
            holds: $holds,
            meaning: concat!($($doc, "\n"),+),
            example: $example,
        };)+

        /// All of them.
        pub static TABLE: $crate::guide::key::Table =
            $crate::guide::key::Table { keys: &[$($const),+], strict: $strict, needs: &[$($($need),*)?] };
    };
}
use keys;
