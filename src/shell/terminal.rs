//! Mistakes as an author sees them in the terminal: file, line, column, excerpt, help.

use std::io::IsTerminal;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::guide::mistake::{Mistake, Mistakes, Severity, Span};
use crate::guide::tree::Tree;

/// All mistakes, in colour if standard error is a terminal.
pub fn render(mistakes: &Mistakes, tree: &Tree) -> String {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for mistake in mistakes.iter() {
        out.push_str(&one(mistake, tree, &renderer));
        out.push_str("\n\n");
    }
    out
}

fn one(mistake: &Mistake, tree: &Tree, renderer: &Renderer) -> String {
    let level = match mistake.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let text = visible(&mistake.text);
    let title = level.primary_title(text.as_str()).id(mistake.code.name());
    let mut first = Group::with_title(title);
    let primary = Source::of(&mistake.span, tree);
    first = match &primary {
        Some(source) => first.element(source.snippet(AnnotationKind::Primary, None)),
        None => first.element(annotate_snippets::Origin::path(mistake.span.file.to_string())),
    };
    let notes: Vec<(String, Option<Source>)> = mistake
        .notes
        .iter()
        .map(|note| (visible(&note.text), note.span.as_ref().and_then(|span| Source::of(span, tree))))
        .collect();
    for (text, source) in &notes {
        first = match source {
            Some(source) => first.element(source.snippet(AnnotationKind::Context, Some(text))),
            None => first.element(Level::NOTE.message(text.as_str())),
        };
    }
    let help = mistake.help.as_deref().map(visible);
    if let Some(help) = &help {
        first = first.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[first])
}

/// The lines around a span.
struct Source<'a> {
    path: String,
    text: &'a str,
    line: usize,
    range: std::ops::Range<usize>,
}

impl<'a> Source<'a> {
    /// None if the file is not there, or is no text up to there.
    fn of(span: &Span, tree: &'a Tree) -> Option<Source<'a>> {
        let bytes = tree.bytes(&span.file)?;
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?,
        };
        let clamp = |at: usize| {
            let mut at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = clamp(span.start);
        // A long span would fill the screen: its first line is enough.
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = clamp(span.end).clamp(start, line_end.max(start));
        let window = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let stop = text[end..].find('\n').map_or(text.len(), |at| end + at);
        let line = text[..window].matches('\n').count() + 1;
        Some(Source {
            path: span.file.to_string(),
            text: &text[window..stop],
            line,
            range: start - window..end - window,
        })
    }

    fn snippet(&self, kind: AnnotationKind, label: Option<&'a str>) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let annotation = kind.span(self.range.clone()).label(label.unwrap_or_default());
        Snippet::source(self.text).path(self.path.as_str()).line_start(self.line).annotation(annotation)
    }
}

/// Text from outside without control characters, which could paint over the terminal.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}
