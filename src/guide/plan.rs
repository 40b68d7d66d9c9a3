//! From cells to jobs: what comes before what, which files are read, and the manifest that decides freshness.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cell::{Cell, Data};
use super::job::{Job, Manifest};
use super::ledger::Ledger;
use super::memory::Memory;
use super::mistake::Mistakes;
use super::model::{Guide, Page};
use super::program;
use super::tree::Tree;
use super::yaml::nearest;

/// What is the same for every cell of a site.
pub struct Surroundings<'a> {
    /// The digest of what a cell can see of Theoria.
    pub library: &'a str,
    /// The lock of the crates that the site adds, if it adds any.
    pub lock: Option<&'a str>,
}

/// Cells' programs by their code, each on one line.
pub type Tokens = HashMap<String, Result<String, program::Fault>>;

/// One job per cell, in the order of the pages. A cell that cannot be a job is a mistake. Cost: O(text of the cells).
pub fn plan(guide: &Guide, tree: &Tree, around: &Surroundings) -> (Vec<Job>, Mistakes) {
    plan_with(guide, tree, around, &mut Memory::default())
}

/// The same; code that is known is not read again.
pub fn plan_with(guide: &Guide, tree: &Tree, around: &Surroundings, memory: &mut Memory) -> (Vec<Job>, Mistakes) {
    let mut mistakes = Mistakes::default();
    let cells: Vec<(&Page, &Cell)> =
        guide.pages.iter().flat_map(|page| page.text.cells.iter().map(move |cell| (page, cell))).collect();
    let known = std::mem::take(&mut memory.tokens);
    let tokens: Vec<Option<String>> =
        cells.iter().map(|(page, cell)| tokens(page, cell, tree, &known, memory, &mut mistakes)).collect();
    let mut jobs = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, (page, cell)) in cells.iter().enumerate() {
        // A second cell of one label has a mistake of its own.
        if !seen.insert(&cell.label) {
            continue;
        }
        let chain = chain(&cells, index, &mut mistakes);
        let data = data(page, cell);
        let Some(chain) = chain else { continue };
        let absent = cell.data.iter().zip(&data).filter(|(_, (_, path))| !tree.files.contains_key(path.as_str()));
        let absent = absent.map(|(declared, (_, path))| (declared.span.clone(), path.clone())).collect();
        check_digests(cell, &data, tree, &mut mistakes);
        let texts: Option<Vec<&str>> = chain.iter().chain([&index]).map(|at| tokens[*at].as_deref()).collect();
        let Some(texts) = texts else { continue };
        let prologue = chain.iter().zip(&texts).map(|(at, text)| program::muted(text, cells[*at].1.seed)).collect();
        jobs.push(Job {
            label: cell.label.clone(),
            span: cell.span.clone(),
            body: cell.body.clone(),
            prologue,
            seed: cell.seed,
            manifest: manifest(guide, tree, around, cell, &texts, &data),
            data,
            absent,
            time_limit: cell.time_limit.unwrap_or(guide.config.time_limit),
        });
    }
    (jobs, mistakes)
}

/// The cell's program as one line of tokens, so that neither comments nor layout make a record stale.
fn tokens(
    page: &Page,
    cell: &Cell,
    tree: &Tree,
    known: &Tokens,
    memory: &mut Memory,
    mistakes: &mut Mistakes,
) -> Option<String> {
    let Some(Ok(source)) = tree.text(&page.file) else { return None };
    let code = program::Code::of(source, &cell.body);
    let line = known.get(&code.text).cloned().unwrap_or_else(|| program::one_line(&code.text));
    if let Err((offset, text)) = &line {
        let at = code.in_page(*offset);
        let sign = source[at..].chars().next().map_or(1, char::len_utf8);
        mistakes.cell_is_not_closed(page.span(at..at + sign), text);
    }
    memory.tokens.insert(code.text, line.clone());
    line.ok()
}

/// The cells whose text comes before this one's, each once, those needed first at the front.
fn chain(cells: &[(&Page, &Cell)], index: usize, mistakes: &mut Mistakes) -> Option<Vec<usize>> {
    let mut walk = Walk { cells, done: Vec::new(), open: Vec::new(), mistakes, good: true };
    walk.visit(index);
    walk.done.pop();
    walk.good.then_some(walk.done)
}

/// The cells whose text comes before that of the cell at a place, those needed first at the front; none if `after`
/// leads nowhere or in a circle, which planning tells.
pub fn before<'a>(guide: &'a Guide, cell: &Cell) -> Vec<&'a Cell> {
    let cells: Vec<(&Page, &Cell)> =
        guide.pages.iter().flat_map(|page| page.text.cells.iter().map(move |cell| (page, cell))).collect();
    let index = cells.iter().position(|(_, other)| other.span == cell.span);
    let chain = index.and_then(|index| chain(&cells, index, &mut Mistakes::default()));
    chain.unwrap_or_default().into_iter().map(|at| cells[at].1).collect()
}

struct Walk<'a> {
    cells: &'a [(&'a Page, &'a Cell)],
    done: Vec<usize>,
    open: Vec<usize>,
    mistakes: &'a mut Mistakes,
    good: bool,
}

