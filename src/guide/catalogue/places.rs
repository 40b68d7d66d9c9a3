//! Mistakes about addresses, people and the words that pages bear.

use crate::guide::config;
use crate::guide::mistake::{Code, Mistakes, Span};

impl Mistakes {
    pub fn bad_json(&mut self, span: Span, json: &str) {
        let help = "it is JSON: names and texts in double quotes, a comma between two entries and none after the last";
        self.error(Code::BadConfig, span, format!("this file cannot be read: {json}"), Some(help.into()));
    }

    pub fn missing_sequence(&mut self, span: Span, name: &str, near: Option<&str>) {
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("put its chapters into the folder `content/{name}`, or write `sequence: {name}` in them"),
        };
        self.error(Code::MissingSequence, span, format!("there is no sequence `{name}`"), Some(help));
    }

    pub fn taken_address(&mut self, path: &str, what: &str, first: &str) {
        let help =
            format!("give {first} another name or folder, or, if it is the list of posts, set `path` in `posts`");
        let text = format!("{what} would be written to '/{path}', where {first} is");
        self.error(Code::DuplicateUrl, Span::top(config::FILE), text, Some(help));
    }

    pub fn duplicate_redirect(&mut self, span: Span, path: &str, first: &str) {
        let text = format!("the former address '/{path}' is taken: {first} has it");
        self.error(Code::DuplicateUrl, span, text, Some("delete it here, or rename the other".into()));
    }

    pub fn dead_redirect(&mut self, span: Span, from: &str, to: &str) {
        let text = format!("'/{from}' would lead to '{to}', where there is nothing");
        let help =
            "write an address of this site from its root, such as `physics/depth/`, or one that begins with `https://`";
        self.error(Code::DeadLink, span, text, Some(help.into()));
    }

    pub fn missing_companion(&mut self, span: Span, file: &str) {
        let help = "it should lie beside the page, or begin with `/` and its path from the site's folder";
        self.error(Code::DeadLink, span, format!("there is no file '{file}' to load"), Some(help.into()));
    }

    pub fn missing_photo(&mut self, span: Span, name: &str, photo: &str) {
        let text = format!("the photo '{photo}' of {name} is not there");
        let help = "write its path from the site's folder, such as `static/people/ada.jpg`, or an address that begins with `https://`";
        self.error(Code::DeadLink, span, text, Some(help.into()));
    }

    pub fn unknown_person(&mut self, span: Span, name: &str, near: &str) {
        let text = format!("nobody here is called '{name}', which looks like '{near}'");
        let help = format!("write `{near}`, or add '{name}' to the people of the site");
        self.warning(Code::UnknownPerson, span, text, Some(help));
    }

    pub fn doubtful_word(&mut self, span: Span, word: &str, other: &str) {
        let text = format!("'{word}' and '{other}' look like one word that is spelt in two ways, and have two pages");
        self.warning(Code::DoubtfulWord, span, text, Some(format!("write `{other}`, if that is what is meant")));
    }
}
