//! From the book to the site: every page through its template.

mod asked;
mod chapter;
mod data;
mod feed;
mod files;
mod gathered;
mod index;
mod lists;
mod map;
mod menu;
mod meta;
mod questions;
mod references;
mod twins;

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Value, json};

pub use files::Data;
pub use menu::Menu;

use super::address::question_path;
use super::block::{Status, without_places};
use super::book::{Book, Lens, Needs};
use super::config::Config;
use super::html::Encoder;
use super::listed::Listing;
use super::memory::{Digest, Memory, digest};
use super::mistake::Mistakes;
use super::model::{Kind, Page};
use super::people::{self, Person};
use super::sequence::Sequence;
use super::site::Site;
use super::templates::Templates;
use super::tree::Tree;
use chapter::Setting;

/// One page to be: its address, its sequence, its template, and what the template is told.
struct Sheet {
    path: String,
    sequence: Option<usize>,
    template: &'static str,
    context: Value,
}

/// A page as it was made, and all that it was made of: its key and what it asked of the book.
pub struct Finished {
    key: Digest,
    needs: Needs,
    bytes: Result<Arc<[u8]>, Mistakes>,
}

impl Finished {
    /// How many pieces of it are kept.
    pub fn size(&self) -> usize {
        self.needs.size()
    }
}

/// Renders every page; only a template can be at fault. Pages are rendered in parallel.
pub fn render(book: &Book, templates: &Templates, tree: &Tree) -> (Site, Mistakes) {
    render_with(book, templates, tree, &mut Memory::default())
}

/// The same; a page is not made again if all that it was made of is as it was. Cost: O(what the pages ask of each other),
/// and rendering of what is new.
pub fn render_with(book: &Book, templates: &Templates, tree: &Tree, memory: &mut Memory) -> (Site, Mistakes) {
    let whole = Whole::new(book, templates);
    let menu = menu::menu(&whole, memory);
    let known = &memory.finished;
    // Where nothing has changed that a page could ask for, none has to ask again.
    let settled = memory.world == book.world;
    let pages: Vec<(String, Arc<Finished>)> = whole
        .leaves()
        .into_par_iter()
        .map(|leaf| {
            let (path, key) = (leaf.path(&whole), leaf.key(&whole, &menu));
            let old = known.get(&path);
            if let Some(old) = old.filter(|old| old.key == key && (settled || old.needs.are_met_by(book))) {
                return (path, Arc::clone(old));
            }
            let lens = Lens::new(book, old.map(|old| &old.needs));
            let text = match leaf.make(&whole, &lens) {
                Made::Sheet(sheet) => templates.render(sheet.template, &menu.join(book, &sheet)),
                Made::Text(text) => Ok(text),
            };
            let bytes = text.map(|text| Arc::from(text.into_bytes()));
            (path, Arc::new(Finished { key, needs: lens.into_needs(), bytes }))
        })
        .collect();
    let (mut site, mut mistakes) = (Site::default(), Mistakes::default());
    for (path, page) in &pages {
        let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path.clone() };
        match &page.bytes {
            // Nothing to say is no file.
            Ok(bytes) if bytes.is_empty() => {}
            Ok(bytes) => site.insert(path, Arc::clone(bytes)),
            Err(wrong) => mistakes.append(wrong.clone()),
        }
    }
    memory.finished = pages.into_iter().collect();
    memory.world = book.world;
    files::files(book, tree, &mut site, memory, &mut mistakes);
    (site, mistakes)
}

/// The book, and what of it is counted and digested once for all pages.
struct Whole<'b> {
    book: &'b Book<'b>,
    /// Figures, claims and open questions of each page.
    counts: Vec<[usize; 3]>,
    /// What every page depends on: the config and the templates.
    base: Digest,
    /// What pages that gather depend on: all but the text of the pages, and what they ask for by name.
    index: Digest,
    /// What lists of questions depend on besides: what is found out of each by looking at the whole guide.
    asked: Digest,
}

