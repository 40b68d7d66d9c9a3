//! The ledger: the record of every cell, as text files beside the chapters.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::date::Date;
use super::job::{Job, Manifest};
use super::memory::{Digest, Memory, digest, same};
use super::mistake::{Mistakes, Span};
use super::tree::Tree;
use crate::record::text::{self, Arrays, Fault, Node};
use crate::record::{self, Axis, Record};

/// The first line of a record; the number changes when an old reader could misread a new file.
const HEADER: [&str; 3] = ["theoria", "record", "1"];

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// By the cell's label.
    pub entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where it is kept, from the site's root.
    pub file: String,
    pub manifest: Manifest,
    /// The day on which it was recorded, as `2023-06-21`, if that is known. Nothing is compared with it.
    pub recorded: Option<String>,
    pub record: Arc<Record>,
    /// Of the record's text and its arrays.
    pub digest: Digest,
}

impl Ledger {
    /// Whether a job's record is there and its manifest is the job's.
    pub fn is_fresh(&self, job: &Job) -> bool {
        self.entries.get(&job.label).is_some_and(|entry| job.manifest.is_met_by(&entry.manifest))
    }

    /// Why a job has to be run, in words; nothing if it has not.
    pub fn reasons(&self, job: &Job) -> Vec<String> {
        match self.entries.get(&job.label) {
            None => vec!["it has no record yet".into()],
            Some(_) => self.changes(job),
        }
    }

    /// What differs between a job and the manifest of its record, in words; nothing if it has no record.
    pub fn changes(&self, job: &Job) -> Vec<String> {
        self.entries.get(&job.label).map_or_else(Vec::new, |entry| job.manifest.changes(&entry.manifest))
    }
}

/// The folder of a page's records.
pub fn folder(page: &str) -> String {
    format!("{}.ledger", page.strip_suffix(".md").unwrap_or(page))
}

/// Where the record of a cell belongs.
pub fn file(job: &Job) -> String {
    format!("{}/{}.record", folder(&job.span.file), job.label)
}

/// Reads the records of the tree. One that cannot be read is a mistake, and is not used.
///
/// A cell that moved to another page has its record where it stood before, until the next build: it counts unless there
/// is one where the cell stands now.
pub fn read(tree: &Tree, jobs: &[Job]) -> (Ledger, Mistakes) {
    read_with(tree, jobs, &mut Memory::default())
}

/// The same; a record whose files are known is not read again.
pub fn read_with(tree: &Tree, jobs: &[Job], memory: &mut Memory) -> (Ledger, Mistakes) {
    let (mut ledger, mut mistakes) = (Ledger::default(), Mistakes::default());
    let wanted: BTreeSet<String> = jobs.iter().map(file).collect();
    let known = std::mem::take(&mut memory.records);
    for (path, bytes) in tree.files.iter().filter(|(path, _)| is_record(path)) {
        let in_place = wanted.contains(&**path);
        let old = known.get(path).filter(|known| known.is_of(tree, bytes));
        let recorded = old.cloned().unwrap_or_else(|| Arc::new(Recorded::new(tree, path, bytes)));
        match &recorded.content {
            Ok((label, entry)) if in_place || !ledger.entries.contains_key(label) => {
                ledger.entries.insert(label.clone(), entry.clone());
            }
            Ok(_) => {}
            Err(fault) if in_place => mistakes.bad_ledger(line_span(tree, path, fault.line), &fault.text),
            // No cell asks for it, which is told.
            Err(_) => {}
        }
        memory.records.insert(Arc::clone(path), recorded);
    }
    (ledger, mistakes)
}

/// What came of the text of a record and of the files that it names; it follows from their bytes.
pub struct Recorded {
    bytes: Arc<[u8]>,
    arrays: Vec<(String, Option<Arc<[u8]>>)>,
    /// The label of the cell, and its entry.
    content: Result<(String, Entry), Fault>,
}

