//! Mistakes as an author sees them in the terminal: file, line, column, excerpt, help.

use std::io::IsTerminal;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

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

/// The lines of the source that a mistake is about, marked, without its text and what is said besides.
pub fn excerpt(mistake: &Mistake, tree: &Tree) -> String {
    let whole = one(mistake, tree, &Renderer::plain());
    let after_place = whole.lines().skip_while(|line| !line.trim_start().starts_with("--> ")).skip(1);
    let source = after_place.take_while(|line| !line.trim_start().starts_with("= "));
    let lines: Vec<&str> = source.skip_while(|line| line.trim() == "|").collect();
    lines.join("\n").trim_end_matches([' ', '|', '\n']).to_owned()
}

fn one(mistake: &Mistake, tree: &Tree, renderer: &Renderer) -> String {
    let level = match mistake.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let text = visible(&mistake.text);
    let mut group = Group::with_title(level.primary_title(text.as_str()).id(mistake.code.name()));
    let notes: Vec<(String, Option<&Span>)> =
        mistake.notes.iter().map(|note| (visible(&note.text), note.span.as_ref())).collect();
    match readable(&mistake.span.file, tree) {
        None => group = group.element(Origin::path(mistake.span.file.to_string())),
        // An excerpt of a line that fills the screen helps nobody; its place does.
        Some(source) if line_length(&mistake.span, source) > 2_000 => {
            let (line, column) = tree.position(&mistake.span);
            group = group.element(Origin::path(mistake.span.file.to_string()).line(line).char_column(column));
        }
        Some(source) => {
            // What rustc says of one place is one label under one line.
            let label = notes.iter().find(|(_, span)| *span == Some(&mistake.span)).map(|(text, _)| text.as_str());
            let primary = AnnotationKind::Primary.span(within(&mistake.span, source)).label(label);
            let mut snippet =
                Snippet::source(source).path(mistake.span.file.to_string()).fold(true).annotation(primary);
            for (text, span) in &notes {
                if let Some(span) = span.filter(|span| span.file == mistake.span.file && **span != mistake.span) {
                    snippet =
                        snippet.annotation(AnnotationKind::Context.span(within(span, source)).label(text.as_str()));
                }
            }
            group = group.element(snippet);
        }
    }
    for (text, span) in &notes {
        match span {
            Some(span) if span.file == mistake.span.file => {}
            Some(span) => {
                if let Some(source) = readable(&span.file, tree) {
                    let annotation = AnnotationKind::Context.span(within(span, source)).label(text.as_str());
                    group = group
                        .element(Snippet::source(source).path(span.file.to_string()).fold(true).annotation(annotation));
                }
            }
            None => group = group.element(Level::NOTE.message(text.as_str())),
        }
    }
    let help = mistake.help.as_deref().map(visible);
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// A file's text, up to its first byte that is none.
fn readable<'a>(file: &str, tree: &'a Tree) -> Option<&'a str> {
    let bytes = tree.bytes(file)?;
    std::str::from_utf8(bytes).or_else(|error| std::str::from_utf8(&bytes[..error.valid_up_to()])).ok()
}

/// The length of the line that a span begins in, in bytes.
fn line_length(span: &Span, source: &str) -> usize {
    let at = source.floor_char_boundary(span.start.min(source.len()));
    let before = source[..at].bytes().rev().take(2_001).take_while(|byte| *byte != b'\n').count();
    before + source[at..].bytes().take(2_001).take_while(|byte| *byte != b'\n').count()
}

/// The part of a span on its first line: a long one would fill the screen.
fn within(span: &Span, source: &str) -> std::ops::Range<usize> {
    let boundary = |at: usize| (0..=at.min(source.len())).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0);
    let start = boundary(span.start);
    let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
    start..boundary(span.end).clamp(start, line_end.max(start))
}

/// Text from outside without what could paint over the terminal, or show words in another order than they have.
pub fn visible(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' || turns(c) { '\u{fffd}' } else { c }).collect()
}
