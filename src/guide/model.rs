//! The guide: every page, sequence and file of the site, parsed but not yet joined.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use rayon::prelude::*;

use super::address::question_path;
use super::addresses;
use super::bibliography::Bibliography;
use super::block::{Block, Inline, plain, without_places};
use super::config::{self, Config};
use super::date::Date;
use super::filed::{self, Filing};
use super::folders::Folders;
use super::front::{self, Front};
use super::key::Key;
use super::markdown::{self, Text, parse_inlines};
use super::memory::{Digest, Memory, digest, same};
use super::mistake::{Mistakes, Span};
use super::outline::{Outline, outline};
use super::people::{self, People};
use super::posts::Posts;
use super::redirect::{self, Redirect};
use super::review::review;
use super::sequence::{self, Sequence};
use super::size::{Size, size};
use super::taxonomy::{self, Taxonomy};
use super::tree::Tree;
use crate::record::kebab;

#[derive(Clone, Debug)]
pub struct Guide {
    pub config: Config,
    pub bibliography: Bibliography,
    /// In reading order: the home page, chapters sequence by sequence, then the others.
    pub pages: Vec<Page>,
    pub sequences: Vec<Sequence>,
    /// Sequences that are described and have no chapter, by id and title: questions may belong to them.
    pub empty_sequences: Vec<(String, String)>,
    /// Files that are published as they are: path in the tree, path in the site.
    pub assets: BTreeMap<String, Arc<str>>,
    /// How large those of them are that are images, by their path in the site.
    pub sizes: BTreeMap<String, Size>,
    /// The list of posts, if there are any.
    pub posts: Option<Posts>,
    pub taxonomies: Vec<Taxonomy>,
    pub people: People,
    pub redirects: Vec<Redirect>,
    /// Drafts that are no part of the site.
    pub left_out: Vec<Arc<str>>,
}

impl Guide {
    /// The addresses of the pages that list others, but for those of sequences and those that every site has.
    pub fn gathered(&self) -> Vec<(String, &'static str)> {
        let posts = self.posts.iter().map(|posts| (posts.path.clone(), "the list of posts"));
        let people = (!self.people.all.is_empty()).then(|| (people::PATH.to_owned(), "the page of the people"));
        let mut out: Vec<(String, &'static str)> = posts.chain(people).collect();
        for taxonomy in &self.taxonomies {
            out.push((taxonomy.kind.path(), "the list of the words that pages bear"));
            out.extend(taxonomy.terms.iter().map(|term| (term.path.clone(), "the page of a word that pages bear")));
        }
        out
    }
}

#[derive(Clone, Debug)]
pub struct Page {
    /// Its Markdown file.
    pub file: Arc<str>,
    /// Its address in the site: empty, or with a slash at its end.
    pub path: String,
    pub kind: Kind,
    /// The authors of its sequence, where it names none.
    pub by: Vec<String>,
    /// Whether it is a post: dated and outside sequences, or in a folder of posts.
    pub post: bool,
    /// Whether its sections have numbers.
    pub section_numbers: bool,
    /// The addresses of the scripts that it loads.
    pub scripts: Vec<String>,
    /// The addresses of the style sheets that it loads.
    pub styles: Vec<String>,
    /// Those that it does not load, since pages are not trusted with them.
    pub companions: Vec<String>,
    pub written: Arc<Written>,
}

/// What a page's own file says, wherever the page stands.
#[derive(Debug)]
pub struct Written {
    pub front: Front,
    pub title: Vec<Inline>,
    pub names: Names,
    /// What a label `ch-` would be followed by.
    pub slug: String,
    pub text: Text,
    pub outline: Outline,
    /// Of the whole file.
    pub source: Digest,
    /// Of what other pages show of this one: its front matter, its title, its cells and its questions.
    pub face: Digest,
    /// Of what other pages can cite of it and link to.
    pub places: Digest,
}

/// Other titles of a page for places of their own; empty where the title stands there.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// At the head of the page.
    pub heading: Vec<Inline>,
    /// In lists of chapters.
    pub listed: Vec<Inline>,
    /// In menus and beside the text.
    pub short: Vec<Inline>,
}

impl Deref for Page {
    type Target = Written;

