//! The feed of the guide: its dated pages, the latest first.

use crate::guide::atom::{Entry, Feed};
use crate::guide::block::plain;
use crate::guide::book::{Book, Lens};
use crate::guide::date::Date;
use crate::guide::listed::Listing;
use crate::guide::model::Page;

/// Where the feed is.
pub(super) const PATH: &str = "feed.xml";

/// Readers of feeds ask often: older entries are left out.
const ENTRIES: usize = 50;

/// The feed as Atom; nothing without an address of the site, since a feed is read elsewhere, or without dated pages.
pub(super) fn feed(book: &Book, lens: &Lens) -> String {
    let config = lens.config();
    if config.url.is_empty() {
        return String::new();
    }
    let mut pages: Vec<(&Page, &Date, &Date)> = told(book).filter_map(days).collect();
    pages.sort_by(|a, b| b.2.order().cmp(&a.2.order()).then_with(|| a.0.path.cmp(&b.0.path)));
    let entries = pages.into_iter().take(ENTRIES).map(|(page, published, updated)| Entry {
        title: plain(&page.title),
        address: format!("{}/{}", config.url, page.path),
        published: published.clone(),
        updated: updated.clone(),
        authors: page.authors(config).to_vec(),
        topics: page.front.tags.iter().chain(&page.front.categories).cloned().collect(),
        summary: lens.summary(page),
    });
    let feed = Feed {
        title: config.title.clone(),
        subtitle: config.subtitle.clone(),
        address: format!("{}/{PATH}", config.url),
        page: format!("{}/", config.url),
        authors: config.authors.clone(),
        entries: entries.collect(),
    };
    feed.xml().unwrap_or_default()
}

/// Whether there is anything in the feed.
pub(super) fn is_there(book: &Book) -> bool {
    !book.guide.config.url.is_empty() && told(book).any(|page| days(page).is_some())
}

fn told<'b>(book: &'b Book) -> impl Iterator<Item = &'b Page> {
    book.guide.pages.iter().filter(|page| book.guide.lists(page, Listing::Feed))
}

/// When a page was published, and when it was changed.
fn days(page: &Page) -> Option<(&Page, &Date, &Date)> {
    let front = &page.front;
    let updated = front.updated.as_ref();
    let published = front.date.as_ref().or(updated)?;
    Some((page, published, updated.filter(|date| date.order() > published.order()).unwrap_or(published)))
}
