//! Sites made for other generators: the `theoria.yaml` that they need, from their own files.

mod hugo;
mod learningmechanics;

use std::collections::BTreeMap;
use std::fmt::Write;

use super::starter::quoted;

/// The text files of a checkout that say what the site is, by path, and the paths of all others.
#[derive(Default)]
pub struct Checkout {
    pub texts: BTreeMap<String, String>,
    pub paths: Vec<String>,
}

impl Checkout {
    /// The first of some files that is there.
    fn first<'c>(&'c self, names: &[&'c str]) -> Option<(&'c str, &'c str)> {
        names.iter().find_map(|name| Some((*name, self.texts.get(*name)?.as_str())))
    }

    fn has_folder(&self, folder: &str) -> bool {
        self.paths.iter().any(|path| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    }
}

/// The generators whose sites can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generator {
    LearningMechanics,
    Hugo,
}

/// What could be read of a site.
#[derive(Default)]
pub struct Taken {
    /// The text of `theoria.yaml`.
    pub yaml: String,
    /// What was taken, and from where.
    pub taken: Vec<String>,
    /// What could not be, and what to do about it.
    pub left: Vec<String>,
}

/// Reads a checkout; why it is none of that kind, if it is none.
pub fn read(generator: Generator, checkout: &Checkout) -> Result<Taken, String> {
    match generator {
        Generator::LearningMechanics => learningmechanics::read(checkout),
        Generator::Hugo => hugo::read(checkout),
    }
}

impl Taken {
    /// A line `key: value`, for a value that says something.
    fn say(&mut self, key: &str, value: &str, from: &str) {
        if !value.trim().is_empty() {
            let _ = writeln!(self.yaml, "{key}: {}", quoted(value));
            self.note(key, from);
        }
    }

    /// A line that is YAML as it stands.
    fn line(&mut self, line: &str, from: &str) {
        let _ = writeln!(self.yaml, "{line}");
        self.note(line.split(':').next().unwrap_or(line), from);
    }

    fn note(&mut self, what: &str, from: &str) {
        self.taken.push(format!("{what}, from {from}"));
    }

    /// A mapping of names to texts.
    fn map(&mut self, key: &str, entries: &BTreeMap<String, String>, from: &str) {
        if entries.is_empty() {
            return;
        }
        let _ = writeln!(self.yaml, "{key}:");
        for (name, value) in entries {
            let _ = writeln!(self.yaml, "  {}: {}", quoted(name), quoted(value));
        }
        self.taken.push(format!("{} of {key}, from {from}", entries.len()));
    }

    fn leave(&mut self, text: &str) {
        self.left.push(text.to_owned());
    }
}
