//! The last check: every address in the finished site lands, every id is given once, and every page can be found.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::Site;
use super::asks::{Form, asks};
use crate::guide::address::{decode, leaves_site};
use crate::guide::listed::Listing;
use crate::guide::memory::{Memory, same};
use crate::guide::mistake::Mistakes;
use crate::guide::model::{Guide, Kind};
use crate::guide::plan::join;
use crate::guide::safe;
use crate::guide::tags;

/// What a site is checked against.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ground {
    /// Where the site will live: addresses that begin so are its own.
    base: String,
    /// Pages that a reader should find by following links, and their Markdown.
    pages: BTreeMap<String, Arc<str>>,
    /// Images beside pages, and their files: something should show each.
    images: BTreeMap<String, Arc<str>>,
    /// Files that are published as they are.
    sources: BTreeMap<String, Arc<str>>,
    /// Whether pages are not trusted with scripts.
    strict: bool,
}

/// The endings of images, which are there to be seen.
const IMAGES: [&str; 9] = [".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".mp4", ".webm"];

impl Ground {
    /// Cost: O(pages + files).
    pub fn new(guide: &Guide) -> Ground {
        let shown = guide.pages.iter().filter(|page| page.kind != Kind::Home && guide.lists(page, Listing::Gathered));
        let mut named: HashSet<String> = guide.pages.iter().flat_map(|page| page.front.images()).collect();
        // What a cell reads is used, whether or not a page shows it.
        let read = guide.pages.iter().flat_map(|page| &page.text.cells).flat_map(|cell| &cell.data);
        named.extend(read.filter_map(|data| Some(data.name.rsplit('/').next()?.to_owned())));
        let is_image = |path: &str| IMAGES.iter().any(|end| path.to_ascii_lowercase().ends_with(end));
        let asked = |file: &str| {
            let name = file.rsplit('/').next().unwrap_or(file);
            named.contains(name) || name.starts_with("featured.") || name.starts_with(['_', '.'])
        };
        // What lies beside a draft waits for it.
        let folder = |file: &str| file.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
        let folders: HashSet<String> = guide.pages.iter().map(|page| folder(&page.file)).collect();
        let content = format!("{}/", guide.config.folders.content);
        let images = guide.assets.iter().filter(|(path, file)| {
            is_image(path) && file.starts_with(&content) && !asked(file) && folders.contains(&folder(file))
        });
        let clone = |(path, file): (&String, &Arc<str>)| (path.clone(), Arc::clone(file));
        Ground {
            base: guide.config.url.clone(),
            pages: shown.map(|page| (format!("{}index.html", page.path), Arc::clone(&page.file))).collect(),
            images: images.map(clone).collect(),
            sources: guide.assets.iter().map(clone).collect(),
            strict: !guide.config.unsafe_html,
        }
    }

    /// A file of the site as its author knows it.
    fn source<'a>(&'a self, path: &'a str) -> &'a str {
        self.sources.get(path).map_or(path, |file| file)
    }
}

/// The files as they were checked last.
#[derive(Default)]
pub struct Checks {
    /// Every path of the site.
    paths: Vec<String>,
    files: HashMap<String, Arc<Check>>,
    ground: Ground,
    /// Whether something could not be found.
    lost: bool,
}

impl Checks {
    /// How many files are remembered.
    pub fn count(&self) -> usize {
        self.files.len()
    }
}

/// What the check of a file has to know of it; it follows from the file's path and bytes.
struct Check {
    form: Form,
    bytes: Arc<[u8]>,
    ids: HashSet<String>,
    repeated: BTreeSet<String>,
    /// Where its addresses lead, each once: as written, and the file and the anchor that are meant.
    to: Vec<(String, String, String)>,
    /// Those of them that an edit of another page can break while all files stay: by their index.
    anchored: Vec<usize>,
    /// Addresses that run what stands in them.
    running: Vec<String>,
}

/// One file and its check, and whether both are as they were in a site of the same files.
type Found = (String, Arc<Check>, bool);

/// Every address in the site lands inside it, and every page is found. Cost: O(size of the site's texts).
pub fn check(site: &Site, ground: &Ground) -> Mistakes {
    check_with(site, ground, &mut Memory::default())
}

/// The same; a file with known bytes is not read again, and where no file came or went only links to anchors of other
/// pages are followed again. Cost: O(size of the texts that are new + files + links to anchors).
pub fn check_with(site: &Site, ground: &Ground, memory: &mut Memory) -> Mistakes {
    let known = std::mem::take(&mut memory.checks);
    let settled = known.paths.iter().eq(site.files.keys()) && known.ground.base == ground.base;
    let texts: Vec<_> = site.files.iter().filter_map(|(path, bytes)| Some((path, bytes, Form::of(path)?))).collect();
    let found = texts.into_par_iter().filter_map(|(path, bytes, form)| {
        let old = known.files.get(path).filter(|old| same(&old.bytes, bytes) && known.ground.base == ground.base);
        let check = old.cloned().or_else(|| Some(Arc::new(Check::new(path, bytes, form, &ground.base)?)))?;
        Some((path.clone(), check, old.is_some() && settled))
    });
    let found: Vec<Found> = found.collect();
    let dead = dead(site, &found);
    let (mut mistakes, mut wrong) = (Mistakes::default(), Vec::new());
    for ((path, file, _), dead) in found.iter().zip(dead) {
        file.repeated.iter().for_each(|id| mistakes.id_twice(ground.source(path), id));
        dead.iter().for_each(|(to, _, _)| mistakes.dead_output_link(ground.source(path), to));
        let running = file.running.iter().filter(|_| ground.strict);
        let running = running.map(|to| mistakes.running_address(ground.source(path), to)).count();
        wrong.push(!file.repeated.is_empty() || !dead.is_empty() || running > 0);
    }
    let mut lost = false;
    if known.lost || !settled || known.ground != *ground || found.iter().any(|one| loses(one, &known)) {
        lost = tell_lost(&found, ground, &mut mistakes);
    }
    // What was wrong with a file has to be told again.
    let good = found.into_iter().zip(wrong).filter(|(_, wrong)| !wrong).map(|((path, check, _), _)| (path, check));
    let paths = if settled { known.paths } else { site.files.keys().cloned().collect() };
    memory.checks = Checks { paths, files: good.collect(), ground: ground.clone(), lost };
    mistakes
}

/// The addresses of each file that lead nowhere.
fn dead<'f>(site: &Site, found: &'f [Found]) -> Vec<Vec<&'f (String, String, String)>> {
    let files: HashMap<&str, &Check> = found.iter().map(|(path, check, _)| (path.as_str(), &**check)).collect();
    let lands = |(_, file, anchor): &(String, String, String)| match files.get(file.as_str()) {
        // In a drawing an anchor may also be a view of it.
        Some(check) if check.form == Form::Page => anchor.is_empty() || check.ids.contains(anchor),
        _ => site.files.contains_key(file),
    };
    let dead = found.par_iter().map(|(_, file, known)| match known {
        true => file.anchored.iter().map(|at| &file.to[*at]).filter(|to| !lands(to)).collect(),
        false => file.to.iter().filter(|to| !lands(to)).collect(),
    });
    dead.collect()
}

