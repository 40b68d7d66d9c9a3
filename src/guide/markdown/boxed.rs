//! Questions in boxes written as HTML.

use std::ops::Range;

use super::Reader;
use super::question::empty;
use crate::guide::block::{Block, Html, Inline, Question, plain};
use crate::guide::question::{Form, label};
use crate::guide::raw::Tag;

/// The words before the colon in the bold beginning of a box.
const HEADS: [&str; 2] = ["open question", "open direction"];

impl Reader<'_> {
    /// `<div class="question-box">`: its title is what is bold at its beginning, after `Open question:`.
    pub(super) fn boxed(&mut self, id: &str, mut blocks: Vec<Block>, span: Range<usize>) -> Block {
        let before = self.text.questions.iter().filter(|question| matches!(question.form, Form::Boxed(_))).count();
        let mut question = empty(Form::Boxed(before + 1), span);
        if let Some(Block::Paragraph(_) | Block::Plain(_)) = blocks.first()
            && let Block::Paragraph(inlines) | Block::Plain(inlines) = blocks.remove(0)
        {
            let (title, rest) = headed(inlines);
            question.title = title;
            if !rest.is_empty() {
                blocks.insert(0, Block::Paragraph(rest));
            }
        }
        let name = if id.is_empty() { plain(&question.title) } else { id.to_owned() };
        question.label = label(&name);
        if question.title.is_empty() || question.label == "q-" {
            self.mistakes.incomplete_question(self.span(question.span.start..question.span.start + 1));
        }
        self.text.questions.push(Question { blocks, ..question });
        Block::Question(self.text.questions.len() - 1)
    }
}

/// The title of a box and what follows it, of `**Open question: Title.** The question.` and of `**Open question:** The question.` alike.
fn headed(inlines: Vec<Inline>) -> (Vec<Inline>, Vec<Inline>) {
    let mut inlines = inlines;
    let Some(Inline::Strong(bold)) = inlines.first_mut() else { return (inlines, Vec::new()) };
    let Some(Inline::Text(text)) = bold.first_mut() else { return (inlines, Vec::new()) };
    let Some((head, after)) = text.split_once(':') else { return (inlines, Vec::new()) };
    // A number may follow the words, as in pages that were converted.
    let words = head.trim().to_lowercase();
    if !HEADS.iter().any(|head| words.trim_end_matches(|c: char| c.is_ascii_digit() || " .".contains(c)) == *head) {
        return (inlines, Vec::new());
    }
    let after = after.trim_start().to_owned();
    *text = after;
    let mut title = std::mem::take(bold);
    title.retain(|inline| !matches!(inline, Inline::Text(text) if text.trim().is_empty()));
    inlines.remove(0);
    if let Some(Inline::Text(text)) = inlines.first_mut() {
        *text = text.trim_start().to_owned();
    }
    match title.is_empty() {
        true => (inlines, Vec::new()),
        false => (title, inlines),
    }
}

/// The id of a tag that opens a box; empty if it has none. Nothing for another tag.
pub(super) fn box_of(tag: &Html) -> Option<String> {
    let tag = Tag::read(&tag.text, 0)?;
    let classes = tag.get("class")?.value;
    let id = tag.get("id").map_or(String::new(), |id| id.value.to_owned());
    classes.split_whitespace().any(|class| class == "question-box").then_some(id)
}
