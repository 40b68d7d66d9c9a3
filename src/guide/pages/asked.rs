//! Open questions for programs: all as JSON, and the new ones as a feed.

use serde_json::{Value, json};

use super::Whole;
use super::questions::{date_of, group_of, told};
use crate::guide::address::question_path;
use crate::guide::atom::{Entry, Feed};
use crate::guide::book::{Asked, Book, Lens};
use crate::guide::config::Config;
use crate::guide::date::Date;
use crate::guide::listing::words;
use crate::guide::memory::{Digest, digest};

/// Where all questions are as JSON.
pub(super) const JSON: &str = "questions/questions.json";
/// Where the feed of new ones is.
pub(super) const FEED: &str = "questions/feed.xml";

/// Readers of feeds ask often: older questions are left out.
const ENTRIES: usize = 100;

/// The version of the JSON: it changes when a field is renamed, is removed or changes its meaning.
const SCHEMA: u32 = 1;

/// The digest of what lists say of questions that no face of a page has.
pub(super) fn digest_of(book: &Book) -> Digest {
    let found = book.questions.iter().map(|asked| {
        let (question, page) = (asked.question, &book.guide.pages[asked.page]);
        let post = asked.post.map(|at| words(book, &book.guide.pages[at], &book.guide.pages[at].title));
        let said = [&question.title, &question.answer].map(|inlines| words(book, page, inlines));
        let place =
            (asked.page, &asked.number, asked.post, &asked.anchor, asked.sequence, &asked.figures, &asked.claims);
        format!("{}{place:?}{post:?}{said:?}", question.label)
    });
    let found: Vec<String> = found.chain([format!("{:?}", book.guide.empty_sequences)]).collect();
    digest(found.iter().map(String::as_bytes))
}

/// The same, and who speaks of them.
pub(super) fn spoken(whole: &Whole) -> Digest {
    let mentions = whole.book.questions.iter().flat_map(|asked| {
        let said = asked.mentions.iter().map(|mention| format!("{} {}", mention.page, mention.sentence));
        [asked.question.label.clone()].into_iter().chain(said)
    });
    let mentions: Vec<String> = mentions.collect();
    digest([&whole.asked[..]].into_iter().chain(mentions.iter().map(String::as_bytes)))
}

/// All questions that are listed. Those that have none of a field have it empty, or null where it is an object or a number.
pub(super) fn json(book: &Book, lens: &Lens) -> String {
    let config = lens.config();
    let questions: Vec<Value> =
        book.questions.iter().filter(|asked| told(book, asked)).map(|asked| entry(book, config, asked)).collect();
    let all = json!({
        "schema": SCHEMA, "title": config.title, "url": address(config, "questions/"), "count": questions.len(),
        "questions": questions,
    });
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}

fn entry(book: &Book, config: &Config, asked: &Asked) -> Value {
    let (question, page) = (asked.question, &book.guide.pages[asked.page]);
    let (id, title, _) = group_of(book, asked);
    let posed = asked.post.map(|at| {
        let post = &book.guide.pages[at];
        let anchor = if asked.anchor.is_empty() { String::new() } else { format!("#{}", asked.anchor) };
        json!({"title": words(book, post, &post.title), "url": address(config, &format!("{}{anchor}", post.path))})
    });
    let mentions = asked.mentions.iter().map(|mention| {
        let page = &book.guide.pages[mention.page];
        json!({"url": address(config, &page.path), "sentence": mention.sentence})
    });
    json!({
        "id": question.label, "aliases": question.aliases, "number": asked.number,
        "url": address(config, &question_path(&question.label)),
        "title": words(book, page, &question.title), "status": question.status.name(), "topics": question.topics,
        "sequence": {"id": id, "title": title}, "posed_in": posed,
        "answered_by": words(book, page, &question.answer), "asked": date_of(book, asked).map(Date::iso),
        "figures": asked.figures, "claims": asked.claims, "mentions": mentions.collect::<Vec<_>>(),
    })
}

/// The address of something on the site: absolute if the site's is known, else from its root.
fn address(config: &Config, path: &str) -> String {
    format!("{}/{path}", config.url)
}

/// Whether there is a feed: the site's address is known, and some question has a day.
pub(super) fn has_feed(book: &Book) -> bool {
    let dated = |asked: &Asked| told(book, asked) && date_of(book, asked).is_some();
    !book.guide.config.url.is_empty() && book.questions.iter().any(dated)
}

/// Questions by the day on which they were asked, the latest first; nothing if there is no feed.
pub(super) fn feed(book: &Book, lens: &Lens) -> String {
    let config = lens.config();
    if !has_feed(book) {
        return String::new();
    }
    let dated = book.questions.iter().filter(|asked| told(book, asked));
    let mut dated: Vec<(&Asked, &Date)> = dated.filter_map(|asked| Some((asked, date_of(book, asked)?))).collect();
    dated.sort_by_key(|(_, date)| -date.order());
    let entries = dated.into_iter().take(ENTRIES).map(|(asked, date)| {
        let (question, page) = (asked.question, &book.guide.pages[asked.page]);
        Entry {
            title: words(book, page, &question.title),
            address: address(config, &question_path(&question.label)),
            published: date.clone(),
            updated: date.clone(),
            authors: asked.post.map_or(Vec::new(), |at| book.guide.pages[at].authors(config).to_vec()),
            topics: question.topics.clone(),
            summary: format!("Open question {}, {}", asked.number, question.status.name()),
        }
    });
    let feed = Feed {
        title: format!("{}: open questions", config.title),
        subtitle: String::new(),
        address: address(config, FEED),
        page: address(config, "questions/"),
        authors: config.authors.clone(),
        entries: entries.collect(),
    };
    feed.xml().unwrap_or_default()
}
