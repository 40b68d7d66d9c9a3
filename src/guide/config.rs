//! `theoria.yaml`: what is true of the whole site.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_yaml::Value;

use super::folders::Folders;
use super::key::{Key, Step, config as key};
use super::macros::{Macros, of_config};
use super::mistake::{Code, Mistakes, Span};
use super::people::{self, Person};
use super::services::Services;
use super::tolerance::{self, Tolerance};
use super::tree::Tree;
use super::yaml::{Broken, Fields, Lines, Node, scalar};

/// The name of the file.
pub const FILE: &str = "theoria.yaml";

#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where its parts lie.
    pub folders: Folders,
    pub title: String,
    pub subtitle: String,
    pub description: String,
    pub language: String,
    /// Where the site will live, without a final slash; empty if unknown.
    pub url: String,
    /// The names of those who wrote what names no author.
    pub authors: Vec<String>,
    /// Those of whom more is said than the name.
    pub people: Vec<Person>,
    pub repository: String,
    pub licence: String,
    /// The picture of pages that have none; empty if there is none.
    pub image: String,
    /// The branch of the repository that the site is made of.
    pub branch: String,
    /// Where a page can be edited, with `{branch}` and `{file}`; empty for the way of the repository's host.
    pub edit_url: String,
    /// Whether the site can be searched.
    pub search: bool,
    pub services: Services,
    /// The label of the figure that the home page shows.
    pub highlight: String,
    /// Sequences in the order of the site's navigation.
    pub sequences: Vec<String>,
    /// Where each of those is named.
    pub sequence_spans: Vec<Span>,
    pub posts: Posts,
    /// Addresses that lead elsewhere: old, new, and where that is said.
    pub redirects: Vec<(String, String, Span)>,
    /// `{{NAME}}` in a page is filled with these.
    pub variables: BTreeMap<String, String>,
    /// LaTeX macros, and where each was given.
    pub macros: BTreeMap<String, String>,
    pub macro_places: BTreeMap<String, Span>,
    /// Crates that cells may use besides Theoria's, as in a `Cargo.toml`.
    pub dependencies: BTreeMap<String, Value>,
    pub time_limit: Duration,
    /// How far a fresh result may lie from its record where a cell does not say.
    pub tolerance: Tolerance,
    /// Outside links that are not asked for: what begins so, or with `*` for anything.
    pub ignored_links: Vec<String>,
    pub allowances: Vec<Allowance>,
    /// Files of BibTeX, by their paths from the site's folder.
    pub bibliography: Vec<String>,
    /// Where the config says so, and where it names the style.
    pub cited_spans: [Span; 2],
    /// The style of citations: a name, or a file of CSL; our own if empty.
    pub csl: String,
    /// Whether works that no page cites are told.
    pub unused_references: bool,
    /// Whether pages are trusted with HTML and scripts.
    pub unsafe_html: bool,
}

/// Posts: dated pages outside sequences.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Posts {
    /// The folders whose pages are no chapters; none named for those that are usual.
    pub folders: Vec<String>,
    pub path: Option<String>,
    pub title: Option<String>,
}

/// A mistake that the author allows, for one page, with a reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Allowance {
    pub code: Code,
    pub page: String,
    pub reason: String,
    pub span: Span,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            folders: Folders::default(),
            title: "A living guide".into(),
            subtitle: String::new(),
            description: String::new(),
            language: "en".into(),
            url: String::new(),
            authors: Vec::new(),
            people: Vec::new(),
            repository: String::new(),
            licence: String::new(),
            image: String::new(),
            branch: "main".into(),
            edit_url: String::new(),
            search: true,
            services: Services::default(),
            highlight: String::new(),
            sequences: Vec::new(),
            sequence_spans: Vec::new(),
            posts: Posts::default(),
            redirects: Vec::new(),
            variables: BTreeMap::new(),
            macros: BTreeMap::new(),
            macro_places: BTreeMap::new(),
            dependencies: BTreeMap::new(),
            time_limit: Duration::from_secs(60),
            tolerance: Tolerance::default(),
            ignored_links: Vec::new(),
            allowances: Vec::new(),
            bibliography: Vec::new(),
            cited_spans: [Span::top(FILE), Span::top(FILE)],
            csl: String::new(),
            unused_references: false,
            unsafe_html: true,
        }
    }
}

impl Config {
    /// Files that the config names, wherever they lie in the site's folder.
    pub fn named_files(&self) -> impl Iterator<Item = &str> {
        let csl = Some(self.csl.as_str()).filter(|name| name.ends_with(".csl"));
        let inside = |path: &&str| !path.starts_with('/') && !path.split('/').any(|part| part == "..");
        self.bibliography.iter().map(String::as_str).chain(csl).filter(inside)
    }

    /// The folders of crates that lie beside the site: what cells see of them is read with the site.
    pub fn crate_folders(&self) -> Vec<String> {
        let path = |value: &Value| Some(value.get("path")?.as_str()?.trim_end_matches('/').to_owned());
        self.dependencies.values().filter_map(path).collect()
    }
}

/// Reads `theoria.yaml`; a site without one gets the defaults.
pub fn read(tree: &Tree, mistakes: &mut Mistakes) -> Config {
    let file: Arc<str> = FILE.into();
    let text = match tree.text(FILE) {
        None => return Config::default(),
        Some(Ok(text)) => text,
        Some(Err(at)) => {
            mistakes.not_utf8(Span::new(&file, at..at + 1));
            return Config::default();
        }
    };
    match Fields::read(&file, text, Lines::From(0), &key::TABLE) {
        Ok(fields) => {
            let macros = of_config(&fields, tree, mistakes);
            fill(&fields, macros, mistakes)
        }
        Err(Broken { span, text }) => {
            mistakes.bad_config(span, &text);
            Config::default()
        }
    }
}