impl Walk<'_> {
    fn visit(&mut self, index: usize) {
        if self.done.contains(&index) {
            return;
        }
        if let Some(from) = self.open.iter().position(|open| *open == index) {
            self.good = false;
            let labels: Vec<&str> =
                self.open[from..].iter().chain([&index]).map(|at| self.cells[*at].1.label.as_str()).collect();
            // Told once per circle: by the member that comes first in the guide, at its own place.
            if self.open[from..].iter().min() == Some(&index) {
                let cell = self.cells[index].1;
                let span = cell.after.first().map_or(&cell.span, |(_, span)| span);
                self.mistakes.circular_cells(span.clone(), &labels);
            }
            return;
        }
        self.open.push(index);
        for (name, span) in &self.cells[index].1.after {
            match self.cells.iter().position(|(_, cell)| cell.answers_to(name)) {
                Some(before) => self.visit(before),
                None => {
                    self.good = false;
                    let near = nearest(name, self.cells.iter().map(|(_, cell)| cell.label.as_str()));
                    self.mistakes.missing_cell(span.clone(), name, near);
                }
            }
        }
        self.open.pop();
        self.done.push(index);
    }
}

/// The declared files: name in the cell, path in the tree.
fn data(page: &Page, cell: &Cell) -> Vec<(String, String)> {
    cell.data.iter().map(|Data { name, .. }| (name.clone(), join(&page.file, name))).collect()
}

/// Tells of files that are here and are not those that the cell declares.
fn check_digests(cell: &Cell, data: &[(String, String)], tree: &Tree, mistakes: &mut Mistakes) {
    for (declared, (_, path)) in cell.data.iter().zip(data) {
        let (Some(wanted), Some(bytes)) = (&declared.digest, tree.bytes(path)) else { continue };
        let found = blake3::hash(bytes).to_hex();
        if !found.starts_with(wanted.as_str()) {
            mistakes.other_data(declared.span.clone(), path, wanted, &found[..wanted.len()]);
        }
    }
}

/// Tells of files that are declared and not there. A large data set may be absent from a machine: the record that was
/// made with it stands, if there is one.
pub fn tell_absent(jobs: &[Job], ledger: &Ledger, mistakes: &mut Mistakes) {
    for job in jobs {
        for (span, path) in &job.absent {
            match ledger.is_fresh(job) {
                true => mistakes.absent_data(span.clone(), path),
                false => mistakes.missing_data(span.clone(), path),
            }
        }
    }
}

/// A path written on a page: relative to the page's folder, or to the site's if it begins with a slash.
pub fn join(page: &str, path: &str) -> String {
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let full = match path.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}/{path}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in full.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

fn manifest(
    guide: &Guide,
    tree: &Tree,
    around: &Surroundings,
    cell: &Cell,
    texts: &[&str],
    data: &[(String, String)],
) -> Manifest {
    let mut lines = BTreeMap::new();
    lines.insert("theoria".to_owned(), around.library.to_owned());
    lines.insert("program".to_owned(), digest(texts.join("\n").as_bytes()));
    lines.insert("seed".to_owned(), cell.seed.to_string());
    for (name, path) in data {
        lines.insert(format!("data {name}"), tree.bytes(path).map_or(ABSENT.to_owned(), digest));
    }
    if !guide.config.dependencies.is_empty() {
        let crates = serde_json::to_string(&guide.config.dependencies).unwrap_or_default();
        lines.insert("crates".to_owned(), digest(crates.as_bytes()));
        lines.insert("lock".to_owned(), digest(around.lock.unwrap_or_default().as_bytes()));
        let uses = mentions(texts, guide.config.dependencies.keys());
        for folder in guide.config.crate_folders() {
            // What it asks of the crates that all cells share concerns all cells; what it says, those that call it.
            let (part, digest) = match uses {
                true => (folder.clone(), digest_folder(tree, &folder)),
                false => {
                    let manifest = format!("{folder}/Cargo.toml");
                    let digest = digest(tree.bytes(&manifest).unwrap_or_default());
                    (manifest, digest)
                }
            };
            lines.insert(format!("crate {part}"), digest);
        }
    }
    Manifest { lines: lines.into_iter().collect() }
}

/// Whether code, as tokens, names one of these crates: without its name nothing of a crate can be reached.
fn mentions<'c>(texts: &[&str], crates: impl Iterator<Item = &'c String>) -> bool {
    let names: BTreeSet<String> = crates.map(|name| name.replace('-', "_")).collect();
    let mut words = texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'));
    words.any(|word| names.contains(word))
}

/// A digest of every file below a folder of the tree, with its path.
fn digest_folder(tree: &Tree, folder: &str) -> String {
    let start = format!("{folder}/");
    let files = tree.files.iter().filter(|(path, _)| path.starts_with(&start));
    let all: String = files.map(|(path, bytes)| format!("{path} {}\n", digest(bytes))).collect();
    digest(all.as_bytes())
}

/// A short digest: enough that two inputs never meet by chance.
pub fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}

/// Stands in a manifest for the digest of a file that is not on this machine.
const ABSENT: &str = "absent";

impl Manifest {
    /// Whether a record with this other manifest is the one that is asked for. Of a file that is absent nothing is known:
    /// whatever was recorded of it may be right.
    pub fn is_met_by(&self, recorded: &Manifest) -> bool {
        let same = |(a, b): (&(String, String), &(String, String))| a.0 == b.0 && (a.1 == b.1 || a.1 == ABSENT);
        self.lines.len() == recorded.lines.len() && self.lines.iter().zip(&recorded.lines).all(same)
    }

    /// What differs between an old manifest and this one, in words.
    pub fn changes(&self, old: &Manifest) -> Vec<String> {
        let find = |manifest: &Manifest, name: &str| {
            manifest.lines.iter().find(|line| line.0 == name).map(|line| line.1.clone())
        };
        let changed = self.lines.iter().filter_map(|(name, now)| match find(old, name) {
            None => Some(format!("`{name}` is new")),
            Some(before) if before != *now && now != ABSENT => Some(format!("`{name}` changed")),
            Some(_) => None,
        });
        let gone = old
            .lines
            .iter()
            .filter(|(name, _)| find(self, name).is_none())
            .map(|(name, _)| format!("`{name}` is gone"));
        changed.chain(gone).collect()
    }
}
