//! Where the parts of a site lie: its pages, its templates and its files of questions.

use serde_yaml::Value;

use super::key::{Key, config as key};
use super::mistake::Mistakes;
use super::tree::Tree;
use super::yaml::{Fields, texts};

/// Files of a site that are published as they are.
pub const STATIC: &str = "static";

/// Where questions are looked for that `theoria.yaml` does not name, besides the folder of the pages.
const QUESTIONS: [&str; 2] = ["openquestions/questions.json", "data/openquestions.json"];

/// Folders and files by their paths from the site's folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Folders {
    /// The folder of the pages.
    pub content: String,
    /// The folder of the site's own templates; none if it has none of ours.
    pub templates: Option<String>,
    /// The files of questions that the config names; none if it names none.
    pub questions: Option<Vec<String>>,
}

impl Default for Folders {
    fn default() -> Folders {
        Folders { content: "content".into(), templates: Some("templates".into()), questions: None }
    }
}

impl Folders {
    /// What `content`, `templates` and `questions` in `theoria.yaml` say.
    pub fn read(fields: &Fields, m: &mut Mistakes) -> Folders {
        let mut folders = Folders::default();
        let wrong = |key: Key, expected: &str, m: &mut Mistakes| m.bad_value(fields.span(key), key.name, expected);
        if let Some(path) = fields.string(key::CONTENT, m) {
            match inside(&path).filter(|path| !["public", STATIC].contains(&path.as_str())) {
                Some(path) => folders.content = path,
                None => wrong(key::CONTENT, "a folder inside of the site's, other than `static` and `public`", m),
            }
        }
        match fields.value(key::TEMPLATES, m) {
            None => {}
            Some(Value::Bool(false)) => folders.templates = None,
            Some(value) => match value.as_str().and_then(inside).filter(|path| *path != folders.content) {
                Some(path) => folders.templates = Some(path),
                None => {
                    wrong(key::TEMPLATES, "a folder inside of the site's, or `false` if no template is Theoria's", m)
                }
            },
        }
        let questions = fields.value(key::QUESTIONS, m);
        if questions == Some(Value::Bool(false)) {
            folders.questions = Some(Vec::new());
        } else if let Some(named) = questions {
            let named: Vec<String> = texts(&named);
            match named.iter().map(|path| inside(path).filter(|path| path.ends_with(".json"))).collect() {
                Some(paths) => folders.questions = Some(paths),
                None => wrong(key::QUESTIONS, "a file inside of the site's folder that ends in `.json`, or `false`", m),
            }
        }
        folders
    }

    /// The folders that are part of every site.
    pub fn all(&self) -> Vec<String> {
        let mut all = vec![self.content.clone()];
        all.extend(self.templates.clone().filter(|path| *path != STATIC));
        all.push(STATIC.to_owned());
        all
    }

    /// The path of a file below the folder of the pages.
    pub fn page<'f>(&self, file: &'f str) -> Option<&'f str> {
        file.strip_prefix(self.content.as_str())?.strip_prefix('/')
    }

    /// The files of questions that a site may have: those that the config names, or the first that is there of some.
    pub fn questions(&self) -> Vec<String> {
        let usual = || QUESTIONS.map(str::to_owned).into_iter().chain([format!("{}/questions.json", self.content)]);
        self.questions.clone().unwrap_or_else(|| usual().collect())
    }

    /// The files of questions of a tree: those that the config names, there or not, or one that is there.
    pub fn questions_of(&self, tree: &Tree) -> Vec<String> {
        let there = |path: &String| self.questions.is_some() || tree.files.contains_key(path.as_str());
        let all = self.questions().into_iter().filter(there);
        all.take(if self.questions.is_some() { usize::MAX } else { 1 }).collect()
    }
}

/// A path that stays inside of the site's folder, with forward slashes and none at its end.
fn inside(path: &str) -> Option<String> {
    let path = path.trim_end_matches('/');
    let path = path.strip_prefix("./").unwrap_or(path);
    let good = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':']);
    path.split('/').all(good).then(|| path.to_owned())
}

/// The folder that a file lies in; empty for the site's own.
pub fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}
