//! Works of others: files of BibTeX, the style in which they are cited, and what a page shows of them.

mod elements;
mod read;
mod render;
mod style;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) use render::render;
pub use render::{Citations, Entry, Piece, locate};
pub use style::Style;

use super::config::Config;
use super::memory::{Digest, Memory, digest, same};
use super::mistake::{Mistakes, Span};
use super::model::Page;
use super::plan::join;
use super::tree::Tree;

/// All that the site can cite, and how.
#[derive(Clone, Debug, Default)]
pub struct Bibliography {
    /// The files that every page cites from, and those that single pages add.
    site: Vec<Arc<File>>,
    pages: BTreeMap<Arc<str>, Vec<Arc<File>>>,
    pub style: Arc<Style>,
    /// Of all works, of who cites from which, and of the style.
    pub digest: Digest,
    /// Whether any file is named.
    pub given: bool,
}

/// A file of BibTeX as it was read.
#[derive(Debug, Default)]
pub struct File {
    pub works: BTreeMap<String, Work>,
    pub mistakes: Mistakes,
}

/// Something that can be cited.
#[derive(Debug)]
pub struct Work {
    pub key: String,
    /// Where its entry begins.
    pub span: Span,
    /// What is known of it; or what is wrong with that, and where.
    pub entry: Result<hayagriva::Entry, (Span, String)>,
    pub links: Vec<Link>,
    pub digest: Digest,
}

/// Where a work can be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub text: String,
    pub url: String,
}

/// A file of BibTeX with the bytes that it was read from.
pub type Known = (Arc<[u8]>, Arc<File>);

impl Bibliography {
    /// Reads every file that the config or a page names. Cost: O(size of the files that are new + number of pages).
    pub fn read(tree: &Tree, config: &Config, pages: &[Page], memory: &mut Memory, m: &mut Mistakes) -> Bibliography {
        let known = std::mem::take(&mut memory.bibliography);
        let mut open = |path: &Arc<str>| -> Option<Arc<File>> {
            let bytes = tree.files.get(path)?;
            if let Some((_, file)) = memory.bibliography.get(path) {
                return Some(Arc::clone(file));
            }
            let old = known.get(path).filter(|(old, _)| same(old, bytes)).map(|(_, file)| Arc::clone(file));
            let file = old.unwrap_or_else(|| Arc::new(one(path, bytes)));
            memory.bibliography.insert(Arc::clone(path), (Arc::clone(bytes), Arc::clone(&file)));
            Some(file)
        };
        let mut out = Bibliography::default();
        for path in &config.bibliography {
            out.given = true;
            let inside = format!("{}/{path}", config.folders.content);
            let found = [path.as_str(), &inside].into_iter().find_map(|path| open(&Arc::from(path)));
            match found {
                Some(file) => out.site.push(file),
                None => m.no_bibliography(config.cited_spans[0].clone(), path),
            }
        }
        for page in pages.iter().filter(|page| !page.front.bibliography.is_empty()) {
            out.given = true;
            for path in &page.front.bibliography {
                let paths = [join(&page.file, path), path.trim_start_matches('/').to_owned()];
                match paths.iter().find_map(|path| open(&Arc::from(path.as_str()))) {
                    Some(file) => out.pages.entry(Arc::clone(&page.file)).or_default().push(file),
                    None => {
                        let span = page.front.spans.get("bibliography").cloned();
                        m.no_bibliography(span.unwrap_or_else(|| page.span(0..3)), path);
                    }
                }
            }
        }
        memory.bibliography.values().for_each(|(_, file)| m.append(file.mistakes.clone()));
        out.tell_twice(m);
        if out.given {
            out.style = style::load(tree, config, memory, m);
        }
        out.digest = out.digested();
        out
    }

    fn files(&self) -> impl Iterator<Item = &Arc<File>> {
        self.site.iter().chain(self.pages.values().flatten())
    }

    /// A key that means two works would lead readers of the one to the other.
    fn tell_twice(&self, m: &mut Mistakes) {
        let mut seen: BTreeMap<&str, &Work> = BTreeMap::new();
        for work in self.files().flat_map(|file| file.works.values()) {
            match seen.get(work.key.as_str()) {
                Some(first) if first.digest != work.digest => {
                    m.duplicate_key(work.span.clone(), &work.key, first.span.clone());
                }
                Some(_) => {}
                None => drop(seen.insert(&work.key, work)),
            }
        }
    }

    fn digested(&self) -> Digest {
        let file = |file: &Arc<File>| digest(file.works.values().flat_map(|work| [work.key.as_bytes(), &work.digest]));
        let site: Vec<Digest> = self.site.iter().map(file).collect();
        let pages = self.pages.iter().map(|(page, files)| {
            let files: Vec<Digest> = files.iter().map(file).collect();
            digest([page.as_bytes()].into_iter().chain(files.iter().map(|file| &file[..])))
        });
        let all: Vec<Digest> = site.into_iter().chain(pages).collect();
        digest([&self.style.digest[..]].into_iter().chain(all.iter().map(|part| &part[..])))
    }

    /// The work that a key means on a page; its own files come first.
    pub fn work(&self, page: &Page, key: &str) -> Option<&Work> {
        self.scope(page).find_map(|file| file.works.get(key))
    }

    fn scope(&self, page: &Page) -> impl Iterator<Item = &Arc<File>> {
        self.pages.get(&page.file).into_iter().flatten().chain(&self.site)
    }

    /// The keys that a page can cite.
    pub fn keys(&self, page: &Page) -> impl Iterator<Item = &str> {
        self.scope(page).flat_map(|file| file.works.keys()).map(String::as_str)
    }

    /// Every work, each once, and the file of a work that another page could cite.
    pub fn works(&self) -> BTreeMap<&str, &Work> {
        self.files().flat_map(|file| file.works.values()).map(|work| (work.key.as_str(), work)).collect()
    }

    /// Whether a page has anything to cite from.
    pub fn has(&self, page: &Page) -> bool {
        self.scope(page).next().is_some()
    }
}

fn one(path: &Arc<str>, bytes: &Arc<[u8]>) -> File {
    match std::str::from_utf8(bytes) {
        Ok(text) => read::read(path, text),
        Err(error) => {
            let mut file = File::default();
            file.mistakes.not_utf8(Span::new(path, error.valid_up_to()..error.valid_up_to() + 1));
            file
        }
    }
}
