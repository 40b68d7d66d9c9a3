//! A chapter or a page that stands alone.

use serde_json::{Map, Value, json};

use super::gathered::picture;
use super::{Sheet, Whole, authors, context, meta, summary};
use crate::guide::address::{encode, leaves_site};
use crate::guide::block::{Block, Inline, plain, visit, visit_inlines};
use crate::guide::book::Lens;
use crate::guide::citation::bibtex;
use crate::guide::config::Config;
use crate::guide::date::Date;
use crate::guide::html::{Encoder, LIST, headed};
use crate::guide::listed::Listing;
use crate::guide::memory::{Digest, digest};
use crate::guide::model::Page;
use crate::guide::outline::visit_all;
use crate::guide::sections::numbers;
use crate::guide::sequence::Sequence;
use crate::guide::taxonomy::Sort;

/// A page, and what stands around it.
pub(super) struct Setting<'b> {
    index: usize,
    page: &'b Page,
    sequence: Option<&'b Sequence>,
    previous: Option<usize>,
    next: Option<usize>,
    neighbours: [Option<&'b Page>; 2],
    counts: [usize; 3],
    /// Whether searches find it.
    found: bool,
}

impl<'b> Setting<'b> {
    /// Cost: O(chapters of the sequence).
    pub(super) fn new(whole: &Whole<'b>, index: usize) -> Setting<'b> {
        let guide = whole.book.guide;
        let page = &guide.pages[index];
        let sequence = page.sequence().map(|at| &guide.sequences[at]);
        let chapters = sequence.map_or(&[][..], |sequence| &sequence.chapters);
        let shown = |at: &&usize| guide.lists(&guide.pages[**at], Listing::Pager);
        let at = chapters.iter().position(|chapter| *chapter == index).unwrap_or(0);
        let previous = chapters[..at].iter().rev().find(shown).copied();
        let next = chapters.get(at + 1..).and_then(|rest| rest.iter().find(shown)).copied();
        let neighbours = [previous, next].map(|at| at.map(|at| &guide.pages[at]));
        let found = guide.lists(page, Listing::Search);
        Setting { index, page, sequence, previous, next, neighbours, counts: whole.counts[index], found }
    }

    /// The digest of all that the page depends on, but for what it asks of the book.
    pub(super) fn key(&self, whole: &Whole, menu: &[u8]) -> Digest {
        let face = |at: Option<usize>| at.map_or(&[][..], |at| &whole.book.faces[at]);
        let counts = self.counts.map(usize::to_le_bytes);
        let sequence =
            self.sequence.map(|sequence| [&sequence.title, &sequence.path, &sequence.color, &sequence.color_dark]);
        let parts =
            [&whole.base, menu, &self.page.source, face(Some(self.index)), face(self.previous), face(self.next)];
        let found = [u8::from(self.found) + 2 * u8::from(self.page.section_numbers)];
        let sequence = sequence.iter().flatten().map(|text| text.as_bytes());
        let loads = [&self.page.scripts, &self.page.styles].map(|files| files.join("\n"));
        let loads = loads.iter().map(String::as_bytes);
        digest(
            parts
                .into_iter()
                .chain(counts.iter().map(|count| &count[..]))
                .chain(loads)
                .chain(sequence)
                .chain([&found[..]]),
        )
    }
}

pub(super) fn page<'b>(lens: &'b Lens<'b>, setting: &Setting<'b>) -> Sheet {
    let Setting { page, sequence, neighbours, counts: [figures, claims, questions], .. } = *setting;
    let mut encoder = Encoder::new(lens, page);
    let heading = encoder.inlines(page.heading());
    let body = encoder.body();
    let date = summary(page).0;
    let [previous, next] = neighbours.map(|other| {
        let other = other?;
        let title = Encoder::elsewhere(lens, other, &page.path).in_link(other.short());
        Some(json!({"title_html": title, "path": other.path}))
    });
    let front = &page.front;
    let config = lens.config();
    let image = image(lens, page);
    let shown = front.image.as_ref().is_some_and(|image| !image.preview_only);
    let [source_url, edit_url] = sources(config, &page.file);
    let mut out = context(
        config,
        if sequence.is_some() { "chapter" } else { "page" },
        &plain(&page.title),
        &lens.summary(page),
        &page.path,
        has_math(page) || lens.citations(page).is_some_and(|made| made.math),
    );
    out["chapter"] = json!({
        "title_html": heading, "title_in_link_html": Encoder::elsewhere(lens, page, &page.path).in_link(page.short()),
        "subtitle": front.subtitle.clone().unwrap_or_default(),
        "number": page.number().map_or(String::new(), |number| number.to_string()),
        "authors": authors(lens, page), "date": date, "iso_date": front.date.as_ref().map_or(String::new(), Date::iso), "updated": front.updated.as_ref().map_or(String::new(), Date::to_string),
        "minutes": minutes(page), "draft": front.draft, "coming_soon": front.coming_soon,
        "toc": if front.toc { toc(lens, page) } else { Vec::new() }, "body": body,
        "sequence": sequence.map(|sequence| json!({"title": sequence.title, "path": sequence.path, "color": sequence.color, "color_dark": sequence.color_dark})),
        "previous": previous, "next": next, "citation": bibtex(config, page, sequence.map(|sequence| &*sequence.title)), "tags": front.tags, "categories": front.categories, "series": front.series, "projects": front.projects,
        "words": WORDS.iter().flat_map(|kind| words(lens, page, *kind)).collect::<Vec<_>>(),
        "licence": front.licence.clone().unwrap_or_default(), "no_comments": front.no_comments,
        "source_url": source_url, "edit_url": edit_url, "figures": figures, "claims": claims, "questions": questions,
        "no_title": front.no_title, "no_byline": front.no_byline, "wide_body": front.wide_body,
        "image": image.as_ref().filter(|_| shown), "extra": front.extra.iter().map(|(key, value)| (key.clone(), serde_json::to_value(value).unwrap_or_default())).collect::<Map<_, _>>(),
    });
    out["page"]["scripts"] = loaded(&page.scripts);
    out["page"]["styles"] = loaded(&page.styles);
    out["page"]["keywords"] = json!(front.keywords);
    let image = image.as_ref().and_then(|image| image["path"].as_str());
    out["page"]["hidden"] = json!(!setting.found);
    meta::of_page(lens, page, image, sequence.map(|sequence| sequence.title.as_str()), &mut out);
    let template = if sequence.is_some() { "chapter.html" } else { "page.html" };
    Sheet { path: page.path.clone(), sequence: page.sequence(), template, context: out }
}