    fn deref(&self) -> &Written {
        &self.written
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Home,
    Chapter {
        sequence: usize,
        number: Option<usize>,
    },
    Standalone,
    /// A file of questions, each of which has a page.
    Questions,
    /// What is said of a question of such a file: part of the question's page.
    Discussion,
}

impl Page {
    /// A page that loads nothing and is no post.
    pub fn new(file: &Arc<str>, path: String, kind: Kind, written: Arc<Written>) -> Page {
        let (by, scripts, styles) = (Vec::new(), Vec::new(), Vec::new());
        Page {
            file: Arc::clone(file),
            path,
            kind,
            by,
            post: false,
            section_numbers: false,
            scripts,
            styles,
            companions: Vec::new(),
            written,
        }
    }

    /// Whether it is a page to read: no file of questions, and not what is said of one of those.
    pub fn is_read(&self) -> bool {
        !matches!(self.kind, Kind::Questions | Kind::Discussion)
    }

    /// Who wrote it: those whom it names, else those whom its sequence names, or else the authors of the guide.
    pub fn authors<'a>(&'a self, config: &'a Config) -> &'a [String] {
        [&self.front.authors, &self.by].into_iter().find(|names| !names.is_empty()).unwrap_or(&config.authors)
    }

    pub fn sequence(&self) -> Option<usize> {
        match self.kind {
            Kind::Chapter { sequence, .. } => Some(sequence),
            _ => None,
        }
    }

    pub fn number(&self) -> Option<usize> {
        match self.kind {
            Kind::Chapter { number, .. } => number,
            _ => None,
        }
    }

    /// The title at its head.
    pub fn heading(&self) -> &[Inline] {
        if self.names.heading.is_empty() { &self.title } else { &self.names.heading }
    }

    /// The title in lists of chapters.
    pub fn listed(&self) -> &[Inline] {
        if self.names.listed.is_empty() { &self.title } else { &self.names.listed }
    }

    /// The title where there is little room.
    pub fn short(&self) -> &[Inline] {
        [&self.names.short, &self.names.listed].into_iter().find(|name| !name.is_empty()).unwrap_or(&self.title)
    }

    /// Where a key of its front matter stands.
    pub fn place(&self, key: Key) -> Span {
        self.front.spans.get(key.name).cloned().unwrap_or_else(|| self.span(0..1))
    }

    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(&self.file, range)
    }
}

/// Parses every file of the tree. Cost: O(size of the tree).
pub fn parse(tree: &Tree) -> (Guide, Mistakes) {
    parse_with(tree, &mut Memory::default())
}

/// The same; a page with a known file is not parsed again. Cost: O(size of the files that are new + number of files).
pub fn parse_with(tree: &Tree, memory: &mut Memory) -> (Guide, Mistakes) {
    let mut mistakes = Mistakes::default();
    let config = config::read(tree, &mut mistakes);
    let folders = &config.folders;
    let filings = filed::read(&folders.questions_of(tree), tree, memory, &mut mistakes);
    let discussions: BTreeMap<Arc<str>, String> = filings.iter().flat_map(|filing| filing.discussions(tree)).collect();
    let place = |file: &Arc<str>| match discussions.get(file) {
        Some(slug) => Some(Place::of_discussion(slug)),
        None => place(folders, file),
    };
    let known = |file: &Arc<str>, bytes, place: &Place| {
        let same =
            |known: &&Arc<Parsed>| same(&known.bytes, bytes) && known.place == *place && known.drafts == tree.drafts;
        memory.pages.get(file).filter(same).cloned()
    };
    let files = tree.files.iter().filter_map(|(file, bytes)| Some((file, bytes, place(file)?)));
    let parsed = files.collect::<Vec<_>>().into_par_iter().map(|(file, bytes, place)| {
        let parsed = known(file, bytes, &place).unwrap_or_else(|| Arc::new(one(file, bytes, place, tree.drafts)));
        (Arc::clone(file), parsed)
    });
    let parsed: Vec<_> = parsed.collect();
    if parsed.len() == discussions.len() {
        mistakes.empty_content(&folders.content);
    }
    let (mut drafts, mut left_out) = (Vec::new(), Vec::new());
    for (file, parsed) in &parsed {
        mistakes.append(parsed.mistakes.clone());
        drafts.extend(parsed.draft.clone());
        left_out.extend(parsed.draft.is_none().then(|| Arc::clone(file)));
    }
    memory.pages = parsed.into_iter().collect();
    let guide = joined(config, tree, Read { drafts, left_out, filings }, memory, &mut mistakes);
    (guide, mistakes)
}

/// All that was read of the pages.
struct Read {
    drafts: Vec<Draft>,
    left_out: Vec<Arc<str>>,
    filings: Vec<Arc<Filing>>,
}

