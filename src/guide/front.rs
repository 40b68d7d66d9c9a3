//! Front matter: what the head of a page says of it.

use std::ops::Range;
use std::sync::Arc;

use serde_yaml::Value;

use super::mistake::{Mistakes, Span};
use super::yaml::{Broken, Fields, Lines};

/// The keys of learningmechanics.pub and of Hugo posts, with one meaning each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Front {
    pub title: Option<String>,
    pub short_title: Option<String>,
    pub subtitle: Option<String>,
    pub description: Option<String>,
    pub authors: Vec<String>,
    pub date: Option<String>,
    pub updated: Option<String>,
    pub sequence: Option<String>,
    pub sequence_order: Option<f64>,
    pub sequence_description: Option<String>,
    pub priority: Option<f64>,
    pub tags: Vec<String>,
    pub categories: Vec<String>,
    pub image: Option<Image>,
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
    /// Keys that Theoria does not know; templates find them under `extra`.
    pub extra: Vec<(String, Value)>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    pub path: Option<String>,
    pub caption: String,
    pub focal_point: String,
}

impl Front {
    /// What holds of a page that says nothing of itself.
    pub fn none() -> Front {
        Front { toc: true, toc_depth: 3, ..Front::default() }
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

/// Reads the front matter of a page; what is wrong with it is told. Nothing if it is no YAML at all.
pub fn read(file: &Arc<str>, text: &str, yaml: Range<usize>, mistakes: &mut Mistakes) -> Option<Front> {
    let fields = match Fields::read(file, &text[yaml.clone()], Lines::From(yaml.start)) {
        Ok(fields) => fields,
        Err(Broken { span, text }) => {
            mistakes.bad_front_matter(span, &text);
            return None;
        }
    };
    let m = mistakes;
    let mut authors = fields.strings("author", m);
    authors.extend(fields.strings("authors", m));
    let front = Front {
        title: fields.string("title", m),
        short_title: fields.string("short_title", m).or(fields.string("toc_title", m)),
        subtitle: fields.string("subtitle", m),
        description: fields.string("description", m).or(fields.string("summary", m)),
        // Hugo's `admin` is whoever the site belongs to.
        authors: fields
            .string("display_author", m)
            .map_or(authors, |display| vec![display])
            .into_iter()
            .filter(|name| name != "admin")
            .collect(),
        date: fields.string("date", m),
        updated: fields.string("lastmod", m).or(fields.string("lastMod", m)),
        sequence: fields.string("sequence", m),
        sequence_order: fields.number("sequence_order", m),
        sequence_description: fields.string("sequence_description", m),
        priority: fields.number("priority", m),
        tags: fields.strings("tags", m).into_iter().chain(fields.strings("tag", m)).collect(),
        categories: fields.strings("categories", m),
        image: image(&fields, m),
        hidden: fields.flag("hidden", m).unwrap_or(false),
        draft: fields.flag("draft", m).unwrap_or(false),
        coming_soon: fields.flag("coming_soon", m).unwrap_or(false),
        featured: fields.flag("featured", m).unwrap_or(false),
        toc: fields.flag("toc", m).unwrap_or(true),
        toc_depth: fields.number("toc_depth", m).map_or(3, |depth| depth.clamp(1.0, 6.0) as u8),
        no_byline: fields.flag("no_byline", m).unwrap_or(false),
        no_title: fields.flag("no_title", m).unwrap_or(false),
        no_comments: fields.flag("no_comments", m).unwrap_or(false),
        wide_body: fields.flag("wide_body", m).unwrap_or(false),
        extra: Vec::new(),
    };
    let title = fields.string("display_title", m).or(front.title);
    let _ = (fields.value("projects"), fields.value("aliases"));
    Some(Front { title, extra: fields.rest(false, m), ..front })
}

/// `thumbnail: path`, or Hugo's `image: {caption, focal_point}` whose file lies beside the page.
fn image(fields: &Fields, mistakes: &mut Mistakes) -> Option<Image> {
    let mut image = Image { path: fields.string("thumbnail", mistakes), ..Image::default() };
    match fields.value("image") {
        Some(Value::String(path)) => image.path = Some(path.clone()),
        Some(Value::Mapping(map)) => {
            let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            (image.caption, image.focal_point) = (text("caption"), text("focal_point"));
        }
        Some(_) => return fields.wrong("image", "a path, or `caption` and `focal_point`", mistakes),
        None if image.path.is_none() => return None,
        None => {}
    }
    Some(image)
}

/// A date as a reader writes it: `2023-06-21T00:00:00Z` becomes `21 June 2023`; what is no such date stays.
pub fn readable_date(date: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = date.get(..10).unwrap_or(date).split('-');
    let mut next = || parts.next().and_then(|part| part.parse::<usize>().ok());
    match (next(), next(), next()) {
        (Some(year), Some(month @ 1..=12), Some(day @ 1..=31)) => format!("{day} {} {year}", MONTHS[month - 1]),
        _ => date.to_owned(),
    }
}
