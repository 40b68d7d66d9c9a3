//! The record as text: an outline of words, one value a line, floats in shortest round-trip form.
//!
//! ```text
//! value slope 0.9998
//! panel ""
//!   x depth log
//!   y "NTK of one input"
//!   line "infinite width"
//!     1.0 0.5
//!     2.0 1.0
//! ```

use super::npy;
use super::{Axis, Claim, Entry, Gallery, Mark, Panel, Record, Relation, Series, Table, Value};

/// Series and galleries with more numbers than this go to a file of their own.
const READABLE: usize = 1000;

/// One line, and the deeper-indented lines below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub words: Vec<String>,
    pub children: Vec<Node>,
    /// Counted from 1; 0 in a node that was not read from text.
    pub line: usize,
}

/// What is wrong with a text, and on which line.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub line: usize,
    pub text: String,
}

/// Arrays kept beside the text: file name and content.
pub type Arrays = Vec<(String, Vec<u8>)>;

impl Node {
    pub fn new<const N: usize>(words: [&str; N]) -> Node {
        Node { words: words.map(str::to_owned).to_vec(), children: Vec::new(), line: 0 }
    }

    pub fn with(mut self, children: Vec<Node>) -> Node {
        self.children = children;
        self
    }

    pub fn head(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// The word at `index`, where 0 is the head.
    pub fn word(&self, index: usize) -> Result<&str, Fault> {
        self.words
            .get(index)
            .map(String::as_str)
            .ok_or_else(|| self.fault(format!("'{}' lacks word {index}", self.head())))
    }

    pub fn number(&self, index: usize) -> Result<f64, Fault> {
        let word = self.word(index)?;
        word.parse().map_err(|_| self.fault(format!("'{word}' is not a number")))
    }

    pub fn count(&self, index: usize) -> Result<usize, Fault> {
        let word = self.word(index)?;
        word.parse().map_err(|_| self.fault(format!("'{word}' is not a count")))
    }

    pub fn child(&self, head: &str) -> Result<&Node, Fault> {
        let found = self.children.iter().find(|node| node.head() == head);
        found.ok_or_else(|| self.fault(format!("'{}' lacks its '{head}'", self.head())))
    }

    pub fn fault(&self, text: String) -> Fault {
        Fault { line: self.line, text }
    }

    fn numbers(&self) -> Result<Vec<f64>, Fault> {
        (0..self.words.len()).map(|index| self.number(index)).collect()
    }
}

/// Writes nodes as indented lines.
pub fn write(nodes: &[Node]) -> String {
    let mut out = String::new();
    write_at(nodes, 0, &mut out);
    out
}

fn write_at(nodes: &[Node], depth: usize, out: &mut String) {
    for node in nodes {
        out.extend(std::iter::repeat_n("  ", depth));
        for (index, word) in node.words.iter().enumerate() {
            if index > 0 {
                out.push(' ');
            }
            write_word(word, out);
        }
        out.push('\n');
        write_at(&node.children, depth + 1, out);
    }
}

fn write_word(word: &str, out: &mut String) {
    let plain = |c: char| c.is_alphanumeric() || "-_.+:/@^#=*,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return out.push_str(word);
    }
    out.push('"');
    for c in word.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// Reads what [`write()`] wrote.
pub fn read(text: &str) -> Result<Vec<Node>, Fault> {
    let mut open: Vec<Node> = vec![Node::new([])];
    if !text.is_empty() && !text.ends_with('\n') {
        return Err(Fault {
            line: text.lines().count(),
            text: "the last line has no end: the file was cut short".into(),
        });
    }
    for (index, full) in text.lines().enumerate() {
        let fault = |text: &str| Fault { line: index + 1, text: text.to_owned() };
        let line = full.trim_start_matches(' ');
        if line.is_empty() {
            continue;
        }
        let indent = full.len() - line.len();
        if !indent.is_multiple_of(2) || indent / 2 + 1 > open.len() {
            return Err(fault("the indentation does not follow from the line above"));
        }
        close(&mut open, indent / 2 + 1);
        open.push(Node { words: words(line).map_err(|text| fault(&text))?, children: Vec::new(), line: index + 1 });
    }
    close(&mut open, 1);
    Ok(open.remove(0).children)
}

/// Moves the last open nodes into their parents until `depth` are open.
fn close(open: &mut Vec<Node>, depth: usize) {
    while open.len() > depth {
        let node = open.pop().expect("depth is at least 1");
        open.last_mut().expect("the root stays").children.push(node);
    }
}

fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut chars = line.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c == ' ' {
            chars.next();
        } else if c == '"' {
            chars.next();
            words.push(quoted(&mut chars)?);
        } else {
            let mut word = String::new();
            while let Some(c) = chars.next_if(|&c| c != ' ') {
                word.push(c);
            }
            words.push(word);
        }
    }
    Ok(words)
}

