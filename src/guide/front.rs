//! Front matter: what the head of a page says of it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde_yaml::Value;

use super::date::Date;
use super::key::Key;
use super::key::front as key;
use super::mistake::{Mistakes, Span};
use super::people::{self, Person};
use super::yaml::{Broken, Fields, Lines, Node, texts};

/// The keys of learningmechanics.pub and of Hugo posts, with one meaning each: `guide::key::front` says which.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Front {
    pub title: Option<String>,
    pub short_title: Option<String>,
    pub toc_title: Option<String>,
    pub display_title: Option<String>,
    pub subtitle: Option<String>,
    pub description: Option<String>,
    /// The names of the authors.
    pub authors: Vec<String>,
    /// Those of whom the page says more than the name.
    pub people: Vec<Person>,
    /// What the byline says in place of the authors.
    pub display_author: Option<String>,
    pub date: Option<Date>,
    pub updated: Option<Date>,
    pub sequence: Option<String>,
    pub sequence_order: Option<f64>,
    pub weight: Option<f64>,
    pub sequence_description: Option<String>,
    pub priority: Option<f64>,
    pub tags: Vec<String>,
    pub categories: Vec<String>,
    pub series: Vec<String>,
    pub projects: Vec<String>,
    pub keywords: Vec<String>,
    pub thumbnail: Option<String>,
    pub image: Option<Image>,
    pub slug: Option<String>,
    /// The page's whole address, as it was written.
    pub url: Option<String>,
    /// Former addresses, as they were written.
    pub aliases: Vec<String>,
    pub scripts: Named,
    pub styles: Named,
    pub licence: Option<String>,
    pub hidden: bool,
    pub draft: bool,
    pub coming_soon: bool,
    pub featured: bool,
    pub toc: bool,
    pub toc_depth: u8,
    pub no_byline: bool,
    pub no_title: bool,
    pub no_comments: bool,
    pub wide_body: bool,
    /// Where keys stand of which something may be wrong that only the whole guide shows.
    pub spans: BTreeMap<&'static str, Span>,
    /// Files of BibTeX of its own.
    pub bibliography: Vec<String>,
    /// Keys that Theoria does not know; templates find them under `extra`.
    pub extra: Vec<(String, Value)>,
}

/// The picture at the head of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    pub path: Option<String>,
    pub caption: String,
    pub alt: String,
    pub focal_point: String,
    /// It is shown in lists alone.
    pub preview_only: bool,
}

/// The scripts or the style sheets of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Named {
    /// Those beside the page that have its name.
    #[default]
    Beside,
    None,
    These(Vec<String>),
}

impl Front {
    /// What holds of a page that says nothing of itself.
    pub fn none() -> Front {
        Front { toc: true, toc_depth: 3, ..Front::default() }
    }
}

impl Front {
    /// The names of the files that the front matter may mean by any of its values, without their folders.
    pub fn images(&self) -> Vec<String> {
        let image = self.image.as_ref().and_then(|image| image.path.clone());
        let extra = self.extra.iter().filter_map(|(_, value)| value.as_str().map(str::to_owned));
        image
            .into_iter()
            .chain(self.thumbnail.clone())
            .chain(extra)
            .filter_map(|path| Some(path.rsplit('/').next()?.to_owned()))
            .collect()
    }
}

/// A page cut in two: where its YAML is, and where its text begins.
pub struct Cut {
    pub yaml: Option<Range<usize>>,
    pub body: usize,
    /// Whether it begins and never ends.
    pub open: bool,
}

/// Finds the front matter between two lines of `---`. An opening fence without a closing one is a mistake.
pub fn cut(file: &Arc<str>, text: &str, mistakes: &mut Mistakes) -> Cut {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let first = text[start..].split_inclusive('\n').next().unwrap_or_default();
    if first.trim_end() != "---" {
        return Cut { yaml: None, body: start, open: false };
    }
    let begin = start + first.len();
    let mut at = begin;
    for line in text[begin..].split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return Cut { yaml: Some(begin..at), body: at + line.len(), open: false };
        }
        at += line.len();
    }
    mistakes.open_front_matter(Span::new(file, start..start + 3));
    Cut { yaml: None, body: begin, open: true }
}

/// The keys of which something may be wrong that only the whole guide shows.
const PLACED: [Key; 7] =
    [key::AUTHOR, key::SEQUENCE, key::THUMBNAIL, key::ALIASES, key::SCRIPTS, key::STYLES, key::BIBLIOGRAPHY];

