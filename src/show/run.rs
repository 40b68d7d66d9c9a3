//! The program that runs one cell in a process of its own and leaves its outcome in a folder.

use std::backtrace::Backtrace;
use std::collections::BTreeMap;
use std::error::Error;
use std::panic::{self, AssertUnwindSafe, Location, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::Show;
use crate::record::outcome::{Column, Ending, FILE, Outcome, Place};
use crate::theory::parallel::set_threads;

/// Bytes of stack for a cell; more is almost surely a recursion without end.
const STACK: usize = 64 << 20;

/// A cell, compiled.
pub struct Cell {
    pub label: &'static str,
    pub run: fn(&mut Show) -> Result<(), Stop>,
}

/// An error that ends a cell, and the `?` that returned it.
pub struct Stop {
    place: Place,
    error: Box<dyn Error>,
}

impl<E: Into<Box<dyn Error>>> From<E> for Stop {
    #[track_caller]
    fn from(error: E) -> Stop {
        Stop { place: Place::new(Location::caller()), error: error.into() }
    }
}

impl Stop {
    /// The error and what caused it, in one sentence.
    fn ending(self) -> Ending {
        let mut text = self.error.to_string();
        let mut cause = self.error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Ending::Failed { place: Some(self.place), text }
    }
}

/// The environment variable that says how many threads a cell may use.
const THREADS: &str = "THEORIA_THREADS";

/// Entry of the generated program: `LABEL FOLDER [DATA-NAME DATA-PATH]...`.
pub fn main(cells: &[Cell]) {
    if let Some(threads) = std::env::var(THREADS).ok().and_then(|threads| threads.parse().ok()) {
        set_threads(threads);
    }
    let mut words = std::env::args().skip(1);
    let (Some(label), Some(folder)) = (words.next(), words.next()) else {
        eprintln!("usage: LABEL FOLDER [NAME PATH]...");
        std::process::exit(2);
    };
    let Some(cell) = cells.iter().find(|cell| cell.label == label) else {
        eprintln!("this program has no cell '{label}'");
        std::process::exit(2);
    };
    let mut data = BTreeMap::new();
    while let (Some(name), Some(path)) = (words.next(), words.next()) {
        data.insert(name, PathBuf::from(path));
    }
    if let Err(error) = leave(&run_with_stack(cell, data), Path::new(&folder)) {
        eprintln!("cannot write the outcome into '{folder}': {error}");
        std::process::exit(2);
    }
}

/// Runs a cell with as much stack on one machine as on another.
fn run_with_stack(cell: &Cell, data: BTreeMap<String, PathBuf>) -> Outcome {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("cell".into()).stack_size(STACK);
        let thread = thread.spawn_scoped(scope, || run(cell, data)).expect("the system starts one thread");
        thread.join().expect("a cell's panics are caught")
    })
}

fn run(cell: &Cell, data: BTreeMap<String, PathBuf>) -> Outcome {
    let panicked: Arc<Mutex<Option<Ending>>> = Arc::default();
    let seen = Arc::clone(&panicked);
    panic::set_hook(Box::new(move |info| {
        // The first panic is the cause; what follows while unwinding or in joining threads is its echo.
        seen.lock().unwrap_or_else(|poison| poison.into_inner()).get_or_insert_with(|| describe(info));
    }));
    let mut show = Show::with(data);
    let result = panic::catch_unwind(AssertUnwindSafe(|| (cell.run)(&mut show)));
    let ending = match result {
        Ok(Ok(())) => Ending::Finished,
        Ok(Err(stop)) => stop.ending(),
        Err(_) => {
            let ending = panicked.lock().unwrap_or_else(|poison| poison.into_inner()).take();
            ending.unwrap_or(Ending::Panicked { place: None, text: "it panicked without a message".into() })
        }
    };
    let (record, complaints) = show.into_parts();
    Outcome { record, complaints, ending }
}

fn describe(info: &PanicHookInfo) -> Ending {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    let place = info
        .location()
        .map(Place::new)
        .filter(|place| place.file.ends_with(".md"))
        .or_else(|| frame_in_page(&Backtrace::force_capture().to_string()));
    Ending::Panicked { place, text: text.unwrap_or_else(|| "it panicked".into()) }
}

/// The innermost frame of a backtrace that lies in a page: the line of the cell that called into a library.
fn frame_in_page(backtrace: &str) -> Option<Place> {
    backtrace.lines().find_map(|line| {
        let (path, numbers) = line.trim().strip_prefix("at ")?.rsplit_once(".md:")?;
        let (line, column) = numbers.split_once(':').unwrap_or((numbers, ""));
        let line = line.parse().ok().filter(|line| *line > 0)?;
        let column = column.parse().map_or(Column::Unknown, Column::Byte);
        Some(Place { file: format!("{}.md", path.trim_start_matches("./")), line, column })
    })
}

/// Writes the outcome last and by renaming, so that what is found is whole.
fn leave(outcome: &Outcome, folder: &Path) -> std::io::Result<()> {
    let (text, arrays) = outcome.write();
    for (name, bytes) in arrays {
        std::fs::write(folder.join(name), bytes)?;
    }
    let unfinished = folder.join("unfinished");
    std::fs::write(&unfinished, text)?;
    std::fs::rename(unfinished, folder.join(FILE))
}
