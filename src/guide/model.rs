//! The guide: every page, sequence and file of the site, parsed but not yet joined.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use rayon::prelude::*;

use super::address::question_path;
use super::block::{Block, Inline, plain, without_places};
use super::config::{self, Config};
use super::filed;
use super::folders::{Folders, STATIC};
use super::front::{self, Front};
use super::markdown::{self, Text, parse_inlines};
use super::memory::{Digest, Memory, digest, same};
use super::mistake::{Mistakes, Span};
use super::outline::{Outline, outline};
use super::review::review;
use super::sequence::{self, Sequence};
use super::size::{Size, size};
use super::tree::Tree;
use crate::record::kebab;

#[derive(Clone, Debug)]
pub struct Guide {
    pub config: Config,
    /// In reading order: the home page, chapters sequence by sequence, then the others.
    pub pages: Vec<Page>,
    pub sequences: Vec<Sequence>,
    /// Sequences that are described and have no chapter, by id and title: questions may belong to them.
    pub empty_sequences: Vec<(String, String)>,
    /// Files that are published as they are: path in the tree, path in the site.
    pub assets: BTreeMap<String, Arc<str>>,
    /// How large those of them are that are images, by their path in the site.
    pub sizes: BTreeMap<String, Size>,
}

#[derive(Clone, Debug)]
pub struct Page {
    /// Its Markdown file.
    pub file: Arc<str>,
    /// Its address in the site: empty, or with a slash at its end.
    pub path: String,
    pub kind: Kind,
    pub written: Arc<Written>,
}

/// What a page's own file says, wherever the page stands.
#[derive(Debug)]
pub struct Written {
    pub front: Front,
    pub title: Vec<Inline>,
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
        memory.pages.get(file).filter(|known| same(&known.bytes, bytes) && known.place == *place).cloned()
    };
    let files = tree.files.iter().filter_map(|(file, bytes)| Some((file, bytes, place(file)?)));
    let parsed = files.collect::<Vec<_>>().into_par_iter().map(|(file, bytes, place)| {
        let parsed = known(file, bytes, &place).unwrap_or_else(|| Arc::new(one(file, bytes, place)));
        (Arc::clone(file), parsed)
    });
    let parsed: Vec<_> = parsed.collect();
    if parsed.len() == discussions.len() {
        mistakes.empty_content(&folders.content);
    }
    let mut drafts = Vec::new();
    for (_, parsed) in &parsed {
        mistakes.append(parsed.mistakes.clone());
        drafts.extend(parsed.draft.clone());
    }
    memory.pages = parsed.into_iter().collect();
    let (drafts, spoken): (Vec<Draft>, Vec<Draft>) =
        drafts.into_iter().partition(|draft| draft.page.kind != Kind::Discussion);
    let (sequences, empty_sequences, mut pages) = sequence::arrange(&config, tree, drafts, &mut mistakes);
    for filing in &filings {
        filing.check_orphans(folders, tree, &mut mistakes);
        pages.push(filing.page());
    }
    let at_question = |draft: Draft| Page { path: question_path(&draft.page.slug), ..draft.page };
    pages.extend(spoken.into_iter().map(at_question));
    let assets = assets(&config.folders, tree, &mut mistakes);
    let sizes = assets.iter().filter_map(|(path, file)| Some((path.clone(), size(tree.bytes(file)?)?))).collect();
    let guide = Guide { config, pages, sequences, empty_sequences, assets, sizes };
    unique_addresses(&guide, &mut mistakes);
    (guide, mistakes)
}

/// What came of a Markdown file; it follows from its path, its bytes and its place.
pub struct Parsed {
    bytes: Arc<[u8]>,
    place: Place,
    /// None for a draft, and for what is no text.
    draft: Option<Draft>,
    mistakes: Mistakes,
}

fn one(file: &Arc<str>, bytes: &Arc<[u8]>, place: Place) -> Parsed {
    let mut mistakes = Mistakes::default();
    let draft = match std::str::from_utf8(bytes) {
        Ok(text) => draft(file, text, place.clone(), &mut mistakes),
        Err(error) => {
            mistakes.not_utf8(Span::new(file, error.valid_up_to()..error.valid_up_to() + 1));
            None
        }
    };
    Parsed { bytes: Arc::clone(bytes), place, draft, mistakes }
}

/// A page that does not know its neighbours yet.
#[derive(Clone)]
pub struct Draft {
    pub page: Page,
    /// The sequence that it says it belongs to, or that its folder names.
    pub sequence: Option<String>,
}

/// Where a Markdown file stands below the folder of the pages.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    /// The home page, what is said of a question, or any other page.
    kind: Kind,
    folder: Option<String>,
    slug: String,
}

impl Place {
    fn of_discussion(slug: &str) -> Place {
        Place { kind: Kind::Discussion, folder: None, slug: slug.to_owned() }
    }
}

fn place(folders: &Folders, file: &str) -> Option<Place> {
    let inside = folders.page(file)?.strip_suffix(".md")?;
    let kind = if inside == "index" { Kind::Home } else { Kind::Standalone };
    let parts: Vec<&str> = inside.split('/').collect();
    let (name, folders) = parts.split_last()?;
    let (name, folders) = match folders.split_last() {
        Some((own, outer)) if *name == "index" || name == own => (own, outer),
        _ => (name, folders),
    };
    let folder = folders.first().map(|folder| without_order(folder).to_owned());
    let slug = kebab(without_order(name));
    Some(Place { kind, folder, slug: if slug.is_empty() { "page".to_owned() } else { slug } })
}

