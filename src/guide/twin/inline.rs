//! Inlines as Markdown: text that means nothing but itself, formulas as LaTeX, references and links as links.

use super::Twin;
use crate::guide::address::question_path;
use crate::guide::block::{Formula, Inline, plain};
use crate::guide::link::Link;
use crate::guide::model::Kind;

impl<'b> Twin<'b> {
    /// Inlines on one line.
    pub fn line(&mut self, inlines: &'b [Inline]) -> String {
        self.inlines(inlines).replace(['\n', '\r'], " ").trim().to_owned()
    }

    /// Inlines as a paragraph of their own, no line of which can be taken for anything else.
    pub(super) fn paragraph(&mut self, inlines: &'b [Inline]) -> String {
        let text = self.inlines(inlines);
        text.lines().map(|line| guarded(line.trim())).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn inlines(&mut self, inlines: &'b [Inline]) -> String {
        inlines.iter().map(|inline| self.inline(inline)).collect()
    }

    fn inline(&mut self, inline: &'b Inline) -> String {
        match inline {
            Inline::Text(text) => literal(text),
            Inline::Code(text) => code(text),
            Inline::Math(formula) if formula.display => {
                format!("\n{}{}\n", self.display(formula), self.tip(formula))
            }
            Inline::Math(formula) => format!("${}${}", self.lens.tex(self.page, formula), self.tip(formula)),
            Inline::Emphasis(inner) => format!("*{}*", self.inlines(inner)),
            Inline::Strong(inner) => format!("**{}**", self.inlines(inner)),
            Inline::Strikethrough(inner) => format!("~~{}~~", self.inlines(inner)),
            Inline::Link { to, inlines, .. } => {
                let text = self.inlines(inlines);
                format!("[{text}]({})", self.href(to))
            }
            Inline::Image { from, alt, .. } => format!("![{}]({})", literal(alt), self.href(from)),
            Inline::Html(html) => self.raw(html),
            Inline::Reference { label, .. } => self.reference(label),
            Inline::Cited(cited) => self.cited(cited),
            Inline::Embed { name, .. } => self.lens.question(name).map_or_else(String::new, |(asked, _)| {
                let to = self.to(&question_path(&asked.question.label), "");
                let title = literal(&plain(&asked.question.title));
                format!("[Open question {}: {title}]({to})", asked.number)
            }),
            Inline::Hole { hole, .. } => literal(&self.lens.fill(self.page, hole)),
            Inline::Footnote { name, .. } => self.footnote(name),
            Inline::Note { inlines, .. } | Inline::Side { inlines, .. } => self.note(inlines),
            Inline::SoftBreak => "\n".into(),
            Inline::HardBreak => "\\\n".into(),
        }
    }

    pub(super) fn display(&self, formula: &Formula) -> String {
        let tex = self.lens.tex(self.page, formula);
        // Where the label stood there is white space before the number.
        let tex = match tex.rsplit_once("\\tag{") {
            Some((before, number)) => format!("{} \\tag{{{number}", before.trim_end()),
            None => tex,
        };
        format!("$$\n{tex}\n$$")
    }

    pub(super) fn reference(&self, label: &str) -> String {
        let Some((target, page)) = self.lens.cited(label) else { return format!("@{label}") };
        let anchor = if target.anchor.is_empty() { String::new() } else { format!("#{}", target.anchor) };
        let to = match page.kind {
            // Of a question that stands in no text there is only its own page.
            Kind::Questions => self.to(&question_path(&target.anchor), ""),
            _ => self.to(&page.path, &anchor),
        };
        let apart =
            page.file != self.page.file && (page.sequence().is_none() || page.sequence() != self.page.sequence());
        let of = match apart && !target.number.is_empty() && !label.starts_with("q-") {
            true => format!(" of ‘{}’", page.front.short_title.clone().unwrap_or_else(|| plain(&page.title))),
            false => String::new(),
        };
        format!("[{}]({to}){}", literal(&target.name), literal(&of))
    }

    /// A link to a page of the site.
    pub fn link(&self, path: &str, title: &str) -> String {
        format!("[{}]({})", literal(title), self.to(path, ""))
    }

    pub(super) fn href(&self, to: &str) -> String {
        let (filled, link) = self.lens.link(self.page, to);
        match link {
            Link::Inside(path, anchor) => self.to(&path, &anchor),
            Link::Outside(to) if to.contains(['(', ')', ' ']) => format!("<{to}>"),
            Link::Outside(to) => to,
            Link::Dead => filled,
        }
    }
}

/// Code between as many marks as it takes.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{marks}{space}{text}{space}{marks}")
}

/// Text that a reader of Markdown takes for nothing but text.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let chars: Vec<char> = text.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let near = |other: Option<usize>| other.and_then(|at| chars.get(at)).copied().unwrap_or(' ');
        let (before, after) = (near(at.checked_sub(1)), near(Some(at + 1)));
        let means = match c {
            '\\' => after.is_ascii_punctuation(),
            '*' | '`' | '[' | ']' | '$' => true,
            // Within a word it is a letter.
            '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
            '~' => before == '~' || after == '~',
            '<' => after.is_ascii_alphabetic() || matches!(after, '/' | '!' | '?'),
            '&' => after.is_ascii_alphabetic() || after == '#',
            _ => false,
        };
        out.extend(means.then_some('\\'));
        out.push(*c);
    }
    out
}

/// A line that begins with what could begin a list, a heading, a quote or a rule begins with a backslash instead.
fn guarded(line: &str) -> String {
    let word = line.split(' ').next().unwrap_or_default();
    let number = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = number.len() < word.len() && matches!(number, "." | ")");
    let marked =
        matches!(word, "-" | "+" | ":") || (!word.is_empty() && word.bytes().all(|byte| byte == b'#' || byte == b'='));
    let ruled = line.len() >= 3 && line.bytes().all(|byte| byte == b'-');
    if numbered {
        return format!("{}\\{}", &word[..word.len() - 1], &line[word.len() - 1..]);
    }
    if marked || ruled || line.starts_with('>') || line.starts_with('|') {
        format!("\\{line}")
    } else {
        line.to_owned()
    }
}

/// The words of one cell of a table.
pub(super) fn in_cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