impl<'b> Whole<'b> {
    /// Cost: O(pages + figures + claims + questions).
    fn new(book: &'b Book<'b>, templates: &Templates) -> Whole<'b> {
        let guide = book.guide;
        let mut counts = vec![[0; 3]; guide.pages.len()];
        book.figures.iter().for_each(|drawn| counts[drawn.page][0] += 1);
        book.claims.iter().for_each(|claimed| counts[claimed.page][1] += 1);
        let open = book.questions.iter().filter(|asked| asked.question.status != Status::Answered);
        open.filter_map(|asked| asked.stands).for_each(|(page, _)| counts[page][2] += 1);
        let config = format!("{:?}{:?}", guide.config, guide.people);
        let base = digest([config.as_bytes(), &templates.digest]);
        let sequences = format!("{:?}", guide.sequences);
        let records = book.ledger.entries.iter().flat_map(|(label, entry)| [label.as_bytes(), &entry.digest]);
        let index = digest(
            [&base[..], sequences.as_bytes()].into_iter().chain(book.faces.iter().map(|face| &face[..])).chain(records),
        );
        Whole { book, counts, base, index, asked: asked::digest_of(book) }
    }

    fn leaves(&self) -> Vec<Leaf> {
        let guide = self.book.guide;
        let own = |index: &usize| matches!(guide.pages[*index].kind, Kind::Chapter { .. } | Kind::Standalone);
        let pages = (0..guide.pages.len()).filter(own);
        let mut leaves: Vec<Leaf> = pages.map(Leaf::Page).collect();
        leaves.push(Leaf::Home);
        leaves.extend((0..guide.sequences.len()).map(Leaf::Sequence));
        leaves.push(Leaf::Questions);
        leaves.extend((0..self.book.questions.len()).map(Leaf::Question));
        leaves.extend([Leaf::Claims, Leaf::Figures, Leaf::Missing]);
        leaves.extend(guide.posts.iter().map(|_| Leaf::Posts));
        leaves.extend((!guide.people.all.is_empty()).then_some(Leaf::People));
        for (at, taxonomy) in guide.taxonomies.iter().enumerate() {
            leaves.push(Leaf::Taxonomy(at));
            leaves.extend((0..taxonomy.terms.len()).map(|term| Leaf::Term([at, term])));
        }
        leaves.extend((0..guide.redirects.len()).map(Leaf::Redirect));
        leaves.extend(guide.bibliography.given.then_some(Leaf::References));
        let told = |index: &usize| !matches!(guide.pages[*index].kind, Kind::Questions | Kind::Discussion);
        leaves.extend((0..guide.pages.len()).filter(told).map(Leaf::Twin));
        leaves.extend((0..self.book.questions.len()).map(Leaf::QuestionTwin));
        leaves.extend([Leaf::Asked, Leaf::AskedFeed, Leaf::ClaimList, Leaf::FigureList]);
        leaves.extend([Leaf::Feed, Leaf::Map, Leaf::Robots, Leaf::Summary]);
        leaves
    }
}

/// What a leaf is before it is a file: what a template is told, or the text itself.
enum Made {
    Sheet(Sheet),
    Text(String),
}

/// A page of the site, by what it shows, or a file made of what pages say.
#[derive(Clone, Copy)]
enum Leaf {
    /// A chapter or a page that stands alone.
    Page(usize),
    Home,
    Sequence(usize),
    Questions,
    Question(usize),
    Claims,
    Figures,
    /// The works of others.
    References,
    Missing,
    Posts,
    People,
    /// All tags, or all of another kind.
    Taxonomy(usize),
    /// One tag: its taxonomy, and which of its terms.
    Term([usize; 2]),
    /// A former address.
    Redirect(usize),
    /// A page as Markdown.
    Twin(usize),
    QuestionTwin(usize),
    /// All claims as JSON.
    ClaimList,
    /// All figures as JSON.
    FigureList,
    /// All questions as JSON, and the new ones as a feed.
    Asked,
    AskedFeed,
    Feed,
    /// The list of all pages for search engines.
    Map,
    Robots,
    /// The list of all pages in words, for programs that read.
    Summary,
}

impl Leaf {
    fn path(self, whole: &Whole) -> String {
        match self {
            Leaf::Page(at) => whole.book.guide.pages[at].path.clone(),
            Leaf::Home => String::new(),
            Leaf::Sequence(at) => whole.book.guide.sequences[at].path.clone(),
            Leaf::Questions => "questions/".into(),
            Leaf::Question(at) => question_path(&whole.book.questions[at].question.label),
            Leaf::Claims => "claims/".into(),
            Leaf::Figures => "figures/".into(),
            Leaf::References => references::PATH.into(),
            Leaf::Missing => "404.html".into(),
            Leaf::Posts => whole.book.guide.posts.as_ref().map_or(String::new(), |posts| posts.path.clone()),
            Leaf::People => people::PATH.into(),
            Leaf::Taxonomy(at) => whole.book.guide.taxonomies[at].kind.path(),
            Leaf::Term([taxonomy, at]) => whole.book.guide.taxonomies[taxonomy].terms[at].path.clone(),
            Leaf::Redirect(at) => whole.book.guide.redirects[at].from.clone(),
            Leaf::Twin(at) => format!("{}index.md", whole.book.guide.pages[at].path),
            Leaf::QuestionTwin(at) => format!("{}index.md", Leaf::Question(at).path(whole)),
            Leaf::ClaimList => "claims/claims.json".into(),
            Leaf::FigureList => "figures/figures.json".into(),
            Leaf::Asked => asked::JSON.into(),
            Leaf::AskedFeed => asked::FEED.into(),
            Leaf::Feed => "feed.xml".into(),
            Leaf::Map => "sitemap.xml".into(),
            Leaf::Robots => "robots.txt".into(),
            Leaf::Summary => "llms.txt".into(),
        }
    }