/// Whether a file asks no more for another that it asked for.
fn loses((path, check, known): &Found, before: &Checks) -> bool {
    if *known {
        return false;
    }
    let Some(old) = before.files.get(path) else { return true };
    let new: HashSet<&str> = check.to.iter().map(|(_, file, _)| file.as_str()).collect();
    old.to.iter().any(|(_, file, _)| !new.contains(file.as_str()))
}

/// Tells pages that no other page leads to, and images that nothing shows.
fn tell_lost(found: &[Found], ground: &Ground, mistakes: &mut Mistakes) -> bool {
    let (mut linked, mut used) = (HashSet::new(), HashSet::new());
    for (path, check, _) in found {
        for (_, file, _) in check.to.iter().filter(|(_, file, _)| file != path) {
            used.insert(file.as_str());
            if check.form == Form::Page {
                linked.insert(file.as_str());
            }
        }
    }
    let before = mistakes.len();
    let pages = ground.pages.iter().filter(|(path, _)| !linked.contains(path.as_str()));
    pages.for_each(|(_, file)| mistakes.orphan_page(file));
    let images = ground.images.iter().filter(|(path, _)| !used.contains(path.as_str()));
    images.for_each(|(_, file)| mistakes.orphan_file(file));
    mistakes.len() > before
}

impl Check {
    /// None for a file that is no text.
    fn new(path: &str, bytes: &Arc<[u8]>, form: Form, base: &str) -> Option<Check> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (mut ids, mut repeated) = (HashSet::new(), BTreeSet::new());
        if form == Form::Page {
            for id in tags::ids(text).into_iter().map(tags::unescape) {
                if !ids.insert(id.clone()) {
                    repeated.insert(id);
                }
            }
        }
        let mut seen = HashSet::new();
        let fresh: Vec<String> = asks(form, text, base).into_iter().filter(|to| seen.insert(to.clone())).collect();
        let running = fresh.iter().filter(|to| safe::runs(to)).cloned().collect();
        let meant = fresh.into_iter().filter_map(|to| meant(path, &to, base).map(|(file, anchor)| (to, file, anchor)));
        let to: Vec<(String, String, String)> = meant.collect();
        let foreign = |at: &usize| !to[*at].2.is_empty() && to[*at].1 != path;
        let anchored = (0..to.len()).filter(foreign).collect();
        Some(Check { form, bytes: Arc::clone(bytes), ids, repeated, to, anchored, running })
    }
}

/// The file and the anchor that an address in a file means; nothing for one that leaves the site.
fn meant(from: &str, to: &str, base: &str) -> Option<(String, String)> {
    let own =
        to.strip_prefix(base).filter(|rest| !base.is_empty() && (rest.is_empty() || rest.starts_with(['/', '#', '?'])));
    if let Some(rest) = own {
        let rest = rest.trim_start_matches('/');
        return meant("index.html", if rest.is_empty() { "./" } else { rest }, "");
    }
    if leaves_site(to) || (from == "404.html" && to.starts_with('/')) {
        return None;
    }
    let (path, anchor) = to.split_once('#').unwrap_or((to, ""));
    let path = &*decode(path.split('?').next().unwrap_or_default());
    let mut file = if path.is_empty() { from.to_owned() } else { join(from, path) };
    if !path.is_empty() && (path.ends_with('/') || path.ends_with('.') || file.is_empty()) {
        file = if file.is_empty() { "index.html".into() } else { format!("{file}/index.html") };
    }
    Some((file, decode(anchor)))
}
