//! Open questions: what is asked, since when, on which topics, and by what it is answered.

use std::ops::Range;

use super::block::{Block, Inline};
use super::date::Date;
use crate::record::kebab;

/// An open question, where it arises or from a file of questions.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Its name for ever, which begins with `q-`.
    pub label: String,
    /// Other names under which it is known, and was.
    pub aliases: Vec<String>,
    pub status: Status,
    pub topics: Vec<String>,
    /// By what it is answered, as far as it is.
    pub answer: Vec<Inline>,
    /// The day on which it was asked, if that is said.
    pub asked: Option<Date>,
    pub title: Vec<Inline>,
    /// What follows the question itself.
    pub blocks: Vec<Block>,
    pub form: Form,
    pub span: Range<usize>,
}

/// Where a question is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// `::: {.question #q-name}` in the text.
    Block,
    /// `<div class="question-box">` in the text, which is the n-th of its page.
    Boxed(usize),
    /// In a file of questions.
    Filed(Filed),
}

/// What only a file of questions says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filed {
    pub id: String,
    pub emoji: String,
    /// The sequence that it belongs to, the page that it arises on and the section there, each with its place.
    pub sequence: Option<(String, Range<usize>)>,
    pub post: Option<(String, Range<usize>)>,
    pub section: Option<(String, Range<usize>)>,
    /// Its place in that sequence: the chapter, and the question of that chapter.
    pub order: Option<usize>,
    pub number: Option<usize>,
}

impl Filed {
    /// The number that the file gives it: it stays when others come and go.
    pub fn fixed_number(&self) -> Option<String> {
        let number = self.number?;
        Some(self.order.filter(|order| *order > 0).map_or(number.to_string(), |order| format!("{order}.{number}")))
    }
}

impl Question {
    pub fn filed(&self) -> Option<&Filed> {
        match &self.form {
            Form::Filed(filed) => Some(filed),
            _ => None,
        }
    }

    /// The label without its `q-`: the last part of its address.
    pub fn slug(&self) -> &str {
        slug(&self.label)
    }
}

/// A question's label without its `q-`.
pub fn slug(label: &str) -> &str {
    label.strip_prefix("q-").unwrap_or(label)
}

/// The label of a question that has a name or a title, and no label.
pub fn label(name: &str) -> String {
    let slug = kebab(slug(name));
    // Of a long sentence the first words.
    let end = slug.char_indices().nth(60).map_or(slug.len(), |(at, _)| slug[..at].rfind('-').unwrap_or(at));
    format!("q-{}", &slug[..end])
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Open,
    PartlyAnswered,
    Answered,
}

impl Status {
    pub const ALL: [Status; 3] = [Status::Open, Status::PartlyAnswered, Status::Answered];
    /// How it may be written, for who wrote something else.
    pub const EXPECTED: &str = "`open`, `partly-answered` or `answered`";

    pub fn name(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::PartlyAnswered => "partly answered",
            Status::Answered => "answered",
        }
    }

    /// One word for addresses and classes.
    pub fn word(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::PartlyAnswered => "partly",
            Status::Answered => "answered",
        }
    }

    /// The status of a name, with or without hyphens.
    pub fn read(name: &str) -> Option<Status> {
        let name = name.trim().to_lowercase().replace(['-', '_'], " ");
        Status::ALL.into_iter().find(|status| status.name() == name || status.word() == name)
    }
}

/// Names with commas between them.
pub fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
