//! People: who wrote what, from `contributors.json`, from `theoria.yaml` and from the pages themselves.

use serde_yaml::Value;

use super::key::Key;
use super::key::front::person as key;
use super::mistake::Mistakes;
use super::yaml::{Fields, Node, scalar};

/// What is known of a person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    pub name: String,
    pub url: String,
    pub affiliation: String,
    /// As it was written: a file of the site, or an address elsewhere.
    pub photo: String,
    /// As Markdown.
    pub bio: String,
    pub role: String,
    pub orcid: String,
    pub email: String,
    pub github: String,
    /// Other names of the same.
    pub also: Vec<String>,
}

impl Person {
    /// Nothing for who has no name.
    pub fn read(node: &Node) -> Option<Person> {
        let text = |key: Key| node.string(key).unwrap_or_default();
        Some(Person {
            name: node.string(key::NAME)?,
            url: text(key::URL),
            affiliation: text(key::AFFILIATION),
            photo: text(key::PHOTO),
            bio: text(key::BIO),
            role: text(key::ROLE),
            orcid: text(key::ORCID),
            email: text(key::EMAIL),
            github: text(key::GITHUB),
            also: node.strings(key::ALSO),
        })
    }
}

/// The names under a key, and the people among them of whom more is said.
pub fn authors(fields: &Fields, key: Key, mistakes: &mut Mistakes) -> (Vec<String>, Vec<Person>) {
    let (mut names, mut people) = (Vec::new(), Vec::new());
    for name in key.names() {
        let items = match fields.named(key, name, mistakes) {
            // A list names each person; a text may name several.
            Some(Value::Sequence(items)) => items,
            Some(Value::String(text)) => several(&text).map(Value::from).collect(),
            one => one.into_iter().collect(),
        };
        for item in items {
            match Node::new(item.clone()).and_then(|node| Person::read(&node)) {
                Some(person) => {
                    names.push(person.name.clone());
                    people.push(person);
                }
                // Hugo's `admin` is whoever the site belongs to.
                None => names.extend(scalar(&item).filter(|name| !name.is_empty() && name != "admin")),
            }
        }
    }
    (names, people)
}

/// What follows a name behind a comma and is no other name.
const SUFFIXES: [&str; 12] = ["Jr.", "Jr", "Sr.", "Sr", "II", "III", "IV", "PhD", "Ph.D.", "MD", "M.D.", "Esq."];

/// The names in a text such as `Ada Lovelace, Charles Babbage and Mary Somerville`.
fn several(text: &str) -> impl Iterator<Item = String> {
    let mut names: Vec<String> = Vec::new();
    for part in text.split(',').flat_map(|part| part.split(" and ")).map(str::trim) {
        let part = part.strip_prefix("and ").unwrap_or(part);
        match names.last_mut() {
            Some(last) if SUFFIXES.contains(&part) => *last = format!("{last}, {part}"),
            _ if part.is_empty() => {}
            _ => names.push(part.to_owned()),
        }
    }
    names.into_iter()
}