/// All pages in their places, and what follows from that.
fn joined(config: Config, tree: &Tree, read: Read, memory: &mut Memory, m: &mut Mistakes) -> Guide {
    let (drafts, spoken): (Vec<Draft>, Vec<Draft>) =
        read.drafts.into_iter().partition(|draft| draft.page.kind != Kind::Discussion);
    let (sequences, empty_sequences, mut pages) = sequence::arrange(&config, tree, drafts, m);
    for filing in &read.filings {
        filing.check_orphans(&config.folders, tree, m);
        pages.push(filing.page());
    }
    let at_question = |draft: Draft| Page { path: question_path(&draft.page.slug), ..draft.page };
    pages.extend(spoken.into_iter().map(at_question));
    let assets = addresses::assets(&config.folders, tree, &pages, m);
    let files: BTreeMap<&str, &str> = assets.iter().map(|(path, file)| (&**file, path.as_str())).collect();
    for page in &mut pages {
        page.scripts = addresses::companions(page, &page.front.scripts, &[".js", ".mjs"], &files);
        page.styles = addresses::companions(page, &page.front.styles, &[".css"], &files);
        if !config.unsafe_html {
            page.companions = [std::mem::take(&mut page.scripts), std::mem::take(&mut page.styles)].concat();
        }
    }
    let sizes = assets.iter().filter_map(|(path, file)| Some((path.clone(), size(tree.bytes(file)?)?))).collect();
    let redirects = redirect::redirects(&config, &pages);
    let people = People::gather(&config, tree, &assets, m);
    let posts = Posts::gather(&config, &pages);
    let bibliography = Bibliography::read(tree, &config, &pages, memory, m);
    let (taxonomies, left_out) = (Vec::new(), read.left_out);
    let mut guide = Guide {
        config,
        bibliography,
        pages,
        sequences,
        empty_sequences,
        assets,
        sizes,
        posts,
        taxonomies,
        people,
        redirects,
        left_out,
    };
    guide.taxonomies = taxonomy::taxonomies(&guide);
    guide.people.tell_strangers(&guide.pages, m);
    for (term, other) in guide.taxonomies.iter().flat_map(taxonomy::doubtful) {
        let page = &guide.pages[term.pages[0]];
        m.doubtful_word(page.span(0..1), &term.name, &other.name);
    }
    addresses::unique(&guide, m);
    guide
}

/// What came of a Markdown file; it follows from its path, its bytes and its place.
pub struct Parsed {
    bytes: Arc<[u8]>,
    place: Place,
    /// Whether drafts were to be kept.
    drafts: bool,
    /// None for a draft that is not, and for what is no text.
    draft: Option<Draft>,
    mistakes: Mistakes,
}

fn one(file: &Arc<str>, bytes: &Arc<[u8]>, place: Place, drafts: bool) -> Parsed {
    let mut mistakes = Mistakes::default();
    let draft = match std::str::from_utf8(bytes) {
        Ok(text) => draft(file, text, place.clone(), drafts, &mut mistakes),
        Err(error) => {
            mistakes.not_utf8(Span::new(file, error.valid_up_to()..error.valid_up_to() + 1));
            None
        }
    };
    Parsed { bytes: Arc::clone(bytes), place, drafts, draft, mistakes }
}

/// A page that does not know its neighbours yet.
#[derive(Clone)]
pub struct Draft {
    pub page: Page,
    /// The folders that it lies in below that of the pages, without its own.
    pub folders: Vec<String>,
}

/// Where a Markdown file stands below the folder of the pages.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    /// The home page, what is said of a question, or any other page.
    kind: Kind,
    folders: Vec<String>,
    slug: String,
    /// The day at the front of its name.
    date: Option<Date>,
}

impl Place {
    fn of_discussion(slug: &str) -> Place {
        Place { kind: Kind::Discussion, folders: Vec::new(), slug: slug.to_owned(), date: None }
    }
}

fn place(folders: &Folders, file: &str) -> Option<Place> {
    let inside = folders.page(file)?.strip_suffix(".md")?;
    let kind = if inside == "index" { Kind::Home } else { Kind::Standalone };
    let parts: Vec<&str> = inside.split('/').collect();
    let (name, folders) = parts.split_last()?;
    let (name, folders) = match folders.split_last() {
        Some((own, outer)) if ["index", "_index"].contains(name) || name == own => (own, outer),
        _ => (name, folders),
    };
    let folders = folders.iter().map(|folder| (*folder).to_owned()).collect();
    let slug = kebab(without_order(name));
    let slug = if slug.is_empty() { "page".to_owned() } else { slug };
    Some(Place { kind, folders, slug, date: dated(name).map(|(date, _)| date) })
}