impl Recorded {
    fn new(tree: &Tree, path: &str, bytes: &Arc<[u8]>) -> Recorded {
        let arrays = RefCell::new(Vec::new());
        let array = |name: &str| {
            let path = sibling(path, name);
            let found = tree.files.get(path.as_str()).cloned();
            arrays.borrow_mut().push((path, found.clone()));
            found.map(|bytes| bytes.to_vec())
        };
        let content = read_one(bytes, &array);
        let arrays = arrays.into_inner();
        let all = arrays.iter().map(|(_, bytes)| bytes.as_deref().unwrap_or_default());
        let digest = digest([&**bytes].into_iter().chain(all));
        let content = content.map(|Content { label, recorded, manifest, record }| {
            (label, Entry { file: path.to_owned(), manifest, recorded, record: Arc::new(record), digest })
        });
        Recorded { bytes: Arc::clone(bytes), arrays, content }
    }

    fn is_of(&self, tree: &Tree, bytes: &Arc<[u8]>) -> bool {
        let array = |(path, old): &(String, Option<Arc<[u8]>>)| match (old, tree.files.get(path.as_str())) {
            (Some(old), Some(new)) => same(old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        same(&self.bytes, bytes) && self.arrays.iter().all(array)
    }
}

fn is_record(path: &str) -> bool {
    path.ends_with(".record") && path.contains(".ledger/")
}

fn sibling(path: &str, name: &str) -> String {
    format!("{}/{name}", path.rsplit_once('/').map_or("", |(folder, _)| folder))
}

fn line_span(tree: &Tree, path: &Arc<str>, line: usize) -> Span {
    let start = tree.offset(path, line.max(1), 1);
    Span::new(path, start..start + 1)
}

/// What the text of a record says.
struct Content {
    label: String,
    recorded: Option<String>,
    manifest: Manifest,
    record: Record,
}

fn read_one(bytes: &[u8], array: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Content, Fault> {
    let fault = |line, text: &str| Fault { line, text: text.to_owned() };
    let source = std::str::from_utf8(bytes).map_err(|_| fault(1, "it is not UTF-8 text"))?;
    if let Some(line) =
        source.lines().position(|line| ["<<<<<<< ", "=======", ">>>>>>> "].iter().any(|mark| line.starts_with(mark)))
    {
        return Err(fault(line + 1, "it holds the marks of an unresolved merge"));
    }
    let nodes = text::read(source)?;
    let [head, cell, rest @ ..] = nodes.as_slice() else { return Err(fault(1, "it is cut short")) };
    // Records of old do not say when they were made.
    let (recorded, rest) = match rest {
        [day, rest @ ..] if day.head() == "recorded" => (Some(recorded(day)?), rest),
        rest => (None, rest),
    };
    let [manifest, rest @ ..] = rest else { return Err(fault(1, "it is cut short")) };
    if head.words != HEADER {
        return Err(head.fault(format!("it does not begin with '{}'", HEADER.join(" "))));
    }
    let (end, results) = rest.split_last().ok_or_else(|| manifest.fault("it is cut short".into()))?;
    if end.head() != "end" || cell.head() != "cell" || manifest.head() != "manifest" {
        return Err(end.fault("it is cut short or out of order".into()));
    }
    let lines = manifest.children.iter().map(|line| Ok((line.word(0)?.to_owned(), line.word(1)?.to_owned())));
    let lines = lines.collect::<Result<Vec<_>, Fault>>()?;
    let (label, manifest) = (cell.word(1)?.to_owned(), Manifest { lines });
    let record = text::record(results, array)?;
    whole(&record, results)?;
    let content = Content { label, recorded, manifest, record };
    as_written(&nodes, &content.outline(&mut Arrays::new()))?;
    Ok(content)
}

fn recorded(node: &Node) -> Result<String, Fault> {
    let word = node.word(1)?;
    let is_day = Date::read(word).is_some_and(|date| date.day.is_some() && date.iso() == word);
    is_day.then(|| word.to_owned()).ok_or_else(|| node.fault(format!("'{word}' is not a day such as 2023-06-21")))
}

/// Whether a record is one that a cell could have shown: what a cell shows is checked when it is shown.
fn whole(record: &Record, nodes: &[Node]) -> Result<(), Fault> {
    for (index, value) in record.values.iter().enumerate() {
        if record.values[..index].iter().any(|other| other.name == value.name) {
            return Err(nodes[index].fault(format!("the value '{}' is there twice", value.name)));
        }
    }
    let tables = nodes.iter().filter(|node| node.head() == "table");
    for (table, node) in record.tables.iter().zip(tables) {
        let rows = node.children.iter().filter(|child| child.head() == "row");
        if let Some((row, node)) = table.rows.iter().zip(rows).find(|(row, _)| row.len() != table.header.len()) {
            return Err(node.fault(format!("this row has {} entries, not {}", row.len(), table.header.len())));
        }
    }
    match nodes.iter().find_map(not_finite).filter(|_| !is_finite(record)) {
        Some(fault) => Err(fault),
        None => Ok(()),
    }
}

fn is_finite(record: &Record) -> bool {
    let good = |numbers: &[f64]| numbers.iter().all(|number| number.is_finite());
    let axis = |axis: &Axis| axis.range.is_none_or(|(low, high)| good(&[low, high]));
    let entry = |entry: &record::Entry| !matches!(entry, record::Entry::Number(number) if !number.is_finite());
    record.values.iter().all(|value| value.number.is_finite())
        && record.panels.iter().all(|panel| axis(&panel.x) && axis(&panel.y))
        && record.panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.columns).all(|all| good(all))
        && record.galleries.iter().all(|gallery| good(&gallery.pixels) && good(&[gallery.range.0, gallery.range.1]))
        && record.tables.iter().flat_map(|table| table.rows.iter().flatten()).all(entry)
        && record.claims.iter().all(|claim| good(&[claim.measured, claim.predicted, claim.abs, claim.rel]))
}

/// The first line that holds what may be a number but is none to calculate with.
fn not_finite(node: &Node) -> Option<Fault> {
    let word = node.words.iter().find(|word| word.parse().is_ok_and(|number: f64| !number.is_finite()));
    let fault = word.map(|word| node.fault(format!("'{word}' is not a finite number")));
    fault.or_else(|| node.children.iter().find_map(not_finite))
}

/// Whether lines that were read say no more and no less than the same lines as they would be written.
fn as_written(found: &[Node], written: &[Node]) -> Result<(), Fault> {
    let fault = |node: &Node| Err(node.fault("this line is not one that Theoria writes here".into()));
    for (found, written) in found.iter().zip(written) {
        let number = |word: &str| word.parse::<f64>().map(f64::to_bits);
        let same = |(a, b): (&String, &String)| a == b || number(a).is_ok_and(|a| number(b) == Ok(a));
        if found.words.len() != written.words.len() || !found.words.iter().zip(&written.words).all(same) {
            return fault(found);
        }
        as_written(&found.children, &written.children)?;
        if found.children.len() != written.children.len() {
            return fault(found.children.get(written.children.len()).unwrap_or(found));
        }
    }
    Ok(())
}

/// The files that keep a job's record: first the arrays, last the text that names them.
pub fn write(job: &Job, record: &Record) -> Vec<(String, Vec<u8>)> {
    write_on(job, record, None)
}

/// The same, with the day on which it was recorded.
pub fn write_on(job: &Job, record: &Record, recorded: Option<String>) -> Vec<(String, Vec<u8>)> {
    let mut arrays = Arrays::new();
    let (label, manifest, record) = (job.label.clone(), job.manifest.clone(), record.clone());
    let nodes = Content { label, recorded, manifest, record }.outline(&mut arrays);
    let path = file(job);
    let mut files: Vec<(String, Vec<u8>)> =
        arrays.into_iter().map(|(name, bytes)| (sibling(&path, &name), bytes)).collect();
    files.push((path, text::write(&nodes).into_bytes()));
    files
}

impl Content {
    fn outline(&self, arrays: &mut Arrays) -> Vec<Node> {
        let lines = self.manifest.lines.iter().map(|(name, value)| Node::new([name, value])).collect();
        let mut nodes = vec![Node::new(HEADER), Node::new(["cell", &self.label])];
        nodes.extend(self.recorded.as_deref().map(|day| Node::new(["recorded", day])));
        nodes.push(Node::new(["manifest"]).with(lines));
        nodes.extend(text::nodes(&self.record, &self.label, arrays));
        nodes.push(Node::new(["end"]));
        nodes
    }
}

/// Records that no job asks for.
pub fn orphans(tree: &Tree, jobs: &[Job]) -> Vec<String> {
    let wanted: Vec<String> = jobs.iter().map(file).collect();
    let records = tree.files.keys().filter(|path| is_record(path));
    records.filter(|path| !wanted.iter().any(|file| **file == ***path)).map(|path| path.to_string()).collect()
}