fn quoted(chars: &mut impl Iterator<Item = char>) -> Result<String, String> {
    let mut word = String::new();
    loop {
        match chars.next().ok_or("a quotation mark is never closed")? {
            '"' => return Ok(word),
            '\\' => word.push(match chars.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(c @ ('"' | '\\')) => c,
                _ => return Err("an unknown escape after a backslash".into()),
            }),
            c => word.push(c),
        }
    }
}

/// The shortest text that reads back as the same number.
pub fn float(number: f64) -> String {
    format!("{number:?}")
}

/// The nodes of a record; long arrays are added to `arrays` under names that begin with `stem`.
pub fn nodes(record: &Record, stem: &str, arrays: &mut Arrays) -> Vec<Node> {
    nodes_to(record, &mut Files { stem, arrays, longest: READABLE })
}

/// A record as one text, with its long arrays in place.
pub fn inline(record: &Record) -> String {
    write(&nodes_to(record, &mut Files { stem: "", arrays: &mut Arrays::new(), longest: usize::MAX }))
}

/// Reads what [`inline`] wrote.
pub fn of_inline(text: &str) -> Result<Record, Fault> {
    record(&read(text)?, &|_| None)
}

/// Where arrays go that are longer than `longest`.
struct Files<'a> {
    stem: &'a str,
    arrays: &'a mut Arrays,
    longest: usize,
}

fn nodes_to(record: &Record, files: &mut Files) -> Vec<Node> {
    let mut out = Vec::new();
    out.extend(record.values.iter().map(|value| Node::new(["value", &value.name, &float(value.number)])));
    out.extend(record.panels.iter().map(|panel| panel_node(panel, files)));
    out.extend(record.galleries.iter().map(|gallery| gallery_node(gallery, files)));
    out.extend(record.tables.iter().map(table_node));
    out.extend(record.claims.iter().map(claim_node));
    out
}

fn panel_node(panel: &Panel, files: &mut Files) -> Node {
    let mut children = vec![axis_node("x", &panel.x), axis_node("y", &panel.y)];
    for series in &panel.series {
        let mut node = Node::new([series.mark.name(), &series.name]);
        let rows = series.columns.first().map_or(0, Vec::len);
        let flat: Vec<f64> = (0..rows).flat_map(|row| series.columns.iter().map(move |column| column[row])).collect();
        matrix(&mut node, rows, series.columns.len(), &flat, files);
        if node.words.len() > 2 {
            node.children = series.columns.iter().map(|column| summary(column)).collect();
        }
        children.push(node);
    }
    Node::new(["panel", &panel.title]).with(children)
}

fn axis_node(name: &str, axis: &Axis) -> Node {
    let mut node = Node::new([name, &axis.label]);
    if axis.log {
        node.words.push("log".into());
    }
    if let Some((low, high)) = axis.range {
        node.words.extend(["from".into(), float(low), "to".into(), float(high)]);
    }
    node
}

