//! The list of open questions, and the page of each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::index::{claim_context, listed};
use super::{Sheet, context};
use crate::guide::address::question_path;
use crate::guide::block::{Status, plain};
use crate::guide::book::{Asked, Book, Lens};
use crate::guide::date::Date;
use crate::guide::html::{Encoder, answered};
use crate::guide::model::Kind;

/// What a list says of a question.
fn entry<'b>(book: &'b Book<'b>, lens: &'b Lens<'b>, asked: &'b Asked, address: &str) -> Value {
    let question = asked.question;
    let encoder = || Encoder::elsewhere(lens, &book.guide.pages[asked.page], address);
    let post = asked.post.map(|at| {
        let page = &book.guide.pages[at];
        json!({"title_html": Encoder::elsewhere(lens, page, address).in_link(&page.title), "path": page.path})
    });
    let answer = if question.answer.is_empty() { String::new() } else { encoder().inlines(&question.answer) };
    let date = date_of(book, asked);
    json!({
        "number": asked.number, "label": question.label, "status": question.status.name(), "state": question.status.word(),
        "topic": question.topics.join(", "), "topics": question.topics,
        "title_html": encoder().in_link(&question.title), "path": question_path(&question.label),
        "chapter": post, "group": group_of(book, asked).0,
        "answer_html": answer, "answered": answered(question.status), "asked": date.map_or(String::new(), Date::to_string), "iso_asked": date.map_or(String::new(), Date::iso),
        "emoji": question.filed().map_or("", |filed| &filed.emoji),
    })
}

/// The day on which a question was asked: as it says, or that of the page that it arises on.
pub(super) fn date_of<'b>(book: &'b Book, asked: &'b Asked) -> Option<&'b Date> {
    let page = asked.post.and_then(|at| book.guide.pages[at].front.date.as_ref());
    asked.question.asked.as_ref().or(page)
}

/// The sequence that a question belongs to, or the page outside of any: a word for it, a title, and its address.
pub(super) fn group_of(book: &Book, asked: &Asked) -> (String, String, String) {
    let guide = book.guide;
    if let Some(sequence) = asked.sequence.map(|at| &guide.sequences[at]) {
        return (sequence.id.clone(), sequence.title.clone(), sequence.path.clone());
    }
    let named = asked.question.filed().and_then(|filed| filed.sequence.as_ref());
    let named =
        named.and_then(|(name, _)| guide.empty_sequences.iter().find(|(id, _)| *id == crate::record::kebab(name)));
    if let Some((id, title)) = named {
        return (id.clone(), title.clone(), String::new());
    }
    match asked.post.map(|at| &guide.pages[at]) {
        Some(page) if page.kind == Kind::Home => ("home".into(), guide.config.title.clone(), page.path.clone()),
        Some(page) => (page.slug.clone(), plain(&page.title), page.path.clone()),
        None => ("all".into(), "The whole guide".into(), String::new()),
    }
}

/// Whether a question is listed: those of hidden pages are there for who knows their addresses.
pub(super) fn told(book: &Book, asked: &Asked) -> bool {
    asked.question.filed().is_some() || listed(book, asked.page)
}

pub(super) fn questions<'b>(book: &'b Book<'b>, lens: &'b Lens<'b>) -> Sheet {
    let address = "questions/";
    let mut groups: Vec<((String, String, String), Vec<Value>)> = Vec::new();
    let all = || book.questions.iter().filter(|asked| told(book, asked));
    for asked in all() {
        let (group, value) = (group_of(book, asked), entry(book, lens, asked, address));
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, entries)) => entries.push(value),
            None => groups.push((group, vec![value])),
        }
    }
    let groups = groups
        .into_iter()
        .map(|((id, title, path), questions)| json!({"id": id, "title": title, "path": path, "questions": questions}));
    let short = |asked: &Asked| json!({"number": asked.number, "path": question_path(&asked.question.label), "title": plain(&asked.question.title)});
    let mut topics: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for asked in all() {
        for topic in &asked.question.topics {
            topics.entry(topic).or_default().push(short(asked));
        }
    }
    let states = Status::ALL.iter().map(|status| {
        let of = all().filter(|asked| asked.question.status == *status).map(short);
        json!({"name": status.name(), "state": status.word(), "questions": of.collect::<Vec<_>>()})
    });
    let open = all().filter(|asked| asked.question.status != Status::Answered).count();
    let mut out =
        context(lens.config(), "questions", "Open questions", "Every open question of this guide", address, true);
    out["questions"] = json!({
        "total": all().count(), "open": open, "groups": groups.collect::<Vec<_>>(),
        "topics": topics.into_iter().map(|(name, of)| json!({"name": name, "count": of.len(), "questions": of})).collect::<Vec<_>>(),
        "states": states.collect::<Vec<_>>(), "feed": super::asked::has_feed(book),
    });
    Sheet { path: address.into(), sequence: None, template: "questions.html", context: out }
}

