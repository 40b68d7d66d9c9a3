//! Questions that stand in files of their own, outside of chapters.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::block::{Block, Inline};
use super::date::Date;
use super::folders::{Folders, folder_of};
use super::front::Front;
use super::json::{self, Node, Value};
use super::markdown::{Text, parse_blocks, parse_inlines};
use super::memory::{Memory, digest, same};
use super::mistake::{Mistakes, Span};
use super::model::{Kind, Names, Page, Written};
use super::outline::outline;
use super::question::{Filed, Form, Question, Status, label, names};
use super::tree::Tree;
use super::yaml::nearest;

/// A file of questions, parsed: it follows from its path and its bytes.
pub struct Filing {
    file: Arc<str>,
    bytes: Arc<[u8]>,
    written: Arc<Written>,
    mistakes: Mistakes,
}

/// The keys of an entry, as learningmechanics.pub has them; then ours.
const KEYS: [&str; 19] = [
    "id",
    "slug",
    "title",
    "text",
    "sequence",
    "sequence_order",
    "question_number",
    "context_post",
    "context_section",
    "emoji",
    "details",
    "status",
    "topic",
    "topics",
    "answered_by",
    "by",
    "asked",
    "date",
    "aliases",
];

/// Reads the files of questions of a site; those with known bytes are not parsed again.
pub fn read(files: &[String], tree: &Tree, memory: &mut Memory, mistakes: &mut Mistakes) -> Vec<Arc<Filing>> {
    let known = std::mem::take(&mut memory.filings);
    for file in files {
        let Some((file, bytes)) = tree.files.get_key_value(file.as_str()) else {
            mistakes.missing_questions(file);
            continue;
        };
        let old = known.iter().find(|old| old.file == *file && same(&old.bytes, bytes));
        let filing = old.cloned().unwrap_or_else(|| Arc::new(Filing::new(file, bytes)));
        mistakes.append(filing.mistakes.clone());
        memory.filings.push(filing);
    }
    memory.filings.clone()
}

impl Filing {
    fn new(file: &Arc<str>, bytes: &Arc<[u8]>) -> Filing {
        let mut mistakes = Mistakes::default();
        let questions = match std::str::from_utf8(bytes) {
            Ok(text) => entries(file, text, &mut mistakes),
            Err(error) => {
                mistakes.not_utf8(Span::new(file, error.valid_up_to()..error.valid_up_to() + 1));
                Vec::new()
            }
        };
        let blocks = (0..questions.len()).map(Block::Question).collect();
        let text = Text { blocks, questions, ..Text::default() };
        let title = vec![Inline::Text("Open questions".into())];
        let (outline, source) = (outline(&title, &text), digest([&**bytes]));
        let front = Front { hidden: true, ..Front::none() };
        let places = outline.digest();
        let written = Written {
            front,
            title,
            names: Names::default(),
            slug: "questions".into(),
            text,
            outline,
            source,
            face: source,
            places,
        };
        Filing { file: Arc::clone(file), bytes: Arc::clone(bytes), written: Arc::new(written), mistakes }
    }

    /// Its questions as a page that is not shown as one.
    pub fn page(&self) -> Page {
        let path = "questions/".to_owned();
        Page::new(&self.file, path, Kind::Questions, Arc::clone(&self.written))
    }

    /// The Markdown of what is said of each question, if there is a file of it: `ID.md` beside the file of questions.
    pub fn discussions(&self, tree: &Tree) -> Vec<(Arc<str>, String)> {
        let outer = Some(folder_of(&self.file)).filter(|folder| !folder.is_empty());
        let outer = outer.map_or(String::new(), |folder| format!("{folder}/"));
        let found = self.written.text.questions.iter().filter_map(|question| {
            let id = question.filed().map_or("", |filed| &filed.id);
            let names = [id, question.slug()].into_iter().filter(|name| !name.is_empty());
            let mut paths = names.map(|name| format!("{outer}{name}.md"));
            let (path, _) = paths.find_map(|path| tree.files.get_key_value(path.as_str()))?;
            Some((Arc::clone(path), question.slug().to_owned()))
        });
        found.collect()
    }

    /// Tells what is said of questions that are not there.
    pub fn check_orphans(&self, folders: &Folders, tree: &Tree, mistakes: &mut Mistakes) {
        let folder = folder_of(&self.file);
        if folders.page(&self.file).is_some() {
            return;
        }
        let known: BTreeSet<Arc<str>> = self.discussions(tree).into_iter().map(|(path, _)| path).collect();
        let ids = || self.written.text.questions.iter().filter_map(|question| Some(question.filed()?.id.as_str()));
        for path in tree.files.keys().filter(|path| folder_of(path) == folder && path.ends_with(".md")) {
            let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".md");
            if !known.contains(path) && name != "index" && !name.eq_ignore_ascii_case("readme") {
                mistakes.discussion_of_nothing(Span::top(path), name, nearest(name, ids()));
            }
        }
    }
}

fn entries(file: &Arc<str>, text: &str, mistakes: &mut Mistakes) -> Vec<Question> {
    let node = match json::parse(text) {
        Ok(node) => node,
        Err(fault) => {
            mistakes.bad_questions(Span::new(file, fault.at..fault.at + 1), &fault.text);
            return Vec::new();
        }
    };
    // A list, or an object that holds one.
    let list = node.get("questions").unwrap_or(&node);
    let Value::List(items) = &list.value else {
        mistakes
            .bad_questions(Span::new(file, list.span.start..list.span.start + 1), "a list of questions is expected");
        return Vec::new();
    };
    items.iter().filter_map(|item| Entry { file, item, mistakes }.question()).collect()
}

