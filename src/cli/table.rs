//! Tables in the terminal: aligned columns that fit the width there is.

use std::io::{self, IsTerminal, Write};

use crate::shell::failure::Failure;
use crate::shell::terminal::visible;

/// Between two columns.
const GAP: usize = 2;
/// Where the width is not known, lines end here if they can.
pub const WIDTH: usize = 100;
/// What gives way is not made narrower than this.
const NARROWEST: usize = 10;
/// Of a text that is long, so much is meant to be seen.
const SPILL: usize = 40;
/// What stands below its row is indented by this.
const BELOW: usize = 4;

/// One column: its heading, the side to which it keeps, and how it gives way where there is no room.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub title: &'static str,
    pub align: Align,
    pub fit: Fit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It does not.
    Whole,
    /// It does not, and goes over the edge without harm, since it stands last.
    Spill,
    /// On a terminal the end of a text is left out.
    Cut,
    /// On a terminal a text goes on in the next line.
    Wrap,
    /// On a terminal the text, which is long, has lines of its own below its row; elsewhere its end is left out. It
    /// stands last.
    Below,
}

impl Column {
    pub const fn left(title: &'static str) -> Column {
        Column { title, align: Align::Left, fit: Fit::Whole }
    }

    pub const fn right(title: &'static str) -> Column {
        Column { title, align: Align::Right, fit: Fit::Whole }
    }

    pub const fn fit(self, fit: Fit) -> Column {
        Column { fit, ..self }
    }
}

/// Rows of texts under columns. A column in which nothing stands is not shown.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
enum Row {
    Words(Vec<String>),
    /// What the rows below it have in common.
    Heading(String),
}