pub(super) fn question<'b>(book: &'b Book<'b>, lens: &'b Lens<'b>, index: usize) -> Sheet {
    let asked = &book.questions[index];
    let address = question_path(&asked.question.label);
    let page = &book.guide.pages[asked.page];
    let mut encoder = Encoder::elsewhere(lens, page, &address).footnoted();
    let headline = encoder.inlines(&asked.question.title);
    let mut body = encoder.blocks(&asked.question.blocks);
    body += &encoder.footnotes();
    if let Some(at) = asked.discussion {
        body += &Encoder::new(lens, &book.guide.pages[at]).body();
    }
    let mentions = asked.mentions.iter().map(|mention| {
        let page = &book.guide.pages[mention.page];
        let mut sentence = Encoder::elsewhere(lens, page, &address);
        // What is said of a question stands on the page of that question.
        let other = book.questions.iter().find(|other| other.discussion == Some(mention.page));
        let (title, path) = match other {
            Some(other) => {
                let page = &book.guide.pages[other.page];
                (
                    Encoder::elsewhere(lens, page, &address).in_link(&other.question.title),
                    question_path(&other.question.label),
                )
            }
            None => (Encoder::elsewhere(lens, page, &address).in_link(&page.title), page.path.clone()),
        };
        json!({"title_html": title, "path": path, "sentence_html": sentence.inlines(&mention.inlines)})
    });
    let mentions: Vec<Value> = mentions.collect();
    let neighbour =
        |at: Option<usize>| at.and_then(|at| book.questions.get(at)).map(|asked| entry(book, lens, asked, &address));
    let figures = book.figures.iter().filter(|drawn| asked.figures.contains(&drawn.cell.label)).map(|drawn| {
        let page = &book.guide.pages[drawn.page];
        let encoder = || Encoder::elsewhere(lens, page, &address);
        json!({
            "number": lens.cited(&drawn.cell.label).map_or("", |(target, _)| &target.number), "label": drawn.cell.label,
            "caption_html": encoder().inlines(&drawn.cell.caption), "path": format!("{}#{}", page.path, drawn.cell.label),
            "thumbnail_html": &*encoder().thumbnail(drawn.cell),
        })
    });
    let claims = book.claims.iter().filter(|claimed| asked.claims.contains(&claimed.claim.label()));
    let title = plain(&asked.question.title);
    let mut out = context(lens.config(), "question", &title, &title, &address, true);
    let mut inner = entry(book, lens, asked, &address);
    let (_, group, path) = group_of(book, asked);
    inner["title_html"] = json!(headline);
    inner["body"] = json!(body);
    inner["anchor"] = json!(asked.anchor);
    inner["group"] = json!({"title": group, "path": path});
    inner["mentions"] = json!(mentions);
    inner["figures"] = json!(figures.collect::<Vec<_>>());
    inner["claims"] = json!(claims.map(|claimed| claim_context(book, lens, claimed)).collect::<Vec<_>>());
    inner["previous"] = json!(neighbour(index.checked_sub(1)));
    inner["next"] = json!(neighbour(Some(index + 1)));
    out["question"] = inner;
    Sheet { path: address, sequence: None, template: "question.html", context: out }
}