/// Where the source of a page can be read, and where it can be edited; empty where that is not known.
fn sources(config: &Config, file: &str) -> [String; 2] {
    let Config { repository, branch, edit_url, .. } = config;
    let way = if repository.contains("gitlab") { "/-" } else { "" };
    let at = |what: &str| {
        if repository.is_empty() {
            String::new()
        } else {
            format!("{repository}{way}/{what}/{branch}/{}", encode(file))
        }
    };
    let known = ["github.com", "gitlab"].iter().any(|host| repository.contains(host));
    let edit = match edit_url.as_str() {
        "" if repository.contains("codeberg.org") => at("_edit"),
        "" if known => at("edit"),
        "" => String::new(),
        pattern => pattern.replace("{branch}", branch).replace("{file}", &encode(file)),
    };
    [at(if repository.contains("codeberg.org") { "src/branch" } else { "blob" }), edit]
}

/// Files that a page loads, as templates are told: within the site, or elsewhere.
fn loaded(files: &[String]) -> Value {
    let file = |file: &String| match leaves_site(file) {
        true => json!({"path": file, "outside": true}),
        false => json!({"path": encode(file), "outside": false}),
    };
    files.iter().map(file).collect()
}

/// In the order in which a page shows them.
const WORDS: [Sort; 4] = [Sort::Categories, Sort::Series, Sort::Projects, Sort::Tags];

/// The tags of a page, or its words of another kind, each with the address of its page if it has one.
fn words(lens: &Lens, page: &Page, kind: Sort) -> Vec<Value> {
    let word = |name: &String| {
        let path = kind.path_of(name);
        json!({"name": name, "path": if lens.is_gathered(&path) { path } else { String::new() }})
    };
    kind.of(&page.front).iter().map(word).collect()
}

fn toc<'b>(lens: &'b Lens<'b>, page: &'b Page) -> Vec<Value> {
    let numbers = numbers(page);
    let headings = page.text.blocks.iter().filter_map(|block| match block {
        Block::Heading { level, id, inlines, .. } | Block::Fold { level, id, title: inlines, .. }
            if *level <= page.front.toc_depth =>
        {
            let title = Encoder::elsewhere(lens, page, &page.path).in_link(inlines);
            let number = numbers.get(id.as_str());
            Some(json!({"level": (*level).max(2), "id": id, "title_html": title, "number": number}))
        }
        _ => None,
    });
    let mut out: Vec<Value> = headings.collect();
    if lens.citations(page).is_some_and(|made| !made.entries.is_empty()) && !headed(&page.text.blocks) {
        out.push(json!({"level": 2, "id": LIST, "title_html": "References"}));
    }
    out
}

/// The image named in front matter, or Hugo's `featured.png` beside the page, if it is there.
fn image(lens: &Lens, page: &Page) -> Option<Value> {
    let image = page.front.image.as_ref()?;
    let named = image.path.iter().cloned();
    let beside = ["featured.png", "featured.jpg", "featured.jpeg", "featured.webp"].map(str::to_owned);
    let path = named.chain(beside).find_map(|name| picture(lens, page, &name))?;
    Some(json!({"path": path, "caption": image.caption, "alt": image.alt}))
}

pub(super) fn has_math(page: &Page) -> bool {
    let mut found = false;
    visit_all(&page.text, &mut |block| found |= matches!(block, Block::Math(_)));
    let mut see = |inline: &Inline| found |= matches!(inline, Inline::Math(_));
    visit_inlines(&page.text.blocks, &mut see);
    page.text.cells.iter().for_each(|cell| visit(&cell.caption, &mut see));
    page.text.questions.iter().for_each(|question| visit(&question.title, &mut see));
    page.text.questions.iter().for_each(|question| visit_inlines(&question.blocks, &mut see));
    page.text.footnotes.iter().for_each(|note| visit_inlines(&note.blocks, &mut see));
    let names = [&page.title, &page.names.heading, &page.names.listed, &page.names.short];
    names.into_iter().for_each(|name| visit(name, &mut see));
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
