//! `theoria.yaml`: what is true of the whole site.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_yaml::Value;

use super::folders::Folders;
use super::mistake::{Code, Mistakes, Span};
use super::tolerance::{self, Tolerance};
use super::tree::Tree;
use super::yaml::{Broken, Fields, Lines, nearest, scalar};

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
    pub authors: Vec<String>,
    pub repository: String,
    pub licence: String,
    /// The label of the figure that the home page shows.
    pub highlight: String,
    /// Sequences in the order of the site's navigation.
    pub sequences: Vec<String>,
    /// `{{NAME}}` in a page is filled with these.
    pub variables: BTreeMap<String, String>,
    /// LaTeX macros.
    pub macros: BTreeMap<String, String>,
    /// Crates that cells may use besides Theoria's, as in a `Cargo.toml`.
    pub dependencies: BTreeMap<String, Value>,
    pub time_limit: Duration,
    /// How far a fresh result may lie from its record where a cell does not say.
    pub tolerance: Tolerance,
    pub allowances: Vec<Allowance>,
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
            repository: String::new(),
            licence: String::new(),
            highlight: String::new(),
            sequences: Vec::new(),
            variables: BTreeMap::new(),
            macros: BTreeMap::new(),
            dependencies: BTreeMap::new(),
            time_limit: Duration::from_secs(60),
            tolerance: Tolerance::default(),
            allowances: Vec::new(),
        }
    }
}

impl Config {
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
    match Fields::read(&file, text, Lines::From(0)) {
        Ok(fields) => fill(&fields, mistakes),
        Err(Broken { span, text }) => {
            mistakes.bad_config(span, &text);
            Config::default()
        }
    }
}

fn fill(fields: &Fields, m: &mut Mistakes) -> Config {
    let default = Config::default();
    let text = |key, m: &mut Mistakes| fields.string(key, m).unwrap_or_default();
    let mut authors = fields.strings("author", m);
    authors.extend(fields.strings("authors", m));
    let cells = fields.mapping("cells", m).unwrap_or_default();
    let cells = cell_settings(fields, cells, m);
    let config = Config {
        folders: Folders::read(fields, m),
        title: fields.string("title", m).unwrap_or(default.title),
        subtitle: text("subtitle", m),
        description: text("description", m),
        language: fields.string("language", m).unwrap_or(default.language),
        url: text("url", m).trim_end_matches('/').to_owned(),
        authors,
        repository: text("repository", m).trim_end_matches('/').to_owned(),
        licence: text("licence", m),
        highlight: text("highlight", m),
        sequences: fields.strings("sequences", m),
        variables: texts(fields, "variables", m),
        macros: texts(fields, "macros", m),
        dependencies: cells.dependencies,
        time_limit: cells.time_limit.unwrap_or(default.time_limit),
        tolerance: cells.tolerance.unwrap_or(default.tolerance),
        allowances: allowances(fields, m),
    };
    fields.rest(true, m);
    config
}

fn texts(fields: &Fields, key: &'static str, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let entries = fields.mapping(key, mistakes).unwrap_or_default();
    let mut out = BTreeMap::new();
    for (name, value) in entries {
        match scalar(&value) {
            Some(text) => drop(out.insert(name, text)),
            None => mistakes.bad_value(fields.span(key), &format!("{key}.{name}"), "text"),
        }
    }
    out
}

/// What `cells:` says of all of them.
#[derive(Default)]
struct CellSettings {
    dependencies: BTreeMap<String, Value>,
    time_limit: Option<Duration>,
    tolerance: Option<Tolerance>,
}

fn cell_settings(fields: &Fields, entries: Vec<(String, Value)>, mistakes: &mut Mistakes) -> CellSettings {
    let mut settings = CellSettings::default();
    let wrong = |mistakes: &mut Mistakes, key: &str, expected: &str| {
        mistakes.bad_value(fields.span("cells"), &format!("cells.{key}"), expected);
    };
    for (key, value) in entries {
        match (key.as_str(), value) {
            ("dependencies", Value::Mapping(crates)) => {
                let named = crates.iter().filter_map(|(name, value)| Some((scalar(name)?, value.clone())));
                settings.dependencies = named.collect();
            }
            ("dependencies", _) => wrong(mistakes, "dependencies", "`crate: version` lines"),
            ("time_limit", value) => match scalar(&value).and_then(|text| seconds(&text)) {
                Some(limit) => settings.time_limit = Some(limit),
                None => wrong(mistakes, "time_limit", "a number of seconds above 0"),
            },
            ("tolerance", value) => match tolerance::one(&value) {
                Some(tolerance) => settings.tolerance = Some(tolerance),
                None => wrong(mistakes, "tolerance", "a number such as 1e-9, or `{rel: 1e-6, abs: 1e-12}`"),
            },
            _ => {
                let near = nearest(&key, ["dependencies", "time_limit", "tolerance"].into_iter());
                mistakes.unknown_key(fields.span("cells"), &key, near);
            }
        }
    }
    settings
}

/// A time limit in seconds, with or without the unit `s`.
pub fn seconds(text: &str) -> Option<Duration> {
    let number: f64 = text.trim().trim_end_matches('s').trim_end().parse().ok()?;
    (number > 0.0 && number < 1e9).then(|| Duration::from_secs_f64(number))
}

fn allowances(fields: &Fields, mistakes: &mut Mistakes) -> Vec<Allowance> {
    let mut out = Vec::new();
    for item in fields.sequence("allow", mistakes).unwrap_or_default() {
        let text = |key: &str| item.get(key).and_then(scalar).unwrap_or_default();
        let (name, page, reason) = (text("code"), text("page"), text("reason"));
        match Code::ALL.iter().find(|code| code.name() == name) {
            Some(code) if !page.is_empty() && !reason.is_empty() => {
                out.push(Allowance { code: *code, page, reason, span: fields.span("allow") });
            }
            Some(_) => mistakes.bad_value(fields.span("allow"), "allow", "`code`, `page` and `reason` in each entry"),
            None => mistakes.unknown_key(
                fields.span("allow"),
                &name,
                nearest(&name, Code::ALL.iter().map(|code| code.name())),
            ),
        }
    }
    out
}
