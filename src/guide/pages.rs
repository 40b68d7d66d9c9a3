//! From the book to the site: every page through its template.

use rayon::prelude::*;
use serde_json::{Value, json};
use tera::Context;

use super::block::{Block, Status, plain, visit_inlines};
use super::book::{Asked, Book, Claimed, Drawn, allowed, visit_all};
use super::citation::bibtex;
use super::front::readable_date;
use super::html::{Encoder, digits, escape, standalone, thumbnail};
use super::mistake::Mistakes;
use super::model::{Kind, Page};
use super::number::significant;
use super::sequence::Sequence;
use super::site::Site;
use super::templates::Templates;
use super::tree::Tree;
use crate::record::{Entry, Record, Relation};

/// The way from an address to the site's root: `../` for each folder.
pub fn root_of(path: &str) -> String {
    match path.matches('/').count() {
        0 => "./".into(),
        depth => "../".repeat(depth),
    }
}

/// The address of a question's own page.
pub fn question_path(label: &str) -> String {
    format!("questions/{}/", label.strip_prefix("q-").unwrap_or(label))
}

/// Where the data of a cell is published.
pub fn data_path(label: &str, kind: &str) -> String {
    format!("figures/{label}.{kind}")
}

/// Renders every page; only a template can be at fault. Pages are rendered in parallel.
pub fn render(book: &Book, templates: &Templates, tree: &Tree) -> (Site, Mistakes) {
    let shared = Shared::new(book);
    let mut todo: Vec<(String, &str, Value)> = Vec::new();
    let chapters: Vec<(String, &str, Value)> = (0..book.guide.pages.len())
        .into_par_iter()
        .filter(|index| !(book.guide.pages[*index].kind == Kind::Home))
        .map(|index| page(book, index))
        .collect();
    todo.extend(chapters);
    todo.push(home(book));
    todo.extend(book.guide.sequences.iter().map(|sequence| sequence_page(book, sequence)));
    todo.push(questions(book));
    todo.extend((0..book.questions.len()).map(|index| question(book, index)));
    todo.push(claims(book));
    todo.push(figures(book));
    todo.push(("404.html".into(), "404.html", context(book, "not-found", "Page not found", "", "404.html", false)));
    let mut mistakes = Mistakes::default();
    let rendered: Vec<_> = todo
        .into_par_iter()
        .map(|(path, template, context)| {
            let context = shared.join(book, &path, &context);
            (path, templates.render(template, &context))
        })
        .collect();
    let mut site = Site::default();
    for (path, result) in rendered {
        let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path };
        match result {
            Ok(html) => site.insert(path, html.into_bytes()),
            Err(wrong) => mistakes.append(wrong),
        }
    }
    files(book, tree, &mut site);
    (site, mistakes)
}

/// What every page is told, made once.
struct Shared {
    site: tera::Value,
    sequences: tera::Value,
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
        let sequences: Vec<Value> =
            book.guide.sequences.iter().map(|sequence| sequence_context(book, sequence, "")).collect();
        Shared { site: tera::Value::from_serializable(&site), sequences: tera::Value::from_serializable(&sequences) }
    }

    fn join(&self, book: &Book, path: &str, context: &Value) -> Context {
        let mut out = Context::from_serialize(context).unwrap_or_default();
        // The page that stands in for missing ones is served at any depth: its links start at the site's root.
        let root = if path == "404.html" { base_path(&book.guide.config.url) } else { root_of(path) };
        out.insert("root", &root);
        out.insert_value("site", self.site.clone());
        out.insert_value("sequences", self.sequences.clone());
        out
    }
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

fn has_math(page: &Page) -> bool {
    let mut found = false;
    visit_all(page, &mut |block| found |= matches!(block, Block::Math(_)));
    let mut see = |inline: &super::block::Inline| found |= matches!(inline, super::block::Inline::Math(_));
    visit_inlines(&page.text.blocks, &mut see);
    page.text.cells.iter().for_each(|cell| super::block::visit(&cell.caption, &mut see));
    page.text.questions.iter().for_each(|question| super::block::visit(&question.title, &mut see));
    page.text.questions.iter().for_each(|question| visit_inlines(&question.blocks, &mut see));
    page.text.footnotes.iter().for_each(|(_, blocks)| visit_inlines(blocks, &mut see));
    super::block::visit(&page.title, &mut see);
    found
}

