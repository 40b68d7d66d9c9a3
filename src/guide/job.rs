//! What has to be computed: each cell as a program, its inputs, and the key under which its record is kept.

use std::ops::Range;
use std::time::Duration;

use super::mistake::Span;

/// One cell, ready to be compiled and run.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The cell's label, unique in the site.
    pub label: String,
    /// The cell in its page: from the opening fence to the end of the closing one.
    pub span: Span,
    /// The lines of code in the page, without fences and container prefixes.
    pub body: Vec<Range<usize>>,
    /// The text of the cells that come before it, on one line.
    pub prologue: String,
    pub seed: u64,
    /// Declared files: the name used in the cell, and the path from the site's root.
    pub data: Vec<(String, String)>,
    /// Those of them that are not there: where each is declared, and its path.
    pub absent: Vec<(Span, String)>,
    pub time_limit: Duration,
    pub manifest: Manifest,
}

/// All that a cell's results can depend on, readable: name and digest (or value) of each input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    pub lines: Vec<(String, String)>,
}

impl Job {
    /// The line of the opening fence.
    pub fn fence(&self, page: &str) -> Span {
        let line = page[self.span.start..].lines().next().unwrap_or_default();
        Span::new(&self.span.file, self.span.start..self.span.start + line.trim_end().len())
    }

    /// Whether a byte of the page lies in this cell, its fences' lines included.
    pub fn encloses(&self, offset: usize, page: &str) -> bool {
        let start = page[..self.span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = page[self.span.end..].find('\n').map_or(page.len(), |at| self.span.end + at);
        (start..=end).contains(&offset)
    }

    /// What the page shows of a place in [`module`]: that place, or the fence for what stands in place of the fence.
    pub fn blame(&self, range: Range<usize>, page: &str) -> Span {
        let start = self.body.first().map_or(self.span.end, |piece| piece.start);
        let end = self.body.last().map_or(self.span.end, |piece| piece.end);
        let end = start + page.get(start..end).unwrap_or_default().trim_end().len();
        if range.start < start || end == start {
            return self.fence(page);
        }
        if range.start >= end {
            let last = page[..end].char_indices().next_back().map_or(end, |(at, _)| at);
            return Span::new(&self.span.file, last..end);
        }
        Span::new(&self.span.file, range.start..range.end.min(end))
    }
}

/// The name of the function that holds the cell at `index` of its page.
pub fn function(index: usize) -> String {
    format!("cell_{index}")
}

/// A page as a Rust module that holds only the given cells, each at its own lines and columns.
///
/// Prose becomes blank lines, the opening fence a function's head and the closing fence its end, so that whatever the
/// compiler says of the module is true of the page. `# ` that hides a line becomes two spaces. Cost: O(length of page).
pub fn module(page: &str, jobs: &[&Job]) -> String {
    let mut lines: Vec<String> = page.split('\n').map(|_| String::new()).collect();
    let starts: Vec<usize> = std::iter::once(0).chain(page.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let line_of = |offset: usize| starts.partition_point(|start| *start <= offset) - 1;
    for (index, job) in jobs.iter().enumerate() {
        let first = line_of(job.span.start);
        let last = line_of(job.span.end.saturating_sub(1).max(job.span.start)).max(first + 1);
        // A fence that is never closed: the function ends on the line below the code, whose last line may be a comment.
        let in_code = job.body.last().is_some_and(|piece| line_of(piece.end.saturating_sub(1)) >= last);
        let last = if in_code { last + 1 } else { last };
        lines.resize(lines.len().max(last + 1), String::new());
        for piece in &job.body {
            copy(page, piece.clone(), &starts, &line_of, &mut lines);
        }
        lines[first].push_str(&format!(
            "pub fn {}(show: &mut ::theoria::show::Show) -> ::std::result::Result<(), ::theoria::show::Stop> \
             {{ use ::theoria::show::prelude::*; {} show.enter({}, false);",
            function(index),
            job.prologue,
            job.seed
        ));
        lines[last].push_str("; Ok(()) }");
    }
    lines.join("\n") + "\n"
}

fn copy(page: &str, piece: Range<usize>, starts: &[usize], line_of: &impl Fn(usize) -> usize, lines: &mut [String]) {
    let mut at = piece.start;
    for text in page[piece].split_inclusive('\n') {
        let line = line_of(at);
        let code = text.trim_end_matches(['\n', '\r']);
        let column = page[starts[line]..at].chars().count();
        lines[line] = " ".repeat(column) + &unhide(code);
        at += text.len();
    }
}

/// A line of code without the mark that hides it, in the same columns.
pub fn unhide(line: &str) -> String {
    if is_hidden(line) { line.replacen('#', " ", 1) } else { line.to_owned() }
}

/// Whether the page does not show this line: `# ` before code, as in rustdoc.
pub fn is_hidden(line: &str) -> bool {
    let line = line.trim_start();
    line == "#" || line.starts_with("# ")
}
