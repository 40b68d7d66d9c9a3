//! A chapter or a page that stands alone.

use serde_json::{Map, Value, json};

use super::{Sheet, authors, context, counts, summary};
use crate::guide::block::{Block, Inline, plain, visit, visit_inlines};
use crate::guide::book::{Book, visit_all};
use crate::guide::citation::bibtex;
use crate::guide::front::readable_date;
use crate::guide::html::Encoder;
use crate::guide::link::{self, Link};
use crate::guide::model::Page;

pub(super) fn page(book: &Book, index: usize) -> Sheet {
    let page = &book.guide.pages[index];
    let mut encoder = Encoder::new(book, page);
    let title = encoder.inlines(&page.title);
    let body = encoder.body();
    let (figures, claims, questions) = counts(book, index);
    let (date, description) = summary(page);
    let sequence = page.sequence().map(|at| &book.guide.sequences[at]);
    let (previous, next) = neighbours(book, index, &page.path);
    let front = &page.front;
    let config = &book.guide.config;
    let source_url = if config.repository.is_empty() {
        String::new()
    } else {
        format!("{}/blob/main/{}", config.repository, page.file)
    };
    let mut out = context(
        book,
        if sequence.is_some() { "chapter" } else { "page" },
        &plain(&page.title),
        &description,
        &page.path,
        has_math(page),
    );
    out["chapter"] = json!({
        "title_html": title, "subtitle": front.subtitle.clone().unwrap_or_default(),
        "number": page.number().map_or(String::new(), |number| number.to_string()),
        "authors": authors(book, page), "date": date, "iso_date": front.date.as_deref().and_then(|date| date.get(..10)).unwrap_or_default(), "updated": front.updated.as_deref().map_or(String::new(), readable_date),
        "minutes": minutes(page), "draft": front.draft, "coming_soon": front.coming_soon,
        "toc": if front.toc { toc(book, page) } else { Vec::new() }, "body": body,
        "sequence": sequence.map(|sequence| json!({"title": sequence.title, "path": sequence.path, "color": sequence.color})),
        "previous": previous, "next": next, "citation": bibtex(book.guide, page), "tags": front.tags,
        "source_url": source_url, "figures": figures, "claims": claims, "questions": questions,
        "no_title": front.no_title, "no_byline": front.no_byline, "wide_body": front.wide_body,
        "image": lead_image(book, page), "extra": front.extra.iter().map(|(key, value)| (key.clone(), serde_json::to_value(value).unwrap_or_default())).collect::<Map<_, _>>(),
    });
    let template = if sequence.is_some() { "chapter.html" } else { "page.html" };
    Sheet { path: page.path.clone(), sequence: page.sequence(), template, context: out }
}

fn toc(book: &Book, page: &Page) -> Vec<Value> {
    let headings = page.text.blocks.iter().filter_map(|block| match block {
        Block::Heading { level, id, inlines, .. } if *level <= page.front.toc_depth => {
            let title = Encoder::elsewhere(book, page, &page.path).inlines(inlines);
            Some(json!({"level": (*level).max(2), "id": id, "title_html": title}))
        }
        _ => None,
    });
    headings.collect()
}

/// The image named in front matter, or Hugo's `featured.png` beside the page, if it is there.
fn lead_image(book: &Book, page: &Page) -> Option<Value> {
    let image = page.front.image.as_ref()?;
    let named = image.path.iter().cloned();
    let beside = ["featured.png", "featured.jpg", "featured.jpeg", "featured.webp"].map(str::to_owned);
    let path = named.chain(beside).find_map(|name| match link::resolve(book, page, &name) {
        Link::Inside(path, _) if book.guide.assets.contains_key(&path) => Some(path),
        _ => None,
    })?;
    Some(json!({"path": path, "caption": image.caption, "alt": image.caption}))
}

fn neighbours(book: &Book, index: usize, address: &str) -> (Option<Value>, Option<Value>) {
    let Some(sequence) = book.guide.pages[index].sequence() else { return (None, None) };
    let chapters: Vec<usize> = book.guide.sequences[sequence]
        .chapters
        .iter()
        .copied()
        .filter(|at| *at == index || !book.guide.pages[*at].front.hidden)
        .collect();
    let at = chapters.iter().position(|chapter| *chapter == index).unwrap_or(0);
    let link = |at: usize| {
        let page = &book.guide.pages[*chapters.get(at)?];
        Some(json!({"title_html": Encoder::elsewhere(book, page, address).inlines(&page.title), "path": page.path}))
    };
    (at.checked_sub(1).and_then(link), link(at + 1))
}

pub(super) fn has_math(page: &Page) -> bool {
    let mut found = false;
    visit_all(page, &mut |block| found |= matches!(block, Block::Math(_)));
    let mut see = |inline: &Inline| found |= matches!(inline, Inline::Math(_));
    visit_inlines(&page.text.blocks, &mut see);
    page.text.cells.iter().for_each(|cell| visit(&cell.caption, &mut see));
    page.text.questions.iter().for_each(|question| visit(&question.title, &mut see));
    page.text.questions.iter().for_each(|question| visit_inlines(&question.blocks, &mut see));
    page.text.footnotes.iter().for_each(|(_, blocks)| visit_inlines(blocks, &mut see));
    visit(&page.title, &mut see);
    found
}

/// Minutes that reading takes, at 200 words a minute.
fn minutes(page: &Page) -> usize {
    let mut words = 0;
    let mut count = |inline: &Inline| {
        if let Inline::Text(text) = inline {
            words += text.split_whitespace().count();
        }
    };
    visit_inlines(&page.text.blocks, &mut count);
    words.div_ceil(200).max(1)
}
