//! How one run of a cell ended: what the cell's process writes and the builder reads.

use super::Record;
use super::text::{self, Arrays, Fault, Node};

/// The name of the file in which a cell's process leaves its outcome.
pub const FILE: &str = "outcome";

#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub record: Record,
    pub complaints: Vec<Complaint>,
    pub ending: Ending,
}

/// Something shown that cannot be recorded, and the line that showed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Complaint {
    pub place: Place,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    Finished,
    /// The cell returned an error, by `?` at this place.
    Failed {
        place: Option<Place>,
        text: String,
    },
    Panicked {
        place: Option<Place>,
        text: String,
    },
}

/// A place in a source file as the compiler names it; lines count from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub file: String,
    pub line: usize,
    pub column: Column,
}

/// A place in a line, counted from 1: the compiler counts characters, but bytes in what it writes for debuggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Character(usize),
    Byte(usize),
    /// Somewhere in the line: the optimiser has merged several places into one.
    Unknown,
}

impl Place {
    pub fn new(at: &std::panic::Location) -> Place {
        Place { file: at.file().to_owned(), line: at.line() as usize, column: Column::Character(at.column() as usize) }
    }

    fn words(&self) -> [String; 3] {
        let column = match self.column {
            Column::Character(column) => format!("character={column}"),
            Column::Byte(column) => format!("byte={column}"),
            Column::Unknown => "unknown".into(),
        };
        [self.file.clone(), self.line.to_string(), column]
    }

    fn read(node: &Node, at: usize) -> Result<Place, Fault> {
        let word = node.word(at + 2)?;
        let (kind, count) = word.split_once('=').unwrap_or((word, "0"));
        let column = match (kind, count.parse()) {
            ("character", Ok(column)) => Column::Character(column),
            ("byte", Ok(column)) => Column::Byte(column),
            ("unknown", _) => Column::Unknown,
            _ => return Err(node.fault(format!("'{word}' is not a column"))),
        };
        Ok(Place { file: node.word(at)?.to_owned(), line: node.count(at + 1)?, column })
    }
}

impl Outcome {
    /// The outcome as text, and the arrays that go to files beside it.
    pub fn write(&self) -> (String, Arrays) {
        let mut arrays = Arrays::new();
        let record = Node::new(["record"]).with(text::nodes(&self.record, "array", &mut arrays));
        let complaints = self.complaints.iter().map(|complaint| {
            let mut node = Node::new(["complaint", &complaint.text]);
            node.words.extend(complaint.place.words());
            node
        });
        let placed = |head, text: &str, place: &Option<Place>| {
            let mut node = Node::new([head, text]);
            node.words.extend(place.iter().flat_map(Place::words));
            node
        };
        let ending = match &self.ending {
            Ending::Finished => Node::new(["finished"]),
            Ending::Failed { place, text } => placed("failed", text, place),
            Ending::Panicked { place, text } => placed("panicked", text, place),
        };
        let nodes: Vec<Node> = std::iter::once(record).chain(complaints).chain([ending]).collect();
        (text::write(&nodes), arrays)
    }

    /// Reads what [`Outcome::write`] wrote.
    pub fn read(source: &str, array: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Outcome, Fault> {
        let missing = || Fault { line: 0, text: "the outcome is not whole".into() };
        let (mut record, mut complaints, mut ending) = (None, Vec::new(), None);
        for node in &text::read(source)? {
            match node.head() {
                "record" => record = Some(text::record(&node.children, array)?),
                "complaint" => {
                    complaints.push(Complaint { text: node.word(1)?.to_owned(), place: Place::read(node, 2)? })
                }
                "finished" => ending = Some(Ending::Finished),
                head @ ("failed" | "panicked") => {
                    let place = if node.words.len() > 2 { Some(Place::read(node, 2)?) } else { None };
                    let text = node.word(1)?.to_owned();
                    let failed = head == "failed";
                    ending =
                        Some(if failed { Ending::Failed { place, text } } else { Ending::Panicked { place, text } });
                }
                other => return Err(node.fault(format!("'{other}' is not part of an outcome"))),
            }
        }
        Ok(Outcome { record: record.ok_or_else(missing)?, complaints, ending: ending.ok_or_else(missing)? })
    }
}
