//! Taxonomies: the tags, categories, series and projects of a guide, each with the pages that bear it.

use std::collections::BTreeMap;

use super::front::Front;
use super::listed::Listing;
use super::model::Guide;
use super::yaml::nearest;
use crate::record::kebab;

/// A way of sorting pages.
#[derive(Clone, Debug)]
pub struct Taxonomy {
    pub kind: Sort,
    /// By name.
    pub terms: Vec<Term>,
}

/// A word that pages bear.
#[derive(Clone, Debug)]
pub struct Term {
    /// As most of them write it.
    pub name: String,
    pub path: String,
    /// By index among the guide's pages, in reading order.
    pub pages: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Tags,
    Categories,
    Series,
    Projects,
}

impl Sort {
    pub const ALL: [Sort; 4] = [Sort::Tags, Sort::Categories, Sort::Series, Sort::Projects];

    /// In addresses, and in front matter.
    pub fn id(self) -> &'static str {
        match self {
            Sort::Tags => "tags",
            Sort::Categories => "categories",
            Sort::Series => "series",
            Sort::Projects => "projects",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Sort::Tags => "Tags",
            Sort::Categories => "Categories",
            Sort::Series => "Series",
            Sort::Projects => "Projects",
        }
    }

    /// One of them.
    pub fn one(self) -> &'static str {
        match self {
            Sort::Tags => "Tag",
            Sort::Categories => "Category",
            Sort::Series => "Series",
            Sort::Projects => "Project",
        }
    }

    /// The words that a page bears.
    pub fn of(self, front: &Front) -> &[String] {
        match self {
            Sort::Tags => &front.tags,
            Sort::Categories => &front.categories,
            Sort::Series => &front.series,
            Sort::Projects => &front.projects,
        }
    }

    /// The address of the list of all.
    pub fn path(self) -> String {
        format!("{}/", self.id())
    }

    /// The address of the page of a word. Words that differ in capitals, spaces or hyphens alone share it.
    pub fn path_of(self, name: &str) -> String {
        // What a language is called is not to be lost: C, C++ and C# are three.
        let spelt = name.replace('+', "-plus").replace('#', "-sharp");
        let slug = kebab(&spelt);
        let slug = if slug.is_empty() { name.chars().map(|c| format!("u{:x}", u32::from(c))).collect() } else { slug };
        format!("{}/{slug}/", self.id())
    }
}

/// The taxonomies of a guide that have anything in them. Cost: O(words of all pages).
pub fn taxonomies(guide: &Guide) -> Vec<Taxonomy> {
    let mut out = Vec::new();
    for kind in Sort::ALL {
        // By address: how often each spelling is used, and the pages.
        let mut found: BTreeMap<String, (BTreeMap<&str, usize>, Vec<usize>)> = BTreeMap::new();
        for (at, page) in guide.pages.iter().enumerate().filter(|(_, page)| guide.lists(page, Listing::Gathered)) {
            for name in kind.of(&page.front) {
                let (spellings, pages) = found.entry(kind.path_of(name)).or_default();
                // A page that bears it twice bears it once.
                if pages.last() != Some(&at) {
                    *spellings.entry(name).or_default() += 1;
                    pages.push(at);
                }
            }
        }
        let mut terms: Vec<Term> = found
            .into_iter()
            .map(|(path, (spellings, pages))| {
                let name = spellings.into_iter().min_by_key(|(name, count)| (usize::MAX - count, *name));
                Term { name: name.map_or("", |(name, _)| name).to_owned(), path, pages }
            })
            .collect();
        terms.sort_by_cached_key(|term| (term.name.to_lowercase(), term.path.clone()));
        out.extend((!terms.is_empty()).then_some(Taxonomy { kind, terms }));
    }
    out
}

/// Words of one taxonomy that look like two spellings of one: the rarer, and the other.
pub fn doubtful(taxonomy: &Taxonomy) -> Vec<(&Term, &Term)> {
    let mut out = Vec::new();
    for term in &taxonomy.terms {
        let others = taxonomy.terms.iter().filter(|other| {
            let plural = |one: &str, other: &str| format!("{}s", one.to_lowercase()) == other.to_lowercase();
            let near = plural(&term.name, &other.name)
                || plural(&other.name, &term.name)
                || (term.name.chars().count() > 5
                    && nearest(&term.name, std::iter::once(&*other.name)).is_some()
                    && strsim::damerau_levenshtein(&term.name.to_lowercase(), &other.name.to_lowercase()) == 1);
            let rarer = (other.pages.len(), &term.path) > (term.pages.len(), &other.path);
            term.path != other.path && near && rarer
        });
        out.extend(others.map(|other| (term, other)).next());
    }
    out
}