fn gallery_node(gallery: &Gallery, files: &mut Files) -> Node {
    let counts = [gallery.height, gallery.width, gallery.channels, gallery.columns].map(|n| n.to_string());
    let shape = Node::new(["shape", &counts[0], &counts[1], &counts[2], "columns", &counts[3]]);
    let range = Node::new(["range", &float(gallery.range.0), &float(gallery.range.1)]);
    let mut captions = Node::new(["captions"]);
    captions.words.extend(gallery.captions.iter().cloned());
    let mut pixels = Node::new(["pixels"]);
    let images = gallery.captions.len();
    matrix(&mut pixels, images, gallery.height * gallery.width * gallery.channels, &gallery.pixels, files);
    if pixels.words.len() > 1 {
        pixels.children.push(summary(&gallery.pixels));
    }
    Node::new(["gallery", &gallery.title]).with(vec![shape, range, captions, pixels])
}

/// Puts a matrix below a node, one row a line, or names the file that holds it.
fn matrix(node: &mut Node, rows: usize, columns: usize, flat: &[f64], files: &mut Files) {
    if flat.len() > files.longest {
        let bytes = npy::encode(rows, columns, flat);
        let name = format!("{}.{:016x}.npy", files.stem, fnv(&bytes));
        node.words.extend(["in".to_owned(), name.clone()]);
        if files.arrays.iter().all(|(known, _)| *known != name) {
            files.arrays.push((name, bytes));
        }
    } else if columns > 0 {
        let row = |row: &[f64]| Node { words: row.iter().copied().map(float).collect(), children: Vec::new(), line: 0 };
        node.children = flat.chunks(columns).map(row).collect();
    }
}

/// What a reviewer sees of an array that is kept in a file: when it changes, how far it moved.
fn summary(numbers: &[f64]) -> Node {
    let (low, high) = numbers
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| (number.min(low), number.max(high)));
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    Node::new(["count", &numbers.len().to_string(), "from", &float(low), "to", &float(high), "mean", &float(mean)])
}

/// FNV-1a: names an array by its content, so that an old and a new version never share a file.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

fn table_node(table: &Table) -> Node {
    let mut header = Node::new(["header"]);
    header.words.extend(table.header.iter().cloned());
    let rows = table.rows.iter().map(|row| {
        let mut node = Node::new(["row"]);
        for entry in row {
            match entry {
                Entry::Number(number) => node.words.extend(["number".to_owned(), float(*number)]),
                Entry::Text(text) => node.words.extend(["text".to_owned(), text.clone()]),
            }
        }
        node
    });
    Node::new(["table", &table.title]).with(std::iter::once(header).chain(rows).collect())
}

fn claim_node(claim: &Claim) -> Node {
    let number = |name: &str, number: f64| Node::new([name, &float(number)]);
    Node::new(["claim", &claim.name, claim.relation.name()]).with(vec![
        number("measured", claim.measured),
        number("predicted", claim.predicted),
        number("abs", claim.abs),
        number("rel", claim.rel),
    ])
}