/// One entry of the list.
struct Entry<'a> {
    file: &'a Arc<str>,
    item: &'a Node,
    mistakes: &'a mut Mistakes,
}

impl Entry<'_> {
    fn question(mut self) -> Option<Question> {
        let Value::Object(entries) = &self.item.value else {
            self.mistakes.bad_questions(self.head(), "a question is an object: `{\"id\": ..., \"title\": ...}`");
            return None;
        };
        for (key, place, _) in entries.iter().filter(|(key, _, _)| !KEYS.contains(&key.as_str())) {
            // Other keys are others' business.
            if let Some(near) = nearest(key, KEYS.into_iter()) {
                self.mistakes.unknown_key(Span::new(self.file, place.clone()), key, Some(near));
            }
        }
        let id = self.text("id").unwrap_or_default();
        let slug = self.text("slug");
        let title = self.inlines("title");
        let name = slug.clone().or(Some(id.clone()).filter(|id| !id.is_empty()));
        let (Some(name), false) = (name, title.is_empty()) else {
            self.mistakes.bad_questions(self.head(), "a question needs an `id` or a `slug`, and a `title`");
            return None;
        };
        let answer = [self.inlines("answered_by"), self.inlines("by")].concat();
        let unsaid = if answer.is_empty() { Status::Open } else { Status::Answered };
        let status = self.status().unwrap_or(unsaid);
        if status == Status::Open && !answer.is_empty() {
            self.mistakes.answered_and_open(self.span("status"));
        }
        let mut aliases = self.texts("aliases");
        aliases.extend(Some(id.clone()).filter(|id| !id.is_empty() && *id != name));
        let blocks = [self.blocks("text"), self.blocks("details")].concat();
        let day = ["asked", "date"].into_iter().find_map(|key| Some((key, self.text(key)?)));
        let asked = day.as_ref().and_then(|(_, day)| Date::read(day));
        if let (Some((key, day)), None) = (&day, &asked) {
            self.mistakes.bad_question_date(self.span(key), day);
        }
        let filed = Filed {
            id,
            emoji: self.text("emoji").unwrap_or_default(),
            sequence: self.placed("sequence"),
            post: self.placed("context_post"),
            section: self.placed("context_section"),
            order: self.number("sequence_order"),
            number: self.number("question_number"),
        };
        Some(Question {
            label: label(&name),
            aliases,
            status,
            topics: [self.texts("topic"), self.texts("topics")].concat(),
            answer,
            asked,
            title,
            blocks,
            form: Form::Filed(filed),
            span: self.item.span.clone(),
        })
    }

    fn head(&self) -> Span {
        Span::new(self.file, self.item.span.start..self.item.span.start + 1)
    }

    fn span(&self, key: &str) -> Span {
        self.item.get(key).map_or(self.head(), |node| Span::new(self.file, node.span.clone()))
    }

    fn wrong<T>(&mut self, key: &str, expected: &str) -> Option<T> {
        self.mistakes.bad_value(self.span(key), key, expected);
        None
    }

    /// A text that says something.
    fn text(&mut self, key: &str) -> Option<String> {
        match &self.item.get(key)?.value {
            Value::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            _ => self.wrong(key, "text"),
        }
    }

    fn placed(&mut self, key: &str) -> Option<(String, Range<usize>)> {
        let text = self.text(key)?;
        Some((text, self.item.get(key)?.span.clone()))
    }

    /// A list of texts, or one text with commas.
    fn texts(&mut self, key: &str) -> Vec<String> {
        let Some(node) = self.item.get(key) else { return Vec::new() };
        let items = match &node.value {
            Value::Text(text) => return names(text),
            Value::List(items) => items,
            _ => return self.wrong(key, "text or a list of texts").unwrap_or_default(),
        };
        let texts = items.iter().map(|item| match &item.value {
            Value::Text(text) => Some(text.trim().to_owned()),
            _ => None,
        });
        let texts: Option<Vec<String>> = texts.collect();
        texts.or_else(|| self.wrong(key, "text or a list of texts")).unwrap_or_default()
    }

    /// A whole number, as itself or as text.
    fn number(&mut self, key: &str) -> Option<usize> {
        let number = match &self.item.get(key)?.value {
            Value::Number(number) => Some(*number),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        let whole = number.filter(|number| *number >= 0.0 && number.fract() == 0.0 && *number < 1e9);
        whole.map(|number| number as usize).or_else(|| self.wrong(key, "a whole number"))
    }

    fn status(&mut self) -> Option<Status> {
        let name = self.text("status")?;
        Status::read(&name).or_else(|| self.wrong("status", Status::EXPECTED))
    }

    fn inlines(&mut self, key: &str) -> Vec<Inline> {
        let (Some(text), span) = (self.text(key), self.span(key)) else { return Vec::new() };
        parse_inlines(&text, &span, self.mistakes)
    }

    fn blocks(&mut self, key: &str) -> Vec<Block> {
        let (Some(text), span) = (self.text(key), self.span(key)) else { return Vec::new() };
        parse_blocks(&text, &span, self.mistakes)
    }
}