fn fill(fields: &Fields, (macros, macro_places): Macros, m: &mut Mistakes) -> Config {
    let default = Config::default();
    let text = |key, m: &mut Mistakes| fields.string(key, m).unwrap_or_default();
    let (authors, people) = people::authors(fields, key::AUTHORS, m);
    let sequences = fields.strings(key::SEQUENCES, m);
    let config = Config {
        folders: Folders::read(fields, m),
        title: fields.string(key::TITLE, m).unwrap_or(default.title),
        subtitle: text(key::SUBTITLE, m),
        description: text(key::DESCRIPTION, m),
        language: fields.string(key::LANGUAGE, m).unwrap_or(default.language),
        url: text(key::URL, m).trim_end_matches('/').to_owned(),
        authors,
        people,
        repository: text(key::REPOSITORY, m).trim_end_matches('/').to_owned(),
        licence: text(key::LICENCE, m),
        image: text(key::IMAGE, m),
        search: fields.flag(key::SEARCH, m).unwrap_or(default.search),
        branch: fields.string(key::BRANCH, m).unwrap_or(default.branch),
        edit_url: text(key::EDIT_URL, m),
        services: Services::read(fields, m),
        highlight: text(key::HIGHLIGHT, m),
        sequence_spans: (0..sequences.len()).map(|at| fields.part(key::SEQUENCES.name, &[Step::At(at)])).collect(),
        sequences,
        posts: posts(fields, m),
        redirects: redirects(fields, m),
        variables: texts(fields, key::VARIABLES, m),
        macros,
        macro_places,
        ignored_links: ignored_links(fields, m),
        allowances: allowances(fields, m),
        bibliography: fields.strings(key::BIBLIOGRAPHY, m),
        cited_spans: [key::BIBLIOGRAPHY, key::CSL].map(|key| fields.span(key)),
        csl: text(key::CSL, m),
        unused_references: fields.flag(key::UNUSED_REFERENCES, m).unwrap_or(false),
        unsafe_html: fields.flag(key::UNSAFE_HTML, m).unwrap_or(true),
        ..cells(fields, m)
    };
    fields.rest(m);
    config
}

/// Outside links that are not asked for.
fn ignored_links(fields: &Fields, mistakes: &mut Mistakes) -> Vec<String> {
    fields.node(key::LINKS, mistakes).map_or(Vec::new(), |node| node.strings(key::links::IGNORE))
}

fn texts(fields: &Fields, key: Key, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let entries = fields.mapping(key, mistakes).unwrap_or_default();
    entries.into_iter().filter_map(|(name, value)| Some((name, scalar(&value)?))).collect()
}

fn posts(fields: &Fields, mistakes: &mut Mistakes) -> Posts {
    let Some(node) = fields.node(key::POSTS, mistakes) else { return Posts::default() };
    Posts {
        folders: node.strings(key::posts::FOLDERS),
        path: node.string(key::posts::PATH),
        title: node.string(key::posts::TITLE),
    }
}

fn redirects(fields: &Fields, mistakes: &mut Mistakes) -> Vec<(String, String, Span)> {
    let entries = texts(fields, key::REDIRECTS, mistakes).into_iter();
    let placed = entries.map(|(from, to)| {
        let span = fields.part(key::REDIRECTS.name, &[Step::Key(from.clone())]);
        (from, to, span)
    });
    placed.collect()
}

/// What `cells:` says of all of them, in a config that says nothing else.
fn cells(fields: &Fields, mistakes: &mut Mistakes) -> Config {
    let default = Config::default();
    let Some(node) = fields.node(key::CELLS, mistakes) else { return default };
    let crates = node.value(key::cells::DEPENDENCIES).and_then(Value::as_mapping);
    let named = crates.into_iter().flatten().filter_map(|(name, value)| Some((scalar(name)?, value.clone())));
    let limit = node.string(key::cells::TIME_LIMIT).and_then(|text| seconds(&text));
    Config {
        dependencies: named.collect(),
        time_limit: limit.unwrap_or(default.time_limit),
        tolerance: node.value(key::cells::TOLERANCE).and_then(tolerance::one).unwrap_or(default.tolerance),
        ..Config::default()
    }
}

/// A time limit in seconds, with or without the unit `s`.
pub fn seconds(text: &str) -> Option<Duration> {
    let number: f64 = text.trim().trim_end_matches('s').trim_end().parse().ok()?;
    (number > 0.0 && number < 1e9).then(|| Duration::from_secs_f64(number))
}

fn allowances(fields: &Fields, mistakes: &mut Mistakes) -> Vec<Allowance> {
    let items = fields.items(key::ALLOW, mistakes).into_iter().filter_map(Node::new);
    let read = |node: Node| {
        let name = node.string(key::allow::CODE)?;
        let code = *Code::ALL.iter().find(|code| code.name() == name)?;
        let (page, reason) = (node.string(key::allow::PAGE)?, node.string(key::allow::REASON)?);
        Some(Allowance { code, page, reason, span: fields.span(key::ALLOW) })
    };
    items.filter_map(read).collect()
}
