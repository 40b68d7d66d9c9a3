//! What the machine can get wrong: a path and an error, or a program that is missing.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Ends a run with exit code 2.
#[derive(Debug)]
pub enum Failure {
    /// Something about a file or folder: what was tried, where, and the system's answer.
    File { doing: &'static str, path: PathBuf, error: io::Error },
    /// A program that could not be started, or did not do its work.
    Program { name: String, text: String },
    /// What was asked for cannot be done, for a reason that whoever asked can change.
    Refused(String),
}

impl Failure {
    /// For `map_err`: an I/O error at a path.
    pub fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Failure {
        let path = path.to_owned();
        move |error| Failure::File { doing, path, error }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::File { doing, path, error } => write!(f, "cannot {doing} '{}': {error}", path.display()),
            Failure::Program { name, text } => write!(f, "{name}: {text}"),
            Failure::Refused(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Failure {}
