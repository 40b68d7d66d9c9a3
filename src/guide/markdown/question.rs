//! Questions in the text.

use std::ops::Range;

use super::Reader;
use crate::guide::attributes::{Attributes, Pair};
use crate::guide::block::{Block, Question, Status};
use crate::guide::date::Date;
use crate::guide::mark::covered;
use crate::guide::mistake::{Mistakes, Span};
use crate::guide::question::{Form, names};
use crate::guide::yaml::nearest;

/// What may be said of a question at its head.
const KEYS: [&str; 8] = ["status", "topic", "topics", "title", "by", "answered_by", "asked", "aliases"];

impl Reader<'_> {
    /// `::: {.question #q-name}`.
    pub(super) fn question(
        &mut self,
        given: Attributes,
        mut blocks: Vec<Block>,
        head: Range<usize>,
        span: Range<usize>,
    ) -> Question {
        let at = self.span(head);
        let mut question = empty(Form::Block, span);
        let mut said = false;
        for Pair { key, value, start } in given.pairs {
            match key.as_str() {
                "status" => match Status::read(&value) {
                    Some(status) => question.status = status,
                    None => self.mistakes.bad_value(at.clone(), "status", Status::EXPECTED),
                },
                "topic" | "topics" => question.topics.extend(names(&value)),
                "title" => question.title = self.value_inlines(&value, start, &at),
                "by" | "answered_by" => question.answer = self.value_inlines(&value, start, &at),
                "asked" => {
                    question.asked = Date::read(&value);
                    if question.asked.is_none() {
                        self.mistakes.bad_question_date(at.clone(), &value);
                    }
                }
                "aliases" => question.aliases = names(&value),
                _ => self.mistakes.unknown_key(at.clone(), &key, nearest(&key, KEYS.into_iter())),
            }
            said |= key == "status";
        }
        if question.status == Status::Open && !question.answer.is_empty() {
            match said {
                true => self.mistakes.answered_and_open(at.clone()),
                false => question.status = Status::Answered,
            }
        }
        if question.title.is_empty()
            && matches!(blocks.first(), Some(Block::Paragraph(_) | Block::Plain(_)))
            && let Block::Paragraph(inlines) | Block::Plain(inlines) = blocks.remove(0)
        {
            question.title = inlines;
        }
        let label = given.id.unwrap_or_default();
        let name = label.strip_prefix("q-").unwrap_or_default();
        let named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
        if !named || question.title.is_empty() {
            self.mistakes.incomplete_question(at);
        }
        Question { label, blocks, ..question }
    }
}

pub(super) fn empty(form: Form, span: Range<usize>) -> Question {
    Question {
        label: String::new(),
        aliases: Vec::new(),
        status: Status::Open,
        topics: Vec::new(),
        answer: Vec::new(),
        asked: None,
        title: Vec::new(),
        blocks: Vec::new(),
        form,
        span,
    }
}

/// Parses Markdown whose every mistake is told at `span`: a text in a file of another kind. It holds no cells.
pub fn parse_blocks(text: &str, span: &Span, mistakes: &mut Mistakes) -> Vec<Block> {
    let mut own = Mistakes::default();
    let (masked, marks) = covered(text);
    let mut reader = Reader::new(&span.file, text, &masked, &marks, &mut own);
    reader.fixed = Some(span.range());
    let blocks = reader.blocks();
    mistakes.append(own);
    blocks
}
