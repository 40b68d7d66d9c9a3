//! Addresses: where files are published, and that no two things have one address.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::folders::{Folders, STATIC, folder_of};
use super::front::Named;
use super::mistake::{Mistakes, Span};
use super::model::{Guide, Kind, Page, without_order};
use super::plan::join;
use super::tree::Tree;

/// Files that are no pages, by the address where they are published. Those in a page's own folder are below the page's
/// address, wherever that is, so that relative links in its raw HTML and its scripts lead to them. What lies in a folder
/// whose name begins with `_` is for cells to read only, a large collection say.
pub fn assets(folders: &Folders, tree: &Tree, pages: &[Page], mistakes: &mut Mistakes) -> BTreeMap<String, Arc<str>> {
    let own: BTreeMap<&str, &str> = pages
        .iter()
        .filter(|page| is_own(&page.file))
        .map(|page| (folder_of(&page.file), page.path.as_str()))
        .collect();
    let questions: BTreeSet<String> = folders.questions_of(tree).into_iter().collect();
    let mut out = BTreeMap::<String, Arc<str>>::new();
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
                || inside.contains(".ledger/")
                || folder_of(inside).split('/').any(|folder| folder.starts_with('_'));
            if !ours {
                publish(published(inside, file, &own), file);
            }
        }
    }
    out
}

/// Whether a page has a folder of its own: it is the index of the folder, or has its name.
fn is_own(file: &str) -> bool {
    let folder = folder_of(file);
    let (name, folder) = (&file[(folder.len() + 1).min(file.len())..], folder.rsplit('/').next().unwrap_or(folder));
    let stem = name.strip_suffix(".md").unwrap_or(name);
    ["index", "_index", folder].contains(&stem)
}

/// Where a file beside the pages is published: below the page whose folder it lies in, else at its path without the
/// ordering prefixes of its folders.
fn published(inside: &str, file: &str, own: &BTreeMap<&str, &str>) -> String {
    let mut folder = folder_of(file);
    while !folder.is_empty() {
        if let Some(page) = own.get(folder).filter(|page| !page.is_empty()) {
            return format!("{page}{}", &file[folder.len() + 1..]);
        }
        folder = folder_of(folder);
    }
    let (folders, name) = inside.rsplit_once('/').unwrap_or(("", inside));
    let folders = folders.split('/').filter(|folder| !folder.is_empty()).map(without_order);
    folders.chain([name]).collect::<Vec<_>>().join("/")
}

/// The scripts or the style sheets that a page loads, by their addresses: those that it names, else those with its own
/// name and, where it has a folder of its own, all that lie there but workers, which scripts start.
pub fn companions(page: &Page, named: &Named, endings: &[&str], assets: &BTreeMap<&str, &str>) -> Vec<String> {
    let has_ending = |file: &str| endings.iter().any(|ending| file.ends_with(ending));
    match named {
        Named::None => Vec::new(),
        Named::These(files) => files
            .iter()
            .filter_map(|file| match file.contains("://") {
                true => Some(file.clone()),
                false => assets.get(join(&page.file, file).as_str()).map(|path| (*path).to_owned()),
            })
            .collect(),
        Named::Beside => {
            let stem = page.file.strip_suffix(".md").unwrap_or(&page.file);
            let folder = folder_of(&page.file);
            let mine = |file: &str| {
                let same = file.strip_prefix(stem).is_some_and(|rest| endings.contains(&rest));
                let name = &file[(folder.len() + 1).min(file.len())..];
                same || (is_own(&page.file)
                    && !name.contains('/')
                    && !name.contains("worker")
                    && !name.starts_with('_'))
            };
            let inside = format!("{folder}/");
            let beside = assets.range(inside.as_str()..).take_while(|(file, _)| file.starts_with(&inside));
            beside.filter(|(file, _)| has_ending(file) && mine(file)).map(|(_, path)| (*path).to_owned()).collect()
        }
    }
}

/// Addresses that the site itself needs.
const RESERVED: [&str; 5] = ["questions/", "claims/", "figures/", "static/", "404.html"];

/// Tells whatever would be written where something else is.
pub fn unique(guide: &Guide, mistakes: &mut Mistakes) {
    let mut seen: BTreeMap<&str, &str> = RESERVED.iter().map(|path| (*path, "a page that every site has")).collect();
    if guide.bibliography.given {
        seen.insert("references/", "the list of works that the site cites");
    }
    for sequence in &guide.sequences {
        let first = seen.insert(&sequence.path, "the page of the sequence");
        if let (Some(first), Some(chapter)) = (first, sequence.chapters.first()) {
            mistakes.duplicate_url(Span::new(&guide.pages[*chapter].file, 0..1), &sequence.path, first);
        }
    }
    let gathered = guide.gathered();
    for (path, what) in &gathered {
        if let Some(first) = seen.insert(path, what) {
            mistakes.taken_address(path, what, first);
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
    let assets: BTreeMap<&str, &str> = guide.assets.iter().map(|(path, file)| (path.as_str(), &**file)).collect();
    for redirect in &guide.redirects {
        let file = assets.get(redirect.from.as_str()).copied();
        if let Some(first) = seen.insert(&redirect.from, "a former address").or(file) {
            mistakes.duplicate_redirect(redirect.span.clone(), &redirect.from, first);
        }
    }
}
