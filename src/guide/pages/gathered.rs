//! Pages that list pages: posts, tags and the like, people; and former addresses.

use serde_json::{Value, json};

use super::{Sheet, Whole, authors, context};
use crate::guide::address::{encode, leaves_site};
use crate::guide::book::Lens;
use crate::guide::html::Encoder;
use crate::guide::link::Link;
use crate::guide::listed::Listing;
use crate::guide::model::Page;
use crate::guide::people::{Member, PATH};

/// A page as lists show it.
pub(super) fn entry<'b>(lens: &'b Lens<'b>, page: &'b Page, address: &str) -> Value {
    json!({
        "title_html": Encoder::elsewhere(lens, page, address).in_link(page.listed()),
        "path": page.path, "summary": lens.summary(page), "authors": authors(lens, page),
        "date": page.front.date.as_ref().map_or(String::new(), |date| date.to_string()),
        "iso_date": page.front.date.as_ref().map_or(String::new(), |date| date.iso()),
        "thumbnail": thumbnail(lens, page), "draft": page.front.draft, "coming_soon": page.front.coming_soon,
        "linked": page.has_text(),
    })
}

/// The picture that stands for a page, and the part of it that must be seen.
fn thumbnail(lens: &Lens, page: &Page) -> Value {
    let image = page.front.image.as_ref();
    let named = page.front.thumbnail.as_deref().or(image.and_then(|image| image.path.as_deref()));
    let Some(name) = named else { return Value::Null };
    let focus = image.map_or("", |image| &image.focal_point).to_lowercase();
    match picture(lens, page, name) {
        Some(path) => {
            json!({"path": path, "focus": if focus.chars().all(char::is_alphabetic) { focus } else { String::new() }})
        }
        None => Value::Null,
    }
}

/// The address of a picture that a page names: beside it, or from the site's folder.
pub(super) fn picture(lens: &Lens, page: &Page, name: &str) -> Option<String> {
    [name.to_owned(), format!("/{name}")].iter().find_map(|name| match lens.link(page, name).1 {
        Link::Inside(path, _) if lens.is_asset(&path) => Some(path),
        _ => None,
    })
}

pub(super) fn posts<'b>(whole: &Whole<'b>, lens: &'b Lens<'b>) -> Option<Sheet> {
    let guide = whole.book.guide;
    let posts = guide.posts.as_ref()?;
    let entries = posts.pages.iter().map(|at| entry(lens, &guide.pages[*at], &posts.path));
    let mut out = context(lens.config(), "posts", &posts.title, "", &posts.path, true);
    out["posts"] = json!({"title": posts.title, "entries": entries.collect::<Vec<_>>()});
    Some(Sheet { path: posts.path.clone(), sequence: None, template: "posts.html", context: out })
}

pub(super) fn taxonomy<'b>(whole: &Whole<'b>, lens: &'b Lens<'b>, at: usize) -> Sheet {
    let taxonomy = &whole.book.guide.taxonomies[at];
    let terms =
        taxonomy.terms.iter().map(|term| json!({"name": term.name, "path": term.path, "count": term.pages.len()}));
    let path = taxonomy.kind.path();
    let mut out = context(lens.config(), "taxonomy", taxonomy.kind.title(), "", &path, false);
    out["taxonomy"] = json!({"title": taxonomy.kind.title(), "terms": terms.collect::<Vec<_>>()});
    Sheet { path, sequence: None, template: "taxonomy.html", context: out }
}

pub(super) fn term<'b>(whole: &Whole<'b>, lens: &'b Lens<'b>, [taxonomy, at]: [usize; 2]) -> Sheet {
    let guide = whole.book.guide;
    let taxonomy = &guide.taxonomies[taxonomy];
    let term = &taxonomy.terms[at];
    let entries = term.pages.iter().map(|at| entry(lens, &guide.pages[*at], &term.path));
    let mut out = context(lens.config(), "term", &term.name, "", &term.path, true);
    out["term"] = json!({
        "name": term.name, "kind": taxonomy.kind.one(), "all": taxonomy.kind.title(), "all_path": taxonomy.kind.path(),
        "entries": entries.collect::<Vec<_>>(),
    });
    Sheet { path: term.path.clone(), sequence: None, template: "term.html", context: out }
}