/// A name without the `01-` that orders it, or the day that it begins with.
pub fn without_order(name: &str) -> &str {
    if let Some((_, rest)) = dated(name) {
        return rest;
    }
    let rest = name.trim_start_matches(|c: char| c.is_ascii_digit());
    match rest.strip_prefix(['-', '_']) {
        Some(rest) if !rest.is_empty() => rest,
        _ => name,
    }
}

/// The day at the front of a name such as `2023-06-21-name`, and what follows it.
fn dated(name: &str) -> Option<(Date, &str)> {
    let (day, rest) = name.split_at_checked(10)?;
    let rest = rest.strip_prefix(['-', '_']).filter(|rest| !rest.is_empty())?;
    Some((Date::read(day).filter(|date| date.day.is_some())?, rest))
}

fn draft(file: &Arc<str>, source: &str, place: Place, drafts: bool, mistakes: &mut Mistakes) -> Option<Draft> {
    let cut = front::cut(file, source, mistakes);
    let read = cut.yaml.clone().map(|yaml| front::read(file, source, yaml, mistakes));
    // A page whose front matter is broken has been told of already: its missing title is no second mistake.
    let broken = matches!(read, Some(None));
    let mut front = read.flatten().unwrap_or_else(Front::none);
    front.date = front.date.or(place.date);
    if front.draft && !drafts {
        return None;
    }
    let mut text = markdown::parse(file, source, cut.body, mistakes);
    let is_home = place.kind == Kind::Home;
    let spoken = place.kind == Kind::Discussion;
    // It is part of the question's page, and listed with that.
    front.hidden |= spoken;
    let in_sequence = front.sequence.is_some() || !place.folders.is_empty();
    let head = Span::new(file, 0..source.chars().next().map_or(0, char::len_utf8));
    let title = match &front.title {
        Some(title) => parse_inlines(title, &head, mistakes),
        None => {
            let headed = matches!(text.blocks.first(), Some(Block::Heading { level: 1, .. }));
            let title = title_from_text(&mut text, &place.slug);
            match cut.yaml {
                Some(_) if !is_home && !broken && !headed && in_sequence => mistakes.missing_title(head.clone()),
                None if !is_home && !spoken && !cut.open => mistakes.no_front_matter(head.clone(), &plain(&title)),
                _ => {}
            }
            title
        }
    };
    let mut name = |name: &Option<String>| match name {
        Some(name) => parse_inlines(name, &head, mistakes),
        None => Vec::new(),
    };
    let [heading, listed, short] = [&front.display_title, &front.toc_title, &front.short_title].map(&mut name);
    let names = Names { heading, listed, short };
    let titles = [&title[..], &names.heading, &names.listed, &names.short].concat();
    markdown::check_footnotes(file, &titles, &text, mistakes);
    review(file, &text, mistakes);
    let face = face(source, cut.body, &titles, &text);
    let outline = outline(&titles, &text);
    let places = outline.digest();
    let slug = front.slug.as_deref().map(kebab).filter(|slug| !slug.is_empty()).unwrap_or(place.slug);
    let source = digest([source.as_bytes()]);
    let written = Arc::new(Written { front, title, names, slug, text, outline, source, face, places });
    let kind = place.kind;
    let page = Page::new(file, String::new(), kind, written);
    Some(Draft { page, folders: place.folders })
}

/// The digest of what other pages can show of a page. Places in the file, which any edit moves, are not in it.
fn face(source: &str, body: usize, title: &[Inline], text: &Text) -> Digest {
    let cells = text.cells.iter().map(|cell| source.get(cell.span.range()).unwrap_or(source).as_bytes());
    let said = text.questions.iter().map(|question| {
        let texts = [&question.title, &question.answer].map(|inlines| without_places(inlines));
        let names = (&question.label, &question.aliases, &question.topics);
        format!("{texts:?}{names:?}{:?}{:?}", question.status, question.asked)
    });
    let said = format!("{:?}{:?}", without_places(title), said.collect::<Vec<_>>());
    digest([&source.as_bytes()[..body], said.as_bytes()].into_iter().chain(cells))
}

/// The first heading if the text begins with one, which is then not repeated; else the file's name.
fn title_from_text(text: &mut Text, slug: &str) -> Vec<Inline> {
    if matches!(text.blocks.first(), Some(Block::Heading { level: 1, .. }))
        && let Block::Heading { inlines, .. } = text.blocks.remove(0)
    {
        return inlines;
    }
    vec![Inline::Text(words(slug))]
}

/// A slug as words, for want of a title.
pub fn words(slug: &str) -> String {
    let mut words = slug.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}