/// Minutes that reading takes, at 200 words a minute.
fn minutes(page: &Page) -> usize {
    let mut words = 0;
    let mut count = |inline: &super::block::Inline| {
        if let super::block::Inline::Text(text) = inline {
            words += text.split_whitespace().count();
        }
    };
    visit_inlines(&page.text.blocks, &mut count);
    words.div_ceil(200).max(1)
}

fn page(book: &Book, index: usize) -> (String, &'static str, Value) {
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
        "image": lead_image(book, page), "extra": front.extra.iter().map(|(key, value)| (key.clone(), serde_json::to_value(value).unwrap_or_default())).collect::<serde_json::Map<_, _>>(),
    });
    (page.path.clone(), if sequence.is_some() { "chapter.html" } else { "page.html" }, out)
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
    let path = named.chain(beside).find_map(|name| match super::link::resolve(book, page, &name) {
        super::link::Link::Inside(path, _) if book.guide.assets.contains_key(&path) => Some(path),
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

fn home(book: &Book) -> (String, &'static str, Value) {
    let guide = book.guide;
    let page = guide.pages.iter().find(|page| page.kind == Kind::Home);
    let body = page.map_or(String::new(), |page| Encoder::new(book, page).body());
    let posts = guide.pages.iter().filter(|page| page.kind == Kind::Standalone && !page.front.hidden && page.front.date.is_some()).map(|page| {
        let (date, summary) = summary(page);
        let title = Encoder::elsewhere(book, page, "").inlines(&page.title);
        json!({"title_html": title, "path": page.path, "summary": summary, "date": date, "authors": authors(book, page)})
    });
    let holding = book.claims.iter().filter(|claimed| claimed.claim.holds()).count();
    let open = book.questions.iter().filter(|asked| asked.question.status != Status::Answered).count();
    let there = |page: &&Page| page.sequence().is_some() && !page.front.hidden && !page.front.coming_soon;
    let title = page.map_or(guide.config.title.clone(), |page| plain(&page.title));
    let chosen = book.figures.iter().find(|drawn| drawn.cell.label == guide.config.highlight);
    let highlight = chosen.map_or(String::new(), |drawn| {
        Encoder::elsewhere(book, &guide.pages[drawn.page], "").figure(drawn.cell, drawn.record)
    });
    let mut out = context(book, "home", &title, &guide.config.description, "", page.is_some_and(has_math));
    out["home"] = json!({
        "body": body, "sequences": guide.sequences.iter().map(|sequence| sequence_context(book, sequence, "")).collect::<Vec<_>>(),
        "posts": posts.collect::<Vec<_>>(), "highlight": highlight,
        "counts": {
            "chapters": guide.pages.iter().filter(there).count(), "figures": book.figures.len(),
            "claims": book.claims.len(), "holding": holding, "questions": open,
        },
    });
    (String::new(), "home.html", out)
}

fn sequence_page(book: &Book, sequence: &Sequence) -> (String, &'static str, Value) {
    let mut out = context(book, "sequence", &sequence.title, &sequence.plain_description(), &sequence.path, true);
    out["sequence"] = sequence_context(book, sequence, &sequence.path);
    (sequence.path.clone(), "sequence.html", out)
}

/// Entries in groups of their sequence (or of the pages outside any), in reading order.
fn by_sequence<'a, T>(book: &Book, items: &'a [T], page_of: impl Fn(&T) -> usize) -> Vec<(String, String, Vec<&'a T>)> {
    let mut groups: Vec<(String, String, Vec<&T>)> = Vec::new();
    for item in items {
        let page = &book.guide.pages[page_of(item)];
        let (title, path) = match page.sequence() {
            Some(at) => (book.guide.sequences[at].title.clone(), book.guide.sequences[at].path.clone()),
            None => (plain(&page.title), page.path.clone()),
        };
        match groups.iter_mut().find(|group| group.1 == path) {
            Some(group) => group.2.push(item),
            None => groups.push((title, path, vec![item])),
        }
    }
    groups
}

fn asked_context(book: &Book, asked: &Asked, address: &str) -> Value {
    let page = &book.guide.pages[asked.page];
    json!({
        "number": asked.number, "label": asked.question.label, "status": asked.question.status.name(), "topic": asked.question.topic,
        "title_html": Encoder::elsewhere(book, page, address).inlines(&asked.question.title),
        "path": question_path(&asked.question.label),
        "chapter": {"title_html": Encoder::elsewhere(book, page, address).inlines(&page.title), "path": page.path},
    })
}

fn questions(book: &Book) -> (String, &'static str, Value) {
    let address = "questions/";
    let groups = by_sequence(book, &book.questions, |asked| asked.page).into_iter().map(|(title, path, asked)| {
        let questions: Vec<Value> = asked.into_iter().map(|asked| asked_context(book, asked, address)).collect();
        json!({"title": title, "path": path, "questions": questions})
    });
    let mut topics: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for asked in book.questions.iter().filter(|asked| !asked.question.topic.is_empty()) {
        *topics.entry(&asked.question.topic).or_default() += 1;
    }
    let open = book.questions.iter().filter(|asked| asked.question.status != Status::Answered).count();
    let mut out = context(book, "questions", "Open questions", "Every open question of this guide", address, true);
    out["questions"] = json!({
        "total": book.questions.len(), "open": open, "groups": groups.collect::<Vec<_>>(),
        "topics": topics.into_iter().map(|(name, count)| json!({"name": name, "count": count})).collect::<Vec<_>>(),
    });
    (address.into(), "questions.html", out)
}

fn question(book: &Book, index: usize) -> (String, &'static str, Value) {
    let asked = &book.questions[index];
    let address = question_path(&asked.question.label);
    let page = &book.guide.pages[asked.page];
    let mut encoder = Encoder::elsewhere(book, page, &address).footnoted();
    let body = encoder.blocks(&asked.question.blocks);
    let body = body + &encoder.footnotes();
    let mentions = asked.mentions.iter().map(|mention| {
        let page = &book.guide.pages[mention.page];
        json!({
            "title_html": Encoder::elsewhere(book, page, &address).inlines(&page.title),
            "path": page.path, "sentence_html": escape(&mention.sentence),
        })
    });
    let neighbour =
        |at: Option<usize>| at.and_then(|at| book.questions.get(at)).map(|asked| asked_context(book, asked, &address));
    let title = plain(&asked.question.title);
    let mut out = context(book, "question", &title, &title, &address, true);
    let mut inner = asked_context(book, asked, &address);
    inner["body"] = json!(body);
    inner["anchor"] = json!(asked.question.label);
    inner["mentions"] = json!(mentions.collect::<Vec<_>>());
    inner["previous"] = json!(neighbour(index.checked_sub(1)));
    inner["next"] = json!(neighbour(Some(index + 1)));
    out["question"] = inner;
    (address, "question.html", out)
}

fn claims(book: &Book) -> (String, &'static str, Value) {
    let address = "claims/";
    let mut groups: Vec<(usize, Vec<&Claimed>)> = Vec::new();
    for claimed in &book.claims {
        match groups.last_mut().filter(|(page, _)| *page == claimed.page) {
            Some((_, group)) => group.push(claimed),
            None => groups.push((claimed.page, vec![claimed])),
        }
    }
    let groups = groups.into_iter().map(|(page, claims)| {
        let page = &book.guide.pages[page];
        let title = Encoder::elsewhere(book, page, address).inlines(&page.title);
        json!({"title_html": title, "path": page.path, "claims": claims.into_iter().map(|claimed| claim_context(book, claimed)).collect::<Vec<_>>()})
    });
    let holding = book.claims.iter().filter(|claimed| claimed.claim.holds()).count();
    let mut out = context(
        book,
        "claims",
        "Claims",
        "Every claim of this guide: prediction, measurement and tolerance",
        address,
        true,
    );
    out["claims"] = json!({"total": book.claims.len(), "holding": holding, "groups": groups.collect::<Vec<_>>()});
    (address.into(), "claims.html", out)
}

fn claim_context(book: &Book, claimed: &Claimed) -> Value {
    let Claimed { page, cell, claim } = claimed;
    let digits = digits(claim);
    let figure =
        if cell.label.starts_with("fig-") { book.target_of(&cell.label).map_or("", |target| &target.name) } else { "" };
    let one_sided = claim.relation != Relation::Close;
    json!({
        "label": claim.label(), "statement": claim.name, "number": book.target_of(&claim.label()).map_or("", |target| &target.number),
        "relation": match claim.relation { Relation::Close => "", Relation::AtMost => "≤", Relation::AtLeast => "≥" },
        "measured": significant(claim.measured, digits), "predicted": significant(claim.predicted, digits),
        "tolerance": if one_sided && claim.allowed() == 0.0 { String::new() } else { allowed(claim) },
        "deviation": significant(claim.measured - claim.predicted, 2), "holds": claim.holds(),
        "path": format!("{}#{}", book.guide.pages[*page].path, claim.label()), "figure": figure,
    })
}

fn figures(book: &Book) -> (String, &'static str, Value) {
    let address = "figures/";
    let mut groups: Vec<(usize, Vec<Value>)> = Vec::new();
    for Drawn { page, cell, record } in &book.figures {
        let target = book.target_of(&cell.label);
        let name = target.map_or("", |target| &target.name);
        let figure = json!({
            "number": target.map_or("", |target| &target.number), "label": cell.label,
            "caption_html": Encoder::elsewhere(book, &book.guide.pages[*page], address).inlines(&cell.caption),
            "path": format!("{}#{}", book.guide.pages[*page].path, cell.label), "thumbnail_html": thumbnail(cell, record, name),
        });
        match groups.last_mut().filter(|(last, _)| last == page) {
            Some((_, group)) => group.push(figure),
            None => groups.push((*page, vec![figure])),
        }
    }
    let groups = groups.into_iter().map(|(page, figures)| {
        let page = &book.guide.pages[page];
        json!({"title_html": Encoder::elsewhere(book, page, address).inlines(&page.title), "path": page.path, "figures": figures})
    });
    let mut out = context(book, "figures", "Figures", "Every figure of this guide", address, true);
    out["figures"] = json!({"total": book.figures.len(), "groups": groups.collect::<Vec<_>>()});
    (address.into(), "figures.html", out)
}

/// Files that are no pages: the site's own, the theme's, and the data of the figures.
fn files(book: &Book, tree: &Tree, site: &mut Site) {
    for (path, bytes) in super::templates::theme() {
        site.insert(path, bytes);
    }
    for (path, file) in &book.guide.assets {
        if let Some(bytes) = tree.files.get(file) {
            site.insert(path.clone(), bytes.clone());
        }
    }
    for page in &book.guide.pages {
        for cell in &page.text.cells {
            let Some(entry) = book.ledger.entries.get(&cell.label) else { continue };
            let name = book.target_of(&cell.label).map_or("", |target| &target.name);
            for (label, svg) in standalone(cell, &entry.record, name) {
                site.insert(data_path(&label, "svg"), svg.into_bytes());
            }
            if !entry.record.panels.is_empty() || !entry.record.tables.is_empty() {
                site.insert(data_path(&cell.label, "csv"), csv(&entry.record).into_bytes());
            }
        }
    }
}

/// Series and tables as comma-separated values, one block each, headed by its name.
fn csv(record: &Record) -> String {
    let quote = |text: &str| {
        if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    let mut out = String::new();
    for panel in &record.panels {
        for series in &panel.series {
            let columns = series.mark.columns().iter().map(|name| match *name {
                "x" if !panel.x.label.is_empty() => quote(&panel.x.label),
                "y" if !panel.y.label.is_empty() => quote(&panel.y.label),
                name => name.to_owned(),
            });
            let head: Vec<String> = std::iter::once("series".to_owned()).chain(columns).collect();
            out.push_str(&(head.join(",") + "\n"));
            for row in 0..series.columns.first().map_or(0, Vec::len) {
                let numbers = series.columns.iter().map(|column| format!("{:?}", column[row]));
                let line: Vec<String> = std::iter::once(quote(&series.name)).chain(numbers).collect();
                out.push_str(&(line.join(",") + "\n"));
            }
        }
    }
    for table in &record.tables {
        out.push_str(&(table.header.iter().map(|title| quote(title)).collect::<Vec<_>>().join(",") + "\n"));
        for row in &table.rows {
            let entries = row.iter().map(|entry| match entry {
                Entry::Number(number) => format!("{number:?}"),
                Entry::Text(text) => quote(text),
            });
            out.push_str(&(entries.collect::<Vec<_>>().join(",") + "\n"));
        }
    }
    out
}