pub(super) fn people<'b>(whole: &Whole<'b>, lens: &'b Lens<'b>) -> Sheet {
    let people = lens.people();
    let grouped = |at: &usize| people.groups.iter().any(|(_, members)| members.contains(at));
    let others: Vec<usize> = (0..people.all.len()).filter(|at| !grouped(at)).collect();
    let title = if people.groups.is_empty() { "" } else { "Contributors" };
    let mut groups: Vec<(&str, &[usize])> =
        people.groups.iter().map(|(title, members)| (title.as_str(), members.as_slice())).collect();
    groups.extend((!others.is_empty()).then_some((title, others.as_slice())));
    let mut seen = Vec::new();
    let groups = groups.into_iter().map(|(title, members)| {
        let members = members.iter().map(|at| {
            // Who is in two groups has one entry that links lead to.
            let first = !seen.contains(at);
            seen.push(*at);
            person(whole, lens, &people.all[*at], first)
        });
        json!({"title": title, "people": members.collect::<Vec<_>>()})
    });
    let groups: Vec<Value> = groups.collect();
    let mut out = context(lens.config(), "people", "People", "", PATH, true);
    out["people"] = json!({"groups": groups});
    Sheet { path: PATH.into(), sequence: None, template: "people.html", context: out }
}

fn person<'b>(whole: &Whole<'b>, lens: &'b Lens<'b>, member: &Member, first: bool) -> Value {
    let guide = whole.book.guide;
    let is_theirs = |page: &&Page| {
        let mut names = page.authors(lens.config()).iter();
        guide.lists(page, Listing::Gathered)
            && names.any(|name| lens.people().find(name).is_some_and(|m| m.id == member.id))
    };
    let wrote = guide.pages.iter().filter(is_theirs).filter(|page| first && page.is_read() && !page.path.is_empty()).map(|page| {
        let title = Encoder::elsewhere(lens, page, PATH).in_link(page.listed());
        json!({"title_html": title, "path": page.path, "date": page.front.date.as_ref().map_or(String::new(), |date| date.to_string())})
    });
    let person = &member.person;
    json!({
        "name": person.name, "id": if first { member.id.as_str() } else { "" }, "url": person.url,
        "affiliation": person.affiliation, "photo": photo(&person.photo), "bio": person.bio, "role": person.role,
        "orcid": person.orcid.trim_start_matches("https://orcid.org/"), "email": person.email,
        "github": person.github, "wrote": wrote.collect::<Vec<_>>(),
    })
}

/// A photo as templates are told: within the site, or elsewhere.
pub(super) fn photo(photo: &str) -> Value {
    match photo {
        "" => Value::Null,
        photo => json!({"path": photo.trim_start_matches('/'), "outside": leaves_site(photo)}),
    }
}

pub(super) fn redirect<'b>(whole: &Whole<'b>, lens: &'b Lens<'b>, at: usize) -> Sheet {
    let redirect = &whole.book.guide.redirects[at];
    let config = lens.config();
    let outside = leaves_site(&redirect.to);
    let mut out = context(config, "redirect", &redirect.to, "", &redirect.from, false);
    let whole_address = match outside {
        true => redirect.to.clone(),
        false if config.url.is_empty() => String::new(),
        false => format!("{}/{}", config.url, encode_path(&redirect.to)),
    };
    let to = if outside { redirect.to.clone() } else { encode_path(&redirect.to) };
    out["redirect"] = json!({"to": to, "outside": outside, "canonical": whole_address});
    Sheet { path: redirect.from.clone(), sequence: None, template: "redirect.html", context: out }
}

/// A path from the site's root as it is written in a link, with what follows its `#`.
fn encode_path(to: &str) -> String {
    match to.split_once('#') {
        Some((path, anchor)) => format!("{}#{anchor}", encode(path)),
        None => encode(to),
    }
}