impl Table {
    pub fn new(columns: &[Column]) -> Table {
        Table { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, its texts made safe to print: each on one line, without control characters.
    pub fn push(&mut self, row: Vec<String>) {
        self.rows.push(Row::Words(row.into_iter().map(plain).collect()));
    }

    /// Adds a line that says what the rows after it have in common.
    pub fn heading(&mut self, text: String) {
        self.rows.push(Row::Heading(plain(text)));
    }

    /// The table as lines, each with its end, after `indent` spaces; titles are written if any column has one. The
    /// width is that of the terminal, if it is one.
    pub fn text(&self, indent: usize, width: Option<usize>, paint: Paint) -> String {
        let below = self.columns.iter().position(|column| column.fit == Fit::Below && width.is_some());
        let shown = |at: &usize| self.natural(*at) > 0 && Some(*at) != below;
        let shown: Vec<usize> = (0..self.columns.len()).filter(shown).collect();
        let widths = self.widths(&shown, indent, width);
        let mut out = String::new();
        if shown.iter().any(|at| !self.columns[*at].title.is_empty()) {
            let titles: Vec<String> = self.columns.iter().map(|column| column.title.to_owned()).collect();
            let mut line = String::new();
            self.write(&titles, &shown, &widths, indent, &mut line);
            out.push_str(&paint.bold(line.trim_end()));
            out.push('\n');
        }
        for row in &self.rows {
            match row {
                Row::Heading(text) => out.push_str(&format!("\n{}\n", paint.bold(text))),
                Row::Words(row) => self.write(row, &shown, &widths, indent, &mut out),
            }
            if let (Row::Words(row), Some(at)) = (row, below) {
                let room = width.unwrap_or(WIDTH).saturating_sub(indent + BELOW);
                for line in wrap(row.get(at).map_or("", String::as_str), room) {
                    out.push_str(&format!("{}{}\n", " ".repeat(indent + BELOW), paint.dim(&line)));
                }
            }
        }
        out
    }

    /// The length of the longest text of a column; 0 if there is none.
    fn natural(&self, at: usize) -> usize {
        let long = |row: &Row| match row {
            Row::Words(row) => row.get(at).map_or(0, |text| length(text)),
            Row::Heading(_) => 0,
        };
        self.rows.iter().map(long).max().unwrap_or(0)
    }

    /// The widest of those that give way become narrower, one step at a time, until all fit.
    fn widths(&self, shown: &[usize], indent: usize, width: Option<usize>) -> Vec<usize> {
        let fit = |index: usize| self.columns[shown[index]].fit;
        let natural = |(index, at): (usize, &usize)| {
            let natural = self.natural(*at).max(length(self.columns[*at].title));
            if fit(index) == Fit::Spill { natural.min(SPILL) } else { natural }
        };
        let mut widths: Vec<usize> = shown.iter().enumerate().map(natural).collect();
        let taken = indent + GAP * shown.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + taken > width.unwrap_or(WIDTH) {
            let gives = |index: &usize| match fit(*index) {
                Fit::Whole | Fit::Spill => false,
                Fit::Cut | Fit::Wrap => width.is_some() && widths[*index] > NARROWEST,
                Fit::Below => widths[*index] > SPILL,
            };
            match (0..widths.len()).filter(gives).max_by_key(|index| widths[*index]) {
                Some(widest) => widths[widest] -= 1,
                None => break,
            }
        }
        widths
    }

    fn write(&self, row: &[String], shown: &[usize], widths: &[usize], indent: usize, out: &mut String) {
        let texts = shown.iter().zip(widths).map(|(at, width)| {
            let text = row.get(*at).map_or("", String::as_str);
            fitted(text, *width, self.columns[*at].fit)
        });
        let texts: Vec<Vec<String>> = texts.collect();
        for line in 0..texts.iter().map(Vec::len).max().unwrap_or(0) {
            let mut text = " ".repeat(indent);
            for ((lines, at), width) in texts.iter().zip(shown).zip(widths) {
                let piece = lines.get(line).map_or("", String::as_str);
                let pad = " ".repeat(width.saturating_sub(length(piece)));
                match self.columns[*at].align {
                    Align::Left => text.extend([piece, &pad]),
                    Align::Right => text.extend([&pad, piece]),
                }
                text.push_str(&" ".repeat(GAP));
            }
            out.push_str(text.trim_end());
            out.push('\n');
        }
    }
}

fn plain(text: String) -> String {
    visible(&text.replace(['\n', '\t', '\r'], " "))
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// A text as the lines that it takes in so many columns.
fn fitted(text: &str, width: usize, fit: Fit) -> Vec<String> {
    let count = length(text);
    if count <= width {
        return vec![text.to_owned()];
    }
    match fit {
        Fit::Whole | Fit::Spill => vec![text.to_owned()],
        Fit::Cut | Fit::Below => vec![text.chars().take(width.saturating_sub(1)).chain(['…']).collect()],
        Fit::Wrap => wrap(text, width),
    }
}

/// Words in lines of at most so many characters; a word that is longer has a line of its own.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().filter(|last| last.is_empty() || length(last) + 1 + length(word) <= width);
        match last {
            Some(last) if last.is_empty() => last.push_str(word),
            Some(last) => last.extend([" ", word]),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// How standard output is written to: whether in colour, and how wide it is.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    colour: bool,
}

impl Paint {
    /// Colours are for a terminal, and for those who have not said that they want none.
    pub fn of_stdout() -> Paint {
        Paint { colour: io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    pub fn bold(self, text: &str) -> String {
        self.style("1", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.style("2", text)
    }

    pub fn green(self, text: &str) -> String {
        self.style("32", text)
    }

    pub fn yellow(self, text: &str) -> String {
        self.style("33", text)
    }

    fn style(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The width of the terminal that standard output is; none if it is a file or a pipe.
pub fn width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

/// Prints an answer. A reader that has read enough, as `head` does, is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Program { name: "standard output".into(), text: error.to_string() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Paint = Paint { colour: false };

    fn table(last: Fit) -> Table {
        let columns = [Column::left("name"), Column::right("n"), Column::left("none"), Column::left("text").fit(last)];
        let mut table = Table::new(&columns);
        table.push(vec!["é".into(), "10".into(), String::new(), "one two three four five".into()]);
        table.heading("more".into());
        table.push(vec!["long name".into(), "1".into(), String::new(), "a\nb\u{1b}[1m".into()]);
        table
    }

    #[test]
    fn columns_are_aligned_and_empty_ones_left_out() {
        let expected = "name        n  text\né          10  one two three four five\n\nmore\n\
                        long name   1  a b\u{fffd}[1m\n";
        for fit in [Fit::Whole, Fit::Spill, Fit::Cut, Fit::Wrap, Fit::Below] {
            assert_eq!(table(fit).text(0, None, PLAIN), expected, "{fit:?}");
        }
        assert_eq!(table(Fit::Wrap).text(0, Some(80), PLAIN), expected);
        assert_eq!(Table::new(&[]).text(2, Some(80), PLAIN), "");
    }

    #[test]
    fn what_has_no_room_gives_way() {
        let lines = |fit, width| table(fit).text(1, Some(width), PLAIN).lines().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(Fit::Cut, 30)[1], " é          10  one two three…");
        assert_eq!(lines(Fit::Cut, 1)[1], " é          10  one two t…");
        assert_eq!(lines(Fit::Wrap, 30)[1..3], [" é          10  one two three", "                four five"]);
        assert_eq!(lines(Fit::Below, 25)[..3], [" name        n", " é          10", "     one two three four"]);
        assert_eq!(lines(Fit::Spill, 20)[1], " é          10  one two three four five");
        assert!(PLAIN.bold("a") == "a" && Paint { colour: true }.bold("a") == "\x1b[1ma\x1b[0m");
    }

    #[test]
    fn words_are_wrapped() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("incomprehensibilities a", 5), ["incomprehensibilities", "a"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