/// A name without the `01-` that orders it.
pub fn without_order(name: &str) -> &str {
    let rest = name.trim_start_matches(|c: char| c.is_ascii_digit());
    match rest.strip_prefix(['-', '_']) {
        Some(rest) if !rest.is_empty() => rest,
        _ => name,
    }
}

fn draft(file: &Arc<str>, source: &str, place: Place, mistakes: &mut Mistakes) -> Option<Draft> {
    let cut = front::cut(file, source, mistakes);
    let read = cut.yaml.clone().map(|yaml| front::read(file, source, yaml, mistakes));
    // A page whose front matter is broken has been told of already: its missing title is no second mistake.
    let broken = matches!(read, Some(None));
    let mut front = read.flatten().unwrap_or_else(Front::none);
    if front.draft {
        return None;
    }
    let mut text = markdown::parse(file, source, cut.body, mistakes);
    let is_home = place.kind == Kind::Home;
    let spoken = place.kind == Kind::Discussion;
    // It is part of the question's page, and listed with that.
    front.hidden |= spoken;
    let sequence = front.sequence.clone().or(place.folder).filter(|id| !kebab(id).is_empty());
    let head = Span::new(file, 0..source.chars().next().map_or(0, char::len_utf8));
    let title = match &front.title {
        Some(title) => parse_inlines(title, &head, mistakes),
        None => {
            let headed = matches!(text.blocks.first(), Some(Block::Heading { level: 1, .. }));
            let title = title_from_text(&mut text, &place.slug);
            match cut.yaml {
                Some(_) if !is_home && !broken && !headed && sequence.is_some() => mistakes.missing_title(head),
                None if !is_home && !spoken && !cut.open => mistakes.no_front_matter(head, &plain(&title)),
                _ => {}
            }
            title
        }
    };
    markdown::check_footnotes(file, &title, &text, mistakes);
    review(file, &text, mistakes);
    let face = face(source, cut.body, &title, &text);
    let outline = outline(&title, &text);
    let places = outline.digest();
    let written =
        Written { front, title, slug: place.slug, text, outline, source: digest([source.as_bytes()]), face, places };
    let page = Page { file: Arc::clone(file), path: String::new(), kind: place.kind, written: Arc::new(written) };
    Some(Draft { page, sequence: sequence.filter(|_| !is_home) })
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

fn assets(folders: &Folders, tree: &Tree, mistakes: &mut Mistakes) -> BTreeMap<String, Arc<str>> {
    let mut out = BTreeMap::<String, Arc<str>>::new();
    let questions: BTreeSet<String> = folders.questions_of(tree).into_iter().collect();
    let mut publish = |path: String, file: &Arc<str>| match out.get(&path) {
        Some(first) => mistakes.duplicate_url(Span::new(file, 0..1), &path, first),
        None => drop(out.insert(path, Arc::clone(file))),
    };
    for file in tree.files.keys() {
        if file.split_once('/').is_some_and(|(folder, _)| folder == STATIC) {
            publish(file.to_string(), file);
        }
        if let Some(inside) = folders.page(file) {
            let ours = inside.ends_with(".md")
                || questions.contains(&**file)
                || inside.ends_with("sequence-metadata.yaml")
                || inside.contains(".ledger/");
            if !ours {
                publish(published(inside), file);
            }
        }
    }
    out
}

/// Where a file beside the pages is published: its path without the ordering prefixes of its folders.
fn published(inside: &str) -> String {
    let (folders, name) = inside.rsplit_once('/').unwrap_or(("", inside));
    let folders = folders.split('/').filter(|folder| !folder.is_empty()).map(without_order);
    folders.chain([name]).collect::<Vec<_>>().join("/")
}

/// Addresses that the site itself needs.
const RESERVED: [&str; 5] = ["questions/", "claims/", "figures/", "static/", "404.html"];

fn unique_addresses(guide: &Guide, mistakes: &mut Mistakes) {
    let mut seen: BTreeMap<&str, &str> = RESERVED.iter().map(|path| (*path, "a page that every site has")).collect();
    for sequence in &guide.sequences {
        let first = seen.insert(&sequence.path, "the page of the sequence");
        if let (Some(first), Some(chapter)) = (first, sequence.chapters.first()) {
            mistakes.duplicate_url(Span::new(&guide.pages[*chapter].file, 0..1), &sequence.path, first);
        }
    }
    // A file of questions is no page, and what is said of a question is part of its page.
    let shown = |page: &&Page| !matches!(page.kind, Kind::Questions | Kind::Discussion);
    for page in guide.pages.iter().filter(shown) {
        if let Some(first) = seen.insert(&page.path, &page.file) {
            mistakes.duplicate_url(Span::new(&page.file, 0..1), &page.path, first);
        }
    }
    for (path, file) in &guide.assets {
        if let Some(first) = seen.get(path.strip_suffix("index.html").unwrap_or(path)) {
            mistakes.duplicate_url(Span::new(file, 0..1), path, first);
        }
    }
}
