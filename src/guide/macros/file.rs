//! A file of LaTeX macros as KaTeX takes them: JSON, or JavaScript such as `window.macros = {"\\R": "\\mathbb{R}"};`.

use std::ops::Range;
use std::sync::Arc;

use crate::guide::mistake::{Mistakes, Span};

/// A macro, and where its meaning stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Macro {
    pub name: String,
    pub meaning: String,
    pub span: Span,
}

/// Reads the macros of a file; what cannot be read is told at its place, and the rest is read all the same. Cost: O(length).
pub fn read(file: &Arc<str>, text: &str, mistakes: &mut Mistakes) -> Vec<Macro> {
    let mut reader = Reader { file, text, at: 0, mistakes };
    let Some(start) = reader.list() else {
        let help = "it should hold an object, as in `window.macros = {\"\\\\R\": \"\\\\mathbb{R}\"};`";
        reader.mistakes.bad_macros(Span::new(file, 0..0), "there is no list of macros in this file", help);
        return Vec::new();
    };
    reader.at = start;
    reader.entries()
}

/// Whether a list is called so: `macros`, or more exactly `LATEX_MACROS` or `katexMacros`.
fn is_name(word: &str) -> bool {
    word.to_ascii_lowercase().ends_with("macros")
}

struct Reader<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    at: usize,
    mistakes: &'a mut Mistakes,
}

impl Reader<'_> {
    /// Where the entries begin: in the object that is called `macros`, or in the first.
    fn list(&mut self) -> Option<usize> {
        let mut first = None;
        let mut named = false;
        while self.at < self.text.len() {
            self.space();
            let rest = &self.text[self.at..];
            let Some(next) = rest.chars().next() else { break };
            match next {
                '{' if named => return Some(self.at + 1),
                '{' => {
                    first = first.or(Some(self.at + 1));
                    self.at += 1;
                }
                '"' | '\'' | '`' => {
                    named = matches!(self.string(), Some((word, _)) if is_name(&word));
                }
                c if c.is_alphanumeric() || c == '_' || c == '.' => {
                    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
                    named = rest[..end].rsplit('.').next().is_some_and(is_name);
                    self.at += end;
                }
                // The name may be followed by its sign.
                c => {
                    named &= c == '=' || c == ':';
                    self.at += c.len_utf8();
                }
            }
        }
        first
    }

    fn entries(&mut self) -> Vec<Macro> {
        let mut out: Vec<Macro> = Vec::new();
        loop {
            self.space();
            let start = self.at;
            match self.text[self.at..].chars().next() {
                None => {
                    let help = "end it with `}`";
                    self.mistakes.bad_macros(self.span(start..start), "the list of macros is never closed", help);
                    return out;
                }
                Some('}') => return out,
                Some(',') => self.at += 1,
                Some(_) => match self.entry() {
                    Some(entry) => match out.iter().find(|known| known.name == entry.name) {
                        // As in JavaScript, the last one counts, but nobody means that.
                        Some(first) => {
                            self.mistakes.duplicate_label(entry.span, &entry.name, first.span.clone());
                        }
                        None => out.push(entry),
                    },
                    None => {
                        let end = self.skip(start);
                        let help = "an entry is `\"\\\\name\": \"meaning\"`, with `#1` for its first argument";
                        self.mistakes.bad_macros(self.span(start..end), "this macro cannot be read", help);
                    }
                },
            }
        }
    }

    /// `"\\R": "\\mathbb{R}"`, or with a list whose first text is the meaning, as MathJax has it.
    fn entry(&mut self) -> Option<Macro> {
        let (name, _) = match self.text[self.at..].chars().next()? {
            '"' | '\'' | '`' => self.string()?,
            _ => self.word()?,
        };
        self.space();
        self.text[self.at..].strip_prefix(':')?;
        self.at += 1;
        self.space();
        let list = self.text[self.at..].starts_with('[');
        if list {
            self.at += 1;
            self.space();
        }
        let (mut meaning, mut place) = self.string()?;
        loop {
            self.space();
            if !self.text[self.at..].starts_with('+') {
                break;
            }
            self.at += 1;
            self.space();
            let (more, end) = self.string()?;
            meaning += &more;
            place.end = end.end;
        }
        if list {
            self.at += self.text[self.at..].find(']')? + 1;
        }
        self.space();
        let ends = self.text[self.at..].starts_with([',', '}']) || self.at == self.text.len();
        let name =
            if name.starts_with('\\') || !name.starts_with(char::is_alphabetic) { name } else { format!("\\{name}") };
        ends.then(|| Macro { name, meaning, span: self.span(place) })
    }

    fn word(&mut self) -> Option<(String, Range<usize>)> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
        let place = self.at..self.at + end;
        self.at += end;
        (end > 0).then(|| (rest[..end].to_owned(), place))
    }

    /// A text in quotes, its escapes undone.
    fn string(&mut self) -> Option<(String, Range<usize>)> {
        let start = self.at;
        let mut chars = self.text[start..].char_indices();
        let (_, quote) = chars.next().filter(|(_, c)| "\"'`".contains(*c))?;
        let mut out = String::new();
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.at = start + at + 1;
                    return Some((out, start + 1..start + at));
                }
                '\n' if quote != '`' => return None,
                '\\' => match chars.next()?.1 {
                    c @ ('\\' | '"' | '\'' | '`' | '/') => out.push(c),
                    'n' => out.push('\n'),
                    't' => out.push('\t'),
                    'u' => {
                        let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                        out.push(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)?);
                    }
                    '\n' => {}
                    other => {
                        // JavaScript would drop the backslash without a word.
                        let place = self.span(start + at..start + at + 1);
                        let text = format!("`\\{other}` in quotes loses its backslash");
                        self.mistakes.bad_macros(place, &text, &format!("write `\\\\{other}`"));
                        out.extend(['\\', other]);
                    }
                },
                c => out.push(c),
            }
        }
        None
    }

    /// Goes on after an entry that could not be read, and returns where it ends.
    fn skip(&mut self, start: usize) -> usize {
        let rest = &self.text[start..];
        let line = rest.find('\n').unwrap_or(rest.len());
        let end = start + rest[..line].trim_end().len();
        let last = rest[..line].rfind('}').filter(|at| rest[at + 1..line].trim().trim_start_matches(';').is_empty());
        // The end of the list may stand on the same line.
        self.at = last.filter(|at| *at > 0 && !rest[..*at].contains('{')).map_or(start + line, |at| start + at);
        let first = rest.chars().next().map_or(0, char::len_utf8);
        self.at = self.at.max(start + first);
        end.max(start + first)
    }

    /// Skips white space and comments.
    fn space(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let blank = rest.len() - rest.trim_start().len();
            let rest = &rest[blank..];
            self.at += blank;
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            } else if blank == 0 {
                return;
            }
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range)
    }
}