/// Reads the front matter of a page; what is wrong with it is told. Nothing if it is no YAML at all.
pub fn read(file: &Arc<str>, text: &str, yaml: Range<usize>, m: &mut Mistakes) -> Option<Front> {
    let fields = match Fields::read(file, &text[yaml.clone()], Lines::From(yaml.start), &key::TABLE) {
        Ok(fields) => fields,
        Err(Broken { span, text }) => {
            m.bad_front_matter(span, &text);
            return None;
        }
    };
    let (authors, people) = people::authors(&fields, key::AUTHOR, m);
    let text = |key: Key, m: &mut Mistakes| fields.string(key, m);
    let flag = |key: Key, m: &mut Mistakes| fields.flag(key, m).unwrap_or(false);
    let mut extra = fields.mapping(key::EXTRA, m).unwrap_or_default();
    extra.extend(fields.rest(m));
    Some(Front {
        title: text(key::TITLE, m),
        short_title: text(key::SHORT_TITLE, m),
        toc_title: text(key::TOC_TITLE, m),
        display_title: text(key::DISPLAY_TITLE, m),
        subtitle: text(key::SUBTITLE, m),
        description: text(key::DESCRIPTION, m),
        authors,
        people,
        display_author: text(key::DISPLAY_AUTHOR, m),
        date: fields.date(key::DATE, m),
        updated: fields.date(key::UPDATED, m),
        sequence: text(key::SEQUENCE, m),
        sequence_order: fields.number(key::SEQUENCE_ORDER, m),
        weight: fields.number(key::WEIGHT, m),
        sequence_description: text(key::SEQUENCE_DESCRIPTION, m),
        priority: fields.number(key::PRIORITY, m),
        tags: fields.strings(key::TAGS, m),
        categories: fields.strings(key::CATEGORIES, m),
        series: fields.strings(key::SERIES, m),
        projects: fields.strings(key::PROJECTS, m),
        keywords: fields.strings(key::KEYWORDS, m),
        thumbnail: text(key::THUMBNAIL, m),
        image: image(&fields, m),
        slug: text(key::SLUG, m),
        url: text(key::URL, m),
        aliases: fields.strings(key::ALIASES, m),
        scripts: named(&fields, key::SCRIPTS, m),
        styles: named(&fields, key::STYLES, m),
        licence: text(key::LICENCE, m),
        hidden: flag(key::HIDDEN, m),
        draft: flag(key::DRAFT, m),
        coming_soon: flag(key::COMING_SOON, m),
        featured: flag(key::FEATURED, m),
        toc: fields.flag(key::TOC, m).unwrap_or(true),
        toc_depth: fields.number(key::TOC_DEPTH, m).map_or(3, |depth| depth as u8),
        no_byline: flag(key::NO_BYLINE, m),
        no_title: flag(key::NO_TITLE, m),
        no_comments: flag(key::NO_COMMENTS, m),
        wide_body: flag(key::WIDE_BODY, m),
        spans: placed(&fields),
        bibliography: fields.strings(key::BIBLIOGRAPHY, m),
        extra,
    })
}

fn placed(fields: &Fields) -> BTreeMap<&'static str, Span> {
    PLACED.into_iter().filter(|key| fields.has(*key)).map(|key| (key.name, fields.span(key))).collect()
}

/// `image: path`, or Hugo's `image: {caption, focal_point}` whose file lies beside the page.
fn image(fields: &Fields, mistakes: &mut Mistakes) -> Option<Image> {
    let value = fields.value(key::IMAGE, mistakes)?;
    if let Some(path) = value.as_str() {
        return Some(Image { path: Some(path.to_owned()), ..Image::default() });
    }
    let node = Node::new(value)?;
    let caption = node.string(key::image::CAPTION).unwrap_or_default();
    Some(Image {
        path: node.string(key::image::PATH),
        alt: node.string(key::image::ALT).unwrap_or_else(|| caption.clone()),
        caption,
        focal_point: node.string(key::image::FOCAL_POINT).unwrap_or_default(),
        preview_only: node.flag(key::image::PREVIEW_ONLY).unwrap_or(false),
    })
}

/// A list of files, or whether there are any.
fn named(fields: &Fields, key: Key, mistakes: &mut Mistakes) -> Named {
    match fields.value(key, mistakes) {
        None | Some(Value::Bool(true)) => Named::Beside,
        Some(Value::Bool(false)) => Named::None,
        Some(value) => Named::These(texts(&value)),
    }
}