    /// The same as Markdown.
    fn twin(self, whole: &Whole) -> Option<Leaf> {
        let home = || whole.book.guide.pages.iter().position(|page| page.kind == Kind::Home);
        match self {
            Leaf::Page(at) => Some(Leaf::Twin(at)),
            Leaf::Home => home().map(Leaf::Twin),
            Leaf::Question(at) => Some(Leaf::QuestionTwin(at)),
            _ => None,
        }
    }

    /// The digest of all that the page depends on, but for what it asks of the book through its lens.
    fn key(self, whole: &Whole, menu: &Menu) -> Digest {
        let pages = &whole.book.guide.pages;
        let gathers = |name: &str, more: &[u8]| digest([name.as_bytes(), menu.digest(None), &whole.index, more]);
        match self {
            Leaf::Page(at) => Setting::new(whole, at).key(whole, menu.digest(pages[at].sequence())),
            Leaf::Home => {
                let home = pages.iter().find(|page| page.kind == Kind::Home);
                gathers("home", home.map_or(&[][..], |page| &page.source))
            }
            Leaf::Sequence(at) => digest([b"sequence", menu.digest(Some(at)), &whole.index, &at.to_le_bytes()]),
            Leaf::Questions => gathers("questions", &whole.asked),
            Leaf::Question(at) | Leaf::QuestionTwin(at) => {
                let asked = &whole.book.questions[at];
                let mentions = asked.mentions.iter().map(|said| {
                    digest([
                        &whole.book.faces[said.page][..],
                        format!("{:?}", without_places(&said.inlines)).as_bytes(),
                        said.sentence.as_bytes(),
                    ])
                });
                let mentions: Vec<u8> = mentions.flatten().collect();
                let written = [Some(asked.page), asked.discussion, asked.stands.map(|(page, _)| page)];
                let written: Vec<u8> = written.into_iter().flatten().flat_map(|page| pages[page].source).collect();
                let related = format!("{:?}", (&asked.figures, &asked.claims));
                let parts = [&at.to_le_bytes()[..], &written, &mentions, related.as_bytes(), &whole.asked];
                gathers("question", &parts.concat())
            }
            Leaf::Claims => gathers("claims", &[]),
            Leaf::Figures => gathers("figures", &[]),
            Leaf::References => gathers("references", &references::key(whole.book)),
            Leaf::Missing => digest([b"missing", menu.digest(None), &whole.base]),
            Leaf::Posts => gathers("posts", &[]),
            Leaf::People => gathers("people", &[]),
            Leaf::Taxonomy(at) => gathers("taxonomy", &at.to_le_bytes()),
            Leaf::Term(at) => gathers("term", at.map(usize::to_le_bytes).as_flattened()),
            Leaf::Redirect(at) => {
                let redirect = &whole.book.guide.redirects[at];
                digest([b"redirect", redirect.to.as_bytes(), menu.digest(None), &whole.base])
            }
            Leaf::Twin(at) => digest([&b"twin"[..], &whole.base, &pages[at].source, &whole.book.faces[at]]),
            Leaf::ClaimList => gathers("claim list", &[]),
            Leaf::FigureList => gathers("figure list", &[]),
            Leaf::Asked => gathers("asked", &asked::spoken(whole)),
            Leaf::AskedFeed => gathers("asked feed", &whole.asked),
            Leaf::Feed => gathers("feed", &[]),
            Leaf::Map => gathers("map", &[]),
            Leaf::Robots => gathers("robots", &[]),
            Leaf::Summary => gathers("summary", &[]),
        }
    }

