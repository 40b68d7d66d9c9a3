//! People: who wrote what, from `contributors.json`, from `theoria.yaml` and from the pages themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_yaml::Value;

use super::address::leaves_site;
use super::config::Config;
use super::key::front::person as key;
use super::key::{Key, front, people};
use super::mistake::{Mistakes, Span};
use super::model::Page;
use super::tree::Tree;
use super::yaml::{Broken, Fields, Node, nearest, scalar, texts};
use crate::record::kebab;

/// The file of the people of a site.
pub const FILE: &str = "contributors.json";

/// Where they are shown.
pub const PATH: &str = "people/";

/// The people of a guide; none where nothing is said of anyone but names.
#[derive(Clone, Debug, Default)]
pub struct People {
    pub all: Vec<Member>,
    /// Groups by their titles, with the people in them by index.
    pub groups: Vec<(String, Vec<usize>)>,
}

/// A person with an entry on the page of the people.
#[derive(Clone, Debug)]
pub struct Member {
    pub person: Person,
    /// The id of the entry.
    pub id: String,
}

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

impl People {
    /// The people of `contributors.json` and of the config.
    pub fn gather(config: &Config, tree: &Tree, assets: &BTreeMap<String, Arc<str>>, m: &mut Mistakes) -> People {
        let mut out = People::default();
        let file: Arc<str> = FILE.into();
        match tree
            .text(FILE)
            .map(|text| text.map(|text| Fields::read_json(&file, text, &people::TABLE, people::PEOPLE)))
        {
            None => {}
            Some(Ok(Ok(fields))) => out.read(&fields, m),
            Some(Ok(Err(Broken { span, text }))) => m.bad_json(span, &text),
            Some(Err(at)) => m.not_utf8(Span::new(&file, at..at + 1)),
        }
        for person in &config.people {
            out.add(person.clone());
        }
        for Member { person, .. } in &out.all {
            let photo = &person.photo;
            if !photo.is_empty() && !leaves_site(photo) && !assets.contains_key(photo.trim_start_matches('/')) {
                let file = if tree.files.contains_key(FILE) { FILE } else { super::config::FILE };
                m.missing_photo(Span::top(file), &person.name, photo);
            }
        }
        out
    }

    fn read(&mut self, fields: &Fields, m: &mut Mistakes) {
        for item in fields.items(people::PEOPLE, m) {
            if let Some(person) = Node::new(item).and_then(|node| Person::read(&node)) {
                self.add(person);
            }
        }
        let mut groups = vec![
            ("Editors".to_owned(), fields.strings(people::EDITORS, m)),
            ("Team".to_owned(), fields.strings(people::TEAM, m)),
        ];
        groups.extend(
            fields.rest(m).into_iter().map(|(name, value)| (super::model::words(&kebab(&name)), texts(&value))),
        );
        for (title, names) in groups.into_iter().filter(|(_, names)| !names.is_empty()) {
            let members = names.into_iter().map(|name| self.add(Person { name, ..Person::default() }));
            let members = members.collect();
            self.groups.push((title, members));
        }
    }

    /// The index of a person, who is made a member if nobody has that name.
    fn add(&mut self, person: Person) -> usize {
        if let Some(at) = self.all.iter().position(|member| member.person.name == person.name) {
            // Who says more of a person is right.
            if person != (Person { name: person.name.clone(), ..Person::default() }) {
                self.all[at].person = person;
            }
            return at;
        }
        let plain = kebab(&person.name);
        let mut id = if plain.is_empty() { "person".to_owned() } else { plain.clone() };
        let mut count = 1;
        while self.all.iter().any(|member| member.id == id) {
            count += 1;
            id = format!("{plain}-{count}");
        }
        self.all.push(Member { person, id });
        self.all.len() - 1
    }

    /// Whom a name means: by that name, or by one that differs in capitals alone.
    pub fn find(&self, name: &str) -> Option<&Member> {
        fn names(member: &Member) -> impl Iterator<Item = &String> {
            std::iter::once(&member.person.name).chain(&member.person.also)
        }
        let exact = self.all.iter().find(|member| names(member).any(|known| known == name));
        let lower = name.to_lowercase();
        exact.or_else(|| self.all.iter().find(|member| names(member).any(|known| known.to_lowercase() == lower)))
    }

    /// Authors whom nobody knows, and whose names look like one that is known.
    pub fn tell_strangers(&self, pages: &[Page], m: &mut Mistakes) {
        for page in pages {
            for name in page.front.authors.iter().filter(|name| self.find(name).is_none()) {
                let own = page.front.people.iter().any(|person| person.name == *name);
                let near = nearest(name, self.all.iter().map(|member| member.person.name.as_str()));
                if let Some(near) = near.filter(|_| !own) {
                    m.unknown_person(page.place(front::AUTHOR), name, near);
                }
            }
        }
    }
}
