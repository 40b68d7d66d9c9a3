//! New files: those of a guide that begins, and single pages, sequences and questions.

use super::json::{self, Value};
use super::markdown::parse_inlines;
use super::mistake::{Mistakes, Span};
use super::question::{Status, label, slug};
use crate::record::kebab;

/// A file that is to be written: its path from the site's folder, and its text.
pub struct File {
    pub path: String,
    pub text: String,
}

/// A small guide with one cell, one claim and one question.
pub fn guide(title: &str) -> Vec<File> {
    let file = |path: &str, text: &str| File {
        path: path.to_owned(),
        text: text.replace("title: TITLE", &format!("title: {}", quoted(title))),
    };
    let workflow = include_str!("../../starter/workflow.yml");
    vec![
        file("theoria.yaml", include_str!("../../starter/theoria.yaml")),
        file("content/index.md", include_str!("../../starter/index.md")),
        file("content/first-steps/sequence-metadata.yaml", include_str!("../../starter/sequence-metadata.yaml")),
        file("content/first-steps/01-averages.md", include_str!("../../starter/averages.md")),
        file(".gitignore", include_str!("../../starter/gitignore")),
        file(
            ".github/workflows/guide.yml",
            &workflow.replace("REVISION_OF_THEORIA", concat!("v", env!("CARGO_PKG_VERSION"))),
        ),
    ]
}

/// What a file or a folder of this title is called; empty for a title without letters or digits.
pub fn file_name(title: &str) -> String {
    kebab(title)
}

/// A text as YAML reads it again: without quotes where none are needed.
pub fn quoted(text: &str) -> String {
    let written = serde_yaml::to_string(text).unwrap_or_default();
    let one_line = written.trim_end().lines().count() == 1;
    if one_line { written.trim_end().to_owned() } else { serde_json::to_string(text).unwrap_or_default() }
}

/// The metadata of a new sequence.
pub fn sequence(folder: &str, title: &str) -> File {
    let text = format!("title: {}\n# description: What it is about, in a sentence.\nnumbered: true\n", quoted(title));
    File { path: format!("{folder}/{}/sequence-metadata.yaml", kebab(title)), text }
}

/// A new chapter of a sequence, after those whose files are named here.
pub fn chapter(folder: &str, siblings: &[String], title: &str) -> File {
    let number = |name: &String| name.split(['-', '_']).next()?.parse::<usize>().ok();
    let next = siblings.iter().filter_map(number).max().map_or(siblings.len() + 1, |last| last + 1);
    File { path: format!("{folder}/{next:02}-{}.md", kebab(title)), text: page(title, &[]) }
}

/// A new post.
pub fn post(folder: &str, title: &str, date: &str) -> File {
    File { path: format!("{folder}/{}.md", kebab(title)), text: page(title, &[format!("date: {date}")]) }
}

fn page(title: &str, more: &[String]) -> String {
    let more: String = more.iter().map(|line| format!("{line}\n")).collect();
    format!("---\ntitle: {}\n{more}# description: What it says, in a sentence.\n---\n\n", quoted(title))
}

/// A file of questions with one more, and the file of what is said of it; why it cannot be done, if it cannot.
pub fn question(file: &str, text: Option<&str>, title: &str, date: &str) -> Result<[File; 2], String> {
    let text = text.unwrap_or("[]\n");
    let node = json::parse(text).map_err(|fault| format!("'{file}' cannot be read: {}", fault.text))?;
    let list = node.get("questions").unwrap_or(&node);
    let Value::List(items) = &list.value else { return Err(format!("'{file}' holds no list of questions")) };
    let texts = |key: &str| {
        let texts = items.iter().filter_map(move |item| match &item.get(key)?.value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        });
        texts.collect::<Vec<String>>()
    };
    let number = |id: &String| id.strip_prefix("od-")?.parse::<usize>().ok();
    let next = texts("id").iter().filter_map(number).max().map_or(1, |last| last + 1);
    let inlines = parse_inlines(title, &Span::top(file), &mut Mistakes::default());
    let name = label(&super::block::plain(&inlines));
    let name = slug(&name).to_owned();
    if name.is_empty() || texts("slug").contains(&name) {
        return Err(format!("'{file}' has a question called '{name}' already"));
    }
    let id = format!("od-{next}");
    let entry = format!(
        "  {{\n    \"id\": \"{id}\",\n    \"slug\": \"{name}\",\n    \"title\": {},\n    \"text\": \"\",\n    \"status\": \"{}\",\n    \"topics\": [],\n    \"asked\": \"{date}\"\n  }}",
        serde_json::to_string(title).unwrap_or_default(),
        Status::Open.name()
    );
    // After the last entry, so that the rest of the file stays as it was written.
    let end = items.last().map_or(list.span.start + 1, |last| last.span.end);
    let comma = if items.is_empty() { "" } else { "," };
    let rest = text[end..].trim_start();
    let all = format!("{}{comma}\n{entry}\n{rest}", &text[..end]);
    let outer = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let said = File { path: format!("{outer}{id}.md"), text: "What is known of it.\n".into() };
    Ok([File { path: file.to_owned(), text: all }, said])
}
