//! GitHub's workflow commands, by which mistakes are shown beside the lines of a pull request.

use super::words::{Owners, details, headline, whole};
use crate::guide::verdict::{Report, Told};

/// One command for each mistake, each on a line of its own. `prefix` is the folder of the site in its repository, if it
/// is not the top.
///
/// GitHub itself shows no more than ten errors and ten warnings of a step beside the lines; the log has all of them.
pub fn github(report: &Report, prefix: &str) -> String {
    let prefix = prefix.trim_matches('/');
    let mut out = String::new();
    for told in &report.mistakes {
        let severity = if told.severity == "error" { "error" } else { "warning" };
        out += &command(severity, prefix, &told.file, (told.line, told.column), &told.code, &whole(told));
    }
    let owners = Owners::new(report);
    for (cell, mistakes) in report.cells.iter().zip(&owners.of_cells) {
        // A bad cell whose mistake the site allows, or tells at another place, is bad all the same.
        if cell.status.is_bad() && mistakes.is_empty() {
            let text = format!("{}: {}\n{}", cell.label, headline(cell), details(cell, &[] as &[&Told]));
            out += &command("error", prefix, &cell.file, (cell.line, 1), cell.status.name(), &text);
        }
    }
    out
}

fn command(
    severity: &str,
    prefix: &str,
    file: &str,
    (line, column): (usize, usize),
    title: &str,
    text: &str,
) -> String {
    let file = if prefix.is_empty() { file.to_owned() } else { format!("{prefix}/{file}") };
    let (file, title, text) = (property(&file), property(title), data(text));
    format!("::{severity} file={file},line={line},col={column},title={title}::{text}\n")
}

/// Text after the second `::`.
fn data(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            // Such as the escape that begins a colour: it could paint over the log.
            c if c.is_control() && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Text before it, where colons and commas have a meaning.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
