//! A cell's code as tokens: whether it stands alone, and how it is put before another cell.

use std::ops::Range;
use std::str::FromStr;

use proc_macro2::{Delimiter, LexError, Spacing, TokenStream, TokenTree};

use super::job::{Job, unhide};

/// Where a cell's code cannot be read as Rust's tokens: byte offset in the code, and why.
pub type Fault = (usize, String);

/// The code of one cell, out of its page, with the way back.
pub struct Code {
    pub text: String,
    /// Where pieces of the text begin: offset in `text`, offset in the page.
    origins: Vec<(usize, usize)>,
}

impl Code {
    /// Cost: O(length of the cell).
    pub fn of(page: &str, body: &[Range<usize>]) -> Code {
        let mut code = Code { text: String::new(), origins: Vec::new() };
        for piece in body {
            if !code.text.is_empty() && !code.text.ends_with('\n') {
                code.text.push('\n');
            }
            code.origins.push((code.text.len(), piece.start));
            code.text.extend(page[piece.clone()].split_inclusive('\n').map(unhide));
        }
        code
    }

    /// The byte of the page from which the byte at `offset` came.
    pub fn in_page(&self, offset: usize) -> usize {
        let next = self.origins.partition_point(|(start, _)| *start <= offset);
        self.origins.get(next.saturating_sub(1)).map_or(0, |(start, page)| page + (offset - start))
    }
}

/// Whether a cell's brackets and quotation marks are closed, so that it cannot swallow what follows it in the program.
///
/// The error's offset is one in the page.
pub fn check(page: &str, job: &Job) -> Result<(), Fault> {
    let code = Code::of(page, &job.body);
    match tokens(&code.text) {
        Ok(_) => Ok(()),
        Err((offset, text)) => Err((code.in_page(offset), text)),
    }
}

/// What is written before a cell that comes after another: that one's code, run without showing anything.
pub fn prologue(code: &str, seed: u64) -> Result<String, Fault> {
    Ok(muted(&one_line(code)?, seed))
}

/// Code on one line, run with its own seed and without showing anything.
pub fn muted(line: &str, seed: u64) -> String {
    format!("show.enter({seed}, true); {line}; ")
}

/// A cell's code on one line: its tokens, without comments, with line ends in strings escaped.
pub fn one_line(code: &str) -> Result<String, Fault> {
    let mut line = String::new();
    write(tokens(code)?, &mut line);
    line.truncate(line.trim_end().len());
    Ok(line)
}

fn tokens(code: &str) -> Result<TokenStream, Fault> {
    let result = TokenStream::from_str(code).map_err(|error| fault(code, &error));
    // The lexer remembers every text that it has read, for the sake of spans that nobody holds any more.
    proc_macro2::extra::invalidate_current_thread_spans();
    result
}

fn fault(code: &str, error: &LexError) -> Fault {
    let offset = error.span().byte_range().start.min(code.len());
    let text = match code[offset..].chars().next() {
        Some(c @ ('(' | '[' | '{')) => format!("this '{c}' is never closed"),
        Some(c @ (')' | ']' | '}')) => format!("this '{c}' closes nothing that is open here"),
        Some('"') => "this string is never closed".into(),
        Some('/') => "this comment is never closed".into(),
        Some('\'') => "this character is never closed".into(),
        Some(c) => format!("Rust cannot read on from '{c}'"),
        None => "something in this cell is never closed".into(),
    };
    (offset, text)
}

fn write(tokens: TokenStream, line: &mut String) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = &trees[..];
    while let Some((tree, tail)) = rest.split_first() {
        rest = tail;
        match tree {
            TokenTree::Punct(hash) if hash.as_char() == '#' && doc_comment(tail) > 0 => {
                rest = &tail[doc_comment(tail)..];
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                line.push_str(open);
                write(group.stream(), line);
                line.push_str(close);
                line.push(' ');
            }
            TokenTree::Literal(literal) => line.extend([flat(&literal.to_string()), " ".into()]),
            TokenTree::Ident(ident) => line.extend([ident.to_string(), " ".into()]),
            TokenTree::Punct(punct) => {
                line.push(punct.as_char());
                if punct.spacing() == Spacing::Alone {
                    line.push(' ');
                }
            }
        }
    }
}

/// How many trees after a `#` make it a documentation comment, which the lexer turns into `#[doc = "..."]`.
fn doc_comment(tail: &[TokenTree]) -> usize {
    let inner = matches!(tail.first(), Some(TokenTree::Punct(mark)) if mark.as_char() == '!');
    let Some(TokenTree::Group(group)) = tail.get(usize::from(inner)) else { return 0 };
    let mut words = group.stream().into_iter().map(|tree| tree.to_string());
    let is_doc = words.next().as_deref() == Some("doc") && words.next().as_deref() == Some("=");
    if is_doc { 1 + usize::from(inner) } else { 0 }
}

/// A literal without line ends, of the same value.
fn flat(literal: &str) -> String {
    if !literal.contains('\n') {
        return literal.to_owned();
    }
    let Some((kind, _)) = literal.split_once('"') else { return literal.to_owned() };
    match kind.trim_end_matches('#').strip_suffix('r') {
        Some(prefix) => format!("{prefix}\"{}\"", flat_raw(literal)),
        None => flat_escaped(literal),
    }
}

fn flat_raw(literal: &str) -> String {
    let (start, end) = (literal.find('"').map_or(0, |at| at + 1), literal.rfind('"').unwrap_or(0));
    let content = literal.get(start..end).unwrap_or_default().replace("\r\n", "\n");
    content.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn flat_escaped(literal: &str) -> String {
    let mut out = String::new();
    let mut chars = literal.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            // A backslash at the end of a line: the string goes on at the next character that is not a space.
            ('\\', Some('\n' | '\r')) => while chars.next_if(|c| " \t\r\n".contains(*c)).is_some() {},
            ('\\', Some(&escaped)) => {
                out.extend(['\\', escaped]);
                chars.next();
            }
            ('\r', Some('\n')) => {}
            ('\n', _) => out.push_str("\\n"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_keeps_the_meaning() {
        for (code, line) in [
            ("let a = 1; // one\nlet b = a..=2;", "let a = 1 ; let b = a ..= 2 ;"),
            ("/// doc\nfn f<'a>(x: &'a str) {}", "fn f <'a > (x : &'a str ) {}"),
            ("let s = \"a\n  b\\\n   c\\\\\";", "let s = \"a\\n  bc\\\\\" ;"),
            ("let s = r#\"a\"\n\\\"#;", "let s = \"a\\\"\\n\\\\\" ;"),
            ("", ""),
        ] {
            assert_eq!(one_line(code).as_deref(), Ok(line));
        }
    }

    #[test]
    fn faults_are_found_where_they_begin() {
        for (code, offset) in [("é; f(1;", 5), ("}", 0), ("let s = \"abc", 8), ("a /* b", 2), ("f(]", 2)] {
            assert_eq!(one_line(code).map_err(|fault| fault.0), Err(offset), "{code}");
        }
    }
}