/// Reads a record from its nodes; `array` finds the content of a file by name.
pub fn record(nodes: &[Node], array: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Record, Fault> {
    let mut record = Record::default();
    for node in nodes {
        match node.head() {
            "value" => record.values.push(Value { name: node.word(1)?.to_owned(), number: node.number(2)? }),
            "panel" => record.panels.push(read_panel(node, array)?),
            "gallery" => record.galleries.push(read_gallery(node, array)?),
            "table" => record.tables.push(read_table(node)?),
            "claim" => record.claims.push(read_claim(node)?),
            other => return Err(node.fault(format!("'{other}' is not a kind of result"))),
        }
    }
    Ok(record)
}

fn read_panel(node: &Node, array: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Panel, Fault> {
    let mut panel = Panel { title: node.word(1)?.to_owned(), ..Panel::default() };
    for child in &node.children {
        match child.head() {
            "x" => panel.x = read_axis(child)?,
            "y" => panel.y = read_axis(child)?,
            head => {
                let mark = Mark::ALL.into_iter().find(|mark| mark.name() == head);
                let mark = mark.ok_or_else(|| child.fault(format!("'{head}' is not a kind of series")))?;
                let width = mark.columns().len();
                let flat = read_matrix(child, 2, width, array)?;
                let column = |index| flat.iter().skip(index).step_by(width).copied().collect();
                let columns = (0..width).map(column).collect();
                panel.series.push(Series { name: child.word(1)?.to_owned(), mark, columns });
            }
        }
    }
    Ok(panel)
}

fn read_axis(node: &Node) -> Result<Axis, Fault> {
    let mut axis = Axis { label: node.word(1)?.to_owned(), ..Axis::default() };
    let mut index = 2;
    while index < node.words.len() {
        match node.word(index)? {
            "log" => axis.log = true,
            "from" => {
                axis.range = Some((node.number(index + 1)?, node.number(index + 3)?));
                index += 3;
            }
            other => return Err(node.fault(format!("an axis has no '{other}'"))),
        }
        index += 1;
    }
    Ok(axis)
}

fn read_gallery(node: &Node, array: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Gallery, Fault> {
    let (shape, range, captions) = (node.child("shape")?, node.child("range")?, node.child("captions")?);
    let (height, width, channels) = (shape.count(1)?, shape.count(2)?, shape.count(3)?);
    let size = [height, width, channels].into_iter().try_fold(1usize, usize::checked_mul);
    let size = size.ok_or_else(|| shape.fault("the shape is too large".into()))?;
    let pixels = read_matrix(node.child("pixels")?, 1, size, array)?;
    let captions = captions.words[1..].to_vec();
    if size.checked_mul(captions.len()) != Some(pixels.len()) {
        return Err(node.fault("the number of pixels does not fit the number of captions".into()));
    }
    let range = (range.number(1)?, range.number(2)?);
    let columns = shape.count(5)?;
    Ok(Gallery { title: node.word(1)?.to_owned(), height, width, channels, columns, range, captions, pixels })
}

fn read_matrix(
    node: &Node,
    at: usize,
    columns: usize,
    array: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Vec<f64>, Fault> {
    if node.words.get(at).is_some_and(|word| word == "in") {
        let name = node.word(at + 1)?;
        let bytes = array(name).ok_or_else(|| node.fault(format!("the file '{name}' is missing")))?;
        if !name.ends_with(&format!(".{:016x}.npy", fnv(&bytes))) {
            return Err(node.fault(format!(
                "the content of '{name}' is not what its name promises: it was changed by hand or damaged"
            )));
        }
        let (_, found, numbers) = npy::decode(&bytes).map_err(|text| node.fault(format!("'{name}': {text}")))?;
        return if found == columns {
            Ok(numbers)
        } else {
            Err(node.fault(format!("'{name}' has {found} columns, not {columns}")))
        };
    }
    let mut flat = Vec::new();
    for row in &node.children {
        let numbers = row.numbers()?;
        if numbers.len() != columns {
            return Err(row.fault(format!("this line has {} numbers, not {columns}", numbers.len())));
        }
        flat.extend(numbers);
    }
    Ok(flat)
}

fn read_table(node: &Node) -> Result<Table, Fault> {
    let header = node.child("header")?.words[1..].to_vec();
    let mut rows = Vec::new();
    for row in node.children.iter().filter(|child| child.head() == "row") {
        let mut entries = Vec::new();
        for index in (1..row.words.len()).step_by(2) {
            entries.push(match row.word(index)? {
                "number" => Entry::Number(row.number(index + 1)?),
                "text" => Entry::Text(row.word(index + 1)?.to_owned()),
                other => return Err(row.fault(format!("'{other}' is neither 'number' nor 'text'"))),
            });
        }
        rows.push(entries);
    }
    Ok(Table { title: node.word(1)?.to_owned(), header, rows })
}

fn read_claim(node: &Node) -> Result<Claim, Fault> {
    let name = node.word(2)?;
    let relation = Relation::ALL.into_iter().find(|relation| relation.name() == name);
    let relation = relation.ok_or_else(|| node.fault(format!("'{name}' is not a kind of claim")))?;
    let number = |head: &str| node.child(head)?.number(1);
    let (measured, predicted) = (number("measured")?, number("predicted")?);
    Ok(Claim {
        name: node.word(1)?.to_owned(),
        relation,
        measured,
        predicted,
        abs: number("abs")?,
        rel: number("rel")?,
    })
}
