//! Mistakes about open questions: in their files, and where they are embedded.

use crate::guide::mistake::{Code, Mistakes, Span};

impl Mistakes {
    pub fn missing_questions(&mut self, file: &str) {
        let text = format!("there is no file of questions '{file}'");
        let help = "correct its path under `questions` in `theoria.yaml`, or make it: a list, `[]`, is enough";
        self.error(Code::BadQuestions, Span::top(file), text, Some(help.into()));
    }

    pub fn bad_questions(&mut self, span: Span, text: &str) {
        let help =
            "it is JSON, a list of `{\"id\": \"od-1\", \"slug\": \"a-name\", \"title\": \"...\", \"text\": \"...\"}`";
        self.error(
            Code::BadQuestions,
            span,
            format!("this file of questions cannot be read: {text}"),
            Some(help.into()),
        );
    }

    pub fn answered_and_open(&mut self, span: Span) {
        let text = "it is said by what this question is answered, and that it is open".into();
        let help = "give it the status `partly-answered` or `answered`";
        self.error(Code::BadQuestions, span, text, Some(help.into()));
    }

    pub fn question_of_no_sequence(&mut self, span: Span, name: &str, near: Option<&str>) {
        let help = near.map(|near| format!("did you mean `{near}`?"));
        self.error(Code::BadQuestions, span, format!("there is no sequence `{name}`"), help);
    }

    pub fn question_of_no_page(&mut self, span: Span, name: &str, near: Option<&str>) {
        let help = near.map(|near| format!("did you mean `{near}`?"));
        self.error(
            Code::BadQuestions,
            span,
            format!("there is no page `{name}` that this question could arise on"),
            help,
        );
    }

    pub fn question_of_no_section(&mut self, span: Span, name: &str, near: Option<&str>) {
        let help = near.map(|near| format!("did you mean `{near}`?"));
        self.error(Code::BadQuestions, span, format!("that page has no section `{name}`"), help);
    }

    pub fn bad_question_date(&mut self, span: Span, date: &str) {
        let text = format!("`{date}` is no day on which a question could be asked");
        self.error(Code::BadQuestions, span, text, Some("write it as 2025-09-01".into()));
    }

    pub fn discussion_of_nothing(&mut self, span: Span, name: &str, near: Option<&str>) {
        let text = format!("no question in the file of questions beside this one is called `{name}`");
        let help = near.map(|near| format!("did you mean `{near}.md`?"));
        self.warning(Code::BadQuestions, span, text, help);
    }

    pub fn missing_question(&mut self, span: Span, name: &str, near: Option<&str>) {
        let help = near.map(|near| format!("did you mean `{{od: {near}}}`?"));
        self.error(Code::MissingLabel, span, format!("there is no question `{name}`"), help);
    }
}
