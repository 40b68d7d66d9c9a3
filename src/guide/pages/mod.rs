//! From the book to the site: every page through its template.

mod chapter;
mod files;
mod index;

use rayon::prelude::*;
use serde_json::{Value, json};
use tera::Context;

use super::address::root_of;
use super::block::{Status, plain};
use super::book::{Asked, Book};
use super::front::readable_date;
use super::html::Encoder;
use super::mistake::Mistakes;
use super::model::{Kind, Page};
use super::sequence::Sequence;
use super::site::Site;
use super::templates::Templates;
use super::tree::Tree;

/// A guide of more chapters than this shows in its menu only those of the sequence that is open: on every page all of them
/// would make the site grow with their square.
const LONG_MENU: usize = 60;

/// One page to be: its address, its sequence, its template, and what the template is told.
struct Sheet {
    path: String,
    sequence: Option<usize>,
    template: &'static str,
    context: Value,
}

/// Renders every page; only a template can be at fault. Pages are rendered in parallel.
pub fn render(book: &Book, templates: &Templates, tree: &Tree) -> (Site, Mistakes) {
    let shared = Shared::new(book);
    let pages = (0..book.guide.pages.len()).into_par_iter().filter(|index| book.guide.pages[*index].kind != Kind::Home);
    let mut sheets: Vec<Sheet> = pages.map(|index| chapter::page(book, index)).collect();
    sheets.push(index::home(book));
    let sequences = book.guide.sequences.iter().enumerate();
    sheets.extend(sequences.map(|(at, sequence)| index::sequence_page(book, at, sequence)));
    sheets.push(index::questions(book));
    sheets.extend((0..book.questions.len()).map(|at| index::question(book, at)));
    sheets.push(index::claims(book));
    sheets.push(index::figures(book));
    let missing = context(book, "not-found", "Page not found", "", "404.html", false);
    sheets.push(Sheet { path: "404.html".into(), sequence: None, template: "404.html", context: missing });
    let mut mistakes = Mistakes::default();
    let rendered: Vec<_> = sheets
        .into_par_iter()
        .map(|sheet| (templates.render(sheet.template, &shared.join(book, &sheet)), sheet.path))
        .collect();
    let mut site = Site::default();
    for (result, path) in rendered {
        let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path };
        match result {
            Ok(html) => site.insert(path, html.into_bytes()),
            Err(wrong) => mistakes.append(wrong),
        }
    }
    files::files(book, tree, &mut site, &mut mistakes);
    (site, mistakes)
}

/// What every page is told, made once.
struct Shared {
    site: tera::Value,
    /// The sequences as pages outside of them see them, and as those of each sequence do.
    outside: tera::Value,
    inside: Vec<tera::Value>,
}

impl Shared {
    fn new(book: &Book) -> Shared {
        let config = &book.guide.config;
        let listed = |page: &&Page| page.kind == Kind::Standalone && !page.front.hidden && page.front.date.is_none();
        let menu: Vec<Value> = book
            .guide
            .pages
            .iter()
            .filter(listed)
            .map(|page| json!({"title": short_title(page), "path": page.path}))
            .collect();
        let site = json!({
            "title": config.title, "subtitle": config.subtitle, "description": config.description,
            "language": config.language, "url": if config.url.is_empty() { String::new() } else { format!("{}/", config.url) },
            "author": config.authors.join(", "), "repository": config.repository, "licence": config.licence,
            "menu": menu, "version": env!("CARGO_PKG_VERSION"),
        });
        let full: Vec<Value> =
            book.guide.sequences.iter().map(|sequence| sequence_context(book, sequence, "")).collect();
        let short: Vec<Value> = match book.guide.sequences.iter().map(|sequence| sequence.chapters.len()).sum::<usize>()
        {
            0..=LONG_MENU => full.clone(),
            _ => full.iter().cloned().map(without_chapters).collect(),
        };
        let outside = tera::Value::from_serializable(&short);
        let inside = full.iter().enumerate().map(|(at, open)| {
            let menu: Vec<&Value> = short[..at].iter().chain([open]).chain(&short[at + 1..]).collect();
            tera::Value::from_serializable(&menu)
        });
        Shared { site: tera::Value::from_serializable(&site), outside, inside: inside.collect() }
    }

    fn join(&self, book: &Book, sheet: &Sheet) -> Context {
        let mut out = Context::from_serialize(&sheet.context).unwrap_or_default();
        // The page that stands in for missing ones is served at any depth: its links start at the site's root.
        let root = if sheet.path == "404.html" { base_path(&book.guide.config.url) } else { root_of(&sheet.path) };
        out.insert("root", &root);
        out.insert_value("site", self.site.clone());
        out.insert_value("sequences", sheet.sequence.map_or(&self.outside, |at| &self.inside[at]).clone());
        out
    }
}

fn without_chapters(mut sequence: Value) -> Value {
    sequence["chapters"] = json!([]);
    sequence
}

/// The path part of the site's address.
fn base_path(url: &str) -> String {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    if path.is_empty() { "/".into() } else { format!("/{path}/") }
}

fn context(book: &Book, kind: &str, title: &str, description: &str, path: &str, math: bool) -> Value {
    let url = &book.guide.config.url;
    let canonical = if url.is_empty() { String::new() } else { format!("{url}/{path}") };
    json!({"page": {"kind": kind, "title": title, "description": description, "path": path, "canonical": canonical, "math": math}})
}

fn short_title(page: &Page) -> String {
    page.front.short_title.clone().unwrap_or_else(|| plain(&page.title))
}

fn authors(book: &Book, page: &Page) -> Vec<Value> {
    let names = if page.front.authors.is_empty() { &book.guide.config.authors } else { &page.front.authors };
    names.iter().map(|name| json!({"name": name, "url": ""})).collect()
}

fn counts(book: &Book, index: usize) -> (usize, usize, usize) {
    let figures = book.figures.iter().filter(|drawn| drawn.page == index).count();
    let claims = book.claims.iter().filter(|claimed| claimed.page == index).count();
    let open = |asked: &&Asked| asked.page == index && asked.question.status != Status::Answered;
    (figures, claims, book.questions.iter().filter(open).count())
}

/// The date as readers see it, and the description, of a page.
fn summary(page: &Page) -> (String, String) {
    (
        page.front.date.as_deref().map_or(String::new(), readable_date),
        page.front.description.clone().unwrap_or_default(),
    )
}

fn sequence_context(book: &Book, sequence: &Sequence, address: &str) -> Value {
    let mut description = String::new();
    if let Some(first) = sequence.chapters.first() {
        let mut encoder = Encoder::elsewhere(book, &book.guide.pages[*first], address);
        description = encoder.inlines(&sequence.description);
    }
    let chapters = sequence.chapters.iter().filter(|at| !book.guide.pages[**at].front.hidden).map(|at| {
        let page = &book.guide.pages[*at];
        let (figures, claims, questions) = counts(book, *at);
        let (date, description) = summary(page);
        json!({
            "number": page.number().map_or(String::new(), |number| number.to_string()),
            "title_html": Encoder::elsewhere(book, page, address).inlines(&page.title),
            "path": page.path, "description": description, "coming_soon": page.front.coming_soon,
            "figures": figures, "claims": claims, "questions": questions,
            "authors": authors(book, page), "date": date,
        })
    });
    json!({
        "id": sequence.id, "title": sequence.title, "path": sequence.path, "numbered": sequence.numbered,
        "color": sequence.color, "description_html": description, "chapters": chapters.collect::<Vec<_>>(),
    })
}
