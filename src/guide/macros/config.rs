//! The macros of a site: those of `theoria.yaml`, and those of the files that it names.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_yaml::Value;

use super::file::read;
use crate::guide::key::{Step, config as key};
use crate::guide::mistake::{Mistakes, Span};
use crate::guide::tree::Tree;
use crate::guide::yaml::{Fields, nearest, scalar, texts};

/// Every macro with its meaning, and where it was given.
pub type Macros = (BTreeMap<String, String>, BTreeMap<String, Span>);

/// `macros:` is a list of macros or the name of a file of them; `macros_file:` names files beside a list.
pub fn of_config(fields: &Fields, tree: &Tree, m: &mut Mistakes) -> Macros {
    let (mut meanings, mut places) = Macros::default();
    let named = fields.strings(key::MACROS_FILE, m).into_iter().map(|file| (file, key::MACROS_FILE));
    let mut files: Vec<_> = named.collect();
    match fields.value(key::MACROS, m) {
        None => {}
        Some(Value::Mapping(entries)) => {
            for (name, value) in &entries {
                let name = scalar(name).unwrap_or_default();
                let place = fields.part(key::MACROS.name, &[Step::Key(name.clone())]);
                if !name.starts_with('\\') {
                    let help = format!("did you mean `\\{name}`?");
                    m.bad_macros(place, &format!("the macro `{name}` does not begin with a backslash"), &help);
                } else if let Some(meaning) = scalar(value) {
                    meanings.insert(name.clone(), meaning);
                    places.insert(name, place);
                }
            }
        }
        Some(value) => files.extend(texts(&value).into_iter().map(|file| (file, key::MACROS))),
    }
    for (path, key) in files {
        let path: Arc<str> = path.trim_start_matches("./").into();
        match tree.text(&path) {
            Some(Ok(text)) => {
                for found in read(&path, text, m) {
                    // What the site itself says comes first.
                    if !meanings.contains_key(&found.name) {
                        meanings.insert(found.name.clone(), found.meaning);
                        places.insert(found.name, found.span);
                    }
                }
            }
            Some(Err(at)) => m.not_utf8(Span::new(&path, at..at + 1)),
            None => {
                let near = nearest(&path, tree.files.keys().map(|file| &**file));
                m.missing_macros(fields.span(key), &path, near);
            }
        }
    }
    (meanings, places)
}
