//! What the compiler says of the cells' program, as mistakes in the pages.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Deserialize;

use super::job::Job;
use super::mistake::{Mistakes, Note, Span};
use super::tree::Tree;

/// One message of rustc, as its `--error-format=json` writes it.
#[derive(Clone, Debug, Deserialize)]
pub struct Message {
    pub message: String,
    pub level: String,
    pub code: Option<MessageCode>,
    pub spans: Vec<MessageSpan>,
    pub children: Vec<Message>,
    pub rendered: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct MessageCode {
    pub code: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct MessageSpan {
    pub file_name: String,
    pub line_start: usize,
    pub line_end: usize,
    pub column_start: usize,
    pub column_end: usize,
    pub is_primary: bool,
    pub label: Option<String>,
    pub suggested_replacement: Option<String>,
    /// Where a macro was called, if the span lies inside one.
    pub expansion: Option<Box<Expansion>>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Expansion {
    pub span: MessageSpan,
}

/// The mistakes, and the labels of the cells that must be left out for the rest to compile.
#[derive(Default)]
pub struct Diagnosis {
    pub mistakes: Mistakes,
    pub blamed: BTreeSet<String>,
    /// Errors that lie in no cell, in the compiler's own rendering.
    pub others: Vec<String>,
}

/// Reads the compiler's messages about a program of these jobs.
pub fn diagnose(messages: &[Message], tree: &Tree, jobs: &[&Job]) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    let reader = Reader { tree, jobs };
    for message in messages.iter().filter(|message| message.level == "error") {
        let primary = message.spans.iter().filter(|span| span.is_primary);
        let place = primary.chain(&message.spans).find_map(|span| reader.place(span));
        match place {
            Some((job, span)) => {
                diagnosis.blamed.insert(job.label.clone());
                let notes = reader.notes(message, job);
                let text = match &message.code {
                    Some(code) if code.code.starts_with('E') => format!("{} ({})", message.message, code.code),
                    _ => message.message.clone(),
                };
                diagnosis.mistakes.cell_does_not_compile(span, &text, notes, reader.help(message));
            }
            None if message.message.starts_with("aborting due to") => {}
            None => diagnosis.others.push(message.rendered.clone().unwrap_or_else(|| message.message.clone())),
        }
    }
    diagnosis
}

struct Reader<'a> {
    tree: &'a Tree,
    jobs: &'a [&'a Job],
}

impl<'a> Reader<'a> {
    /// The cell in which a span lies, and the span in the page; inside a macro, where the page calls it.
    fn place(&self, span: &MessageSpan) -> Option<(&'a Job, Span)> {
        let here = self.jobs.iter().find_map(|job| {
            let page = self.page(job)?;
            let range = self.range(job, span)?;
            job.encloses(range.start, page).then(|| (*job, job.blame(range, page)))
        });
        here.or_else(|| self.place(&span.expansion.as_deref()?.span))
    }

    fn page(&self, job: &Job) -> Option<&'a str> {
        self.tree.text(&job.span.file)?.ok()
    }

    /// The bytes of a span, if it lies in the page of this job.
    fn range(&self, job: &Job, span: &MessageSpan) -> Option<Range<usize>> {
        (*job.span.file == *span.file_name).then(|| {
            let start = self.tree.offset(&job.span.file, span.line_start, span.column_start);
            start..self.tree.offset(&job.span.file, span.line_end, span.column_end).max(start)
        })
    }

    fn notes(&self, message: &Message, job: &Job) -> Vec<Note> {
        let labels = message.spans.iter().filter_map(|span| {
            let (_, place) = self.place(span)?;
            let label = span.label.clone().filter(|label| *label != message.message)?;
            Some(Note { text: label, span: Some(place) })
        });
        let notes = message.children.iter().filter(|child| child.level == "note" && is_for_authors(&child.message));
        let notes = notes.map(|child| {
            let place = child.spans.iter().find_map(|span| self.place(span));
            Note { span: place.map(|(_, span)| span), text: child.message.clone() }
        });
        let mut notes: Vec<Note> = labels.chain(notes).collect();
        let in_prologue = !job.prologue.is_empty() && message.spans.iter().any(|span| self.on_fence(span, job));
        if in_prologue {
            notes.push(Note { span: None, text: "it lies in the code that `after:` puts before this cell".into() });
        }
        notes
    }

    fn on_fence(&self, span: &MessageSpan, job: &Job) -> bool {
        let first = self.tree.position(&job.span).0;
        span.is_primary && span.file_name == *job.span.file && span.line_start == first
    }

    /// The compiler's advice, each piece on a line of its own.
    fn help(&self, message: &Message) -> Option<String> {
        let advice = message.children.iter().filter(|child| child.level == "help" && is_for_authors(&child.message));
        let lines: Vec<String> = advice
            .map(|child| match self.mended(child) {
                Some(line) => format!("{}: `{line}`", child.message),
                None => child.message.clone(),
            })
            .collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// The line of the page as it would be if the suggestion were taken, when it concerns one line only.
    fn mended(&self, advice: &Message) -> Option<String> {
        let first = advice.spans.first()?;
        let (job, _) = self.place(first)?;
        let page = self.page(job)?;
        let at = self.range(job, first)?.start;
        if at < job.body.first()?.start {
            return None; // the fence, in whose place the program has code that the page does not show
        }
        let start = page[..at].rfind('\n').map_or(0, |at| at + 1);
        let mut line = page[start..].lines().next()?.to_owned();
        let mut edits = Vec::new();
        for span in &advice.spans {
            let range =
                self.range(job, span).filter(|range| range.start >= start && range.end <= start + line.len())?;
            edits.push((range.start - start..range.end - start, span.suggested_replacement.as_deref()?));
        }
        edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        for (range, text) in edits {
            line.replace_range(range, text);
        }
        let line = line.trim();
        (!line.contains('\n')).then(|| line.to_owned())
    }
}

/// Whether a remark helps someone who did not call the compiler themselves.
fn is_for_authors(remark: &str) -> bool {
    let about_the_compiler = [
        "the full name for",
        "the full type name",
        "consider using `--verbose`",
        "`#[",
        "this error originates in",
        "the lint level is defined",
    ];
    !about_the_compiler.iter().any(|start| remark.starts_with(start))
}