    fn make<'b>(self, whole: &Whole<'b>, lens: &'b Lens<'b>) -> Made {
        let mut sheet = match self {
            Leaf::Twin(at) => return Made::Text(twins::page(lens, &whole.book.guide.pages[at])),
            Leaf::QuestionTwin(at) => return Made::Text(twins::question(whole.book, lens, at)),
            Leaf::ClaimList => return Made::Text(lists::claims(whole.book, lens)),
            Leaf::FigureList => return Made::Text(lists::figures(whole.book, lens)),
            Leaf::Asked => return Made::Text(asked::json(whole.book, lens)),
            Leaf::AskedFeed => return Made::Text(asked::feed(whole.book, lens)),
            Leaf::Feed => return Made::Text(feed::feed(whole.book, lens)),
            Leaf::Map => return Made::Text(map::sitemap(whole)),
            Leaf::Robots => return Made::Text(map::robots(lens.config())),
            Leaf::Summary => return Made::Text(map::summary(whole, lens)),
            Leaf::Page(at) => chapter::page(lens, &Setting::new(whole, at)),
            Leaf::Posts => match gathered::posts(whole, lens) {
                Some(sheet) => sheet,
                None => return Made::Text(String::new()),
            },
            Leaf::People => gathered::people(whole, lens),
            Leaf::Taxonomy(at) => gathered::taxonomy(whole, lens, at),
            Leaf::Term(at) => gathered::term(whole, lens, at),
            Leaf::Redirect(at) => gathered::redirect(whole, lens, at),
            Leaf::Home => index::home(whole, lens),
            Leaf::Sequence(at) => index::sequence_page(whole, lens, at),
            Leaf::Questions => questions::questions(whole.book, lens),
            Leaf::Question(at) => questions::question(whole.book, lens, at),
            Leaf::Claims => index::claims(whole.book, lens),
            Leaf::References => references::references(whole.book, lens),
            Leaf::Figures => index::figures(whole.book, lens),
            Leaf::Missing => {
                let context = context(lens.config(), "not-found", "Page not found", "", "404.html", false);
                Sheet { path: "404.html".into(), sequence: None, template: "404.html", context }
            }
        };
        let twin = self.twin(whole).map(|twin| twin.path(whole));
        sheet.context["page"]["twin"] = json!(twin.unwrap_or_default());
        Made::Sheet(sheet)
    }
}

fn context(config: &Config, kind: &str, title: &str, description: &str, path: &str, math: bool) -> Value {
    let url = &config.url;
    let canonical = if url.is_empty() { String::new() } else { format!("{url}/{path}") };
    json!({"page": {
        "kind": kind, "title": title, "description": description, "path": path, "canonical": canonical, "math": math,
        "scripts": [], "styles": [], "keywords": [],
    }})
}

/// Who wrote a page, with what is known of each.
fn authors(lens: &Lens, page: &Page) -> Vec<Value> {
    if let Some(display) = &page.front.display_author {
        return vec![json!({"name": display, "url": "", "path": "", "affiliation": "", "photo": Value::Null})];
    }
    let author = |name: &String| {
        let own = page.front.people.iter().find(|person| person.name == *name);
        let member = lens.people().find(name);
        let nobody = Person::default();
        let person = own.or(member.map(|member| &member.person)).unwrap_or(&nobody);
        let path = member.map_or(String::new(), |member| format!("{}#{}", people::PATH, member.id));
        json!({
            "name": name, "url": person.url, "path": path, "affiliation": person.affiliation,
            "photo": gathered::photo(&person.photo),
        })
    };
    page.authors(lens.config()).iter().map(author).collect()
}

/// The date as readers see it, and the description, of a page.
fn summary(page: &Page) -> (String, String) {
    (
        page.front.date.as_ref().map_or(String::new(), |date| date.to_string()),
        page.front.description.clone().unwrap_or_default(),
    )
}

fn sequence_context<'b>(whole: &Whole<'b>, lens: &'b Lens<'b>, sequence: &'b Sequence, address: &str) -> Value {
    let book = whole.book;
    let mut description = String::new();
    if let Some(first) = sequence.chapters.first() {
        let mut encoder = Encoder::elsewhere(lens, &book.guide.pages[*first], address);
        description = encoder.inlines(&sequence.description);
    }
    let listed = |at: &&usize| book.guide.lists(&book.guide.pages[**at], Listing::Contents);
    let chapters = sequence.chapters.iter().filter(listed).map(|at| {
        let page = &book.guide.pages[*at];
        let [figures, claims, questions] = whole.counts[*at];
        let (date, description) = summary(page);
        json!({
            "number": page.number().map_or(String::new(), |number| number.to_string()),
            "title_html": Encoder::elsewhere(lens, page, address).in_link(page.listed()),
            "short_html": Encoder::elsewhere(lens, page, address).in_link(page.short()),
            "linked": page.has_text(), "draft": page.front.draft,
            "path": page.path, "description": description, "coming_soon": page.front.coming_soon,
            "figures": figures, "claims": claims, "questions": questions,
            "authors": authors(lens, page), "date": date,
        })
    });
    json!({
        "id": sequence.id, "title": sequence.title, "path": sequence.path, "numbered": sequence.numbered,
        "short_title": if sequence.short_title.is_empty() { &sequence.title } else { &sequence.short_title },
        "color": sequence.color, "color_dark": sequence.color_dark, "hidden": sequence.hidden, "tag": sequence.tag,
        "date": sequence.date.as_ref().map_or(String::new(), |date| date.to_string()),
        "thumbnail": sequence.thumbnail.trim_start_matches('/'), "authors": sequence.authors, "description_html": description, "chapters": chapters.collect::<Vec<_>>(),
    })
}
