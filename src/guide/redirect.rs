//! Redirects: former addresses that lead to where a page is now.

use super::address::{leaves_site, question_path};
use super::config::Config;
use super::folders::folder_of;
use super::key::front::ALIASES;
use super::mistake::Span;
use super::model::Page;
use super::question::Question;
use crate::record::kebab;

/// An address that leads elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Redirect {
    /// The file or the folder that stands there: with a slash at its end, or with `.html`.
    pub from: String,
    /// From the site's root, or an address out of the site.
    pub to: String,
    /// What says so.
    pub span: Span,
}

/// Those that pages ask for, page by page, and those of the config.
pub fn redirects(config: &Config, pages: &[Page]) -> Vec<Redirect> {
    let mut out = Vec::new();
    for page in pages {
        // As Hugo has it: an alias without a slash at its front stands beside the page.
        let parent = page.path.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent);
        for alias in &page.front.aliases {
            let from = match alias.strip_prefix('/') {
                Some(_) => place(alias),
                None => place(&format!("{parent}/{alias}")),
            };
            out.push(Redirect { from, to: page.path.clone(), span: page.place(ALIASES) });
        }
    }
    out.extend(pages.iter().flat_map(of_questions));
    for (from, to, span) in &config.redirects {
        let to = if leaves_site(to) { to.clone() } else { to.trim_start_matches('/').to_owned() };
        out.push(Redirect { from: place(from), to, span: span.clone() });
    }
    out
}

/// Former names of the questions of a page, and where sites that keep questions in files have theirs.
fn of_questions(page: &Page) -> Vec<Redirect> {
    let lead = |question: &Question, from: String, to: String| {
        let span = page.span(question.span.start..question.span.start + 1);
        (from != to).then_some(Redirect { from, to, span })
    };
    let mut out = Vec::new();
    for question in &page.text.questions {
        let now = question_path(&question.label);
        let former = former_paths(question, &page.file);
        out.extend(former.into_iter().filter_map(|from| lead(question, from, now.clone())));
    }
    let first =
        page.text.questions.iter().find_map(|question| Some((question, question_folder(question, &page.file)?)));
    out.extend(first.and_then(|(question, folder)| lead(question, format!("{folder}/"), "questions/".into())));
    out
}

/// The addresses that a question's page had, or has on sites that keep questions in such files.
pub fn former_paths(question: &Question, file: &str) -> Vec<String> {
    let aliases = question.aliases.iter().map(|alias| kebab(alias)).filter(|alias| !alias.is_empty());
    let aliases: Vec<String> = aliases.collect();
    let mut out: Vec<String> = aliases.iter().map(|alias| format!("questions/{alias}/")).collect();
    if let Some(folder) = question_folder(question, file) {
        out.extend(aliases.iter().map(String::as_str).chain([question.slug()]).map(|name| format!("{folder}/{name}/")));
    }
    out
}

/// The folder of a file of questions, if it is named for them and the site has no such address.
pub fn question_folder<'f>(question: &Question, file: &'f str) -> Option<&'f str> {
    question.filed()?;
    let folder = folder_of(file);
    let folder = folder.rsplit('/').next().unwrap_or(folder);
    (folder.contains("question") && folder != "questions").then_some(folder)
}

/// The address of a folder, or of a file if it has an ending.
fn place(address: &str) -> String {
    let path = address.trim_matches('/').trim_end_matches("/index.html");
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.ends_with(".html") || name.ends_with(".htm") { path.to_owned() } else { format!("{path}/") }
}
