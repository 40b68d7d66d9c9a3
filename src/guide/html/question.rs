//! Open questions in the text: where they are posed, and where they are shown again.

use std::fmt::Write;

use super::Encoder;
use crate::guide::address::question_path;
use crate::guide::block::{Inline, Status};
use crate::guide::book::Asked;
use crate::guide::escape::escape;

impl<'b> Encoder<'b> {
    /// The question at an index of the page, where it is posed.
    pub(super) fn question(&mut self, index: usize, out: &mut String) {
        let page = self.page;
        let here = &page.text.questions[index];
        let Some(asked) = self.lens.posed(page, index) else { return };
        let id = self.id(&asked.question.label);
        let _ = writeln!(out, "<aside class=\"question {}\"{id}>", asked.question.status.word());
        // Links from elsewhere may know it by the name that it has in its file.
        let filed = asked.question.filed().filter(|filed| self.ids && !filed.id.is_empty());
        let former = filed.map_or(String::new(), |filed| format!("<span id=\"{}\"></span>", escape(&filed.id)));
        self.head(asked, &former, out);
        let title = self.inlines(&here.title);
        let _ = writeln!(out, "<p class=\"question-title\">{title}</p>");
        if !asked.question.answer.is_empty() {
            let (words, answer) = (answered(asked.question.status), self.of_question(asked, &asked.question.answer));
            let _ = writeln!(out, "<p class=\"question-answer\"><b>{words}</b> {answer}</p>");
        }
        let _ = write!(out, "{}</aside>", self.blocks(&here.blocks));
    }

    /// Number, status and topics in one line, after the HTML that comes first in it.
    fn head(&self, asked: &Asked, first: &str, out: &mut String) {
        let question = asked.question;
        let href = escape(&question_path(&question.label));
        let _ = write!(
            out,
            "<p class=\"question-head\">{first}<a class=\"number\" href=\"{}{href}\">Open question {}</a> <span class=\"status\">{}</span>",
            self.root,
            asked.number,
            question.status.name()
        );
        if !question.topics.is_empty() {
            let _ = write!(out, " <span class=\"topic\">{}</span>", escape(&question.topics.join(", ")));
        }
        out.push_str("</p>\n");
    }

    /// Part of a question, which may be written on another page.
    fn of_question(&self, asked: &'b Asked<'b>, inlines: &'b [Inline]) -> String {
        let Some((_, page)) = self.lens.question(&asked.question.label) else { return String::new() };
        let other = Encoder::elsewhere(self.lens, page, "");
        Encoder { root: self.root.clone(), ..other }.inlines(inlines)
    }

    /// `{od: name}` alone in a paragraph: number, status and title, which lead to the question's page.
    pub(super) fn card(&mut self, name: &str, out: &mut String) {
        let Some((asked, _)) = self.lens.question(name) else {
            let _ = write!(out, "<p>{}</p>", escape(&format!("{{od: {name}}}")));
            return;
        };
        let first = self.page.outline.embeds.contains(name) && self.shown.insert(name.to_owned());
        let id = if first { self.id(name) } else { String::new() };
        let _ = writeln!(out, "<aside class=\"question shown {}\"{id}>", asked.question.status.word());
        self.head(asked, "", out);
        let title = self.of_question(asked, &asked.question.title);
        let href = escape(&question_path(&asked.question.label));
        let emoji = asked.question.filed().map_or("", |filed| &filed.emoji);
        let emoji = if emoji.is_empty() {
            String::new()
        } else {
            format!("<span aria-hidden=\"true\">{}</span> ", escape(emoji))
        };
        let _ = write!(
            out,
            "<p class=\"question-title\">{emoji}{title}</p>\n<p class=\"question-more\"><a href=\"{}{href}\">What is known of it</a></p>\n</aside>",
            self.root
        );
    }

    /// `{od: name}` within a text.
    pub(super) fn named_question(&self, name: &str, out: &mut String) {
        let Some((asked, _)) = self.lens.question(name) else {
            return out.push_str(&escape(&format!("{{od: {name}}}")));
        };
        let href = escape(&question_path(&asked.question.label));
        let _ =
            write!(out, "<a class=\"ref numbered\" href=\"{}{href}\">Open question {}</a>", self.root, asked.number);
    }
}

/// How the answer of a question is announced.
pub fn answered(status: Status) -> &'static str {
    if status == Status::Answered { "Answered by" } else { "Partly answered by" }
}
