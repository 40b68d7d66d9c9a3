//! What can go wrong when a cell is compiled and run.

use std::time::Duration;

use crate::guide::mistake::{Code, Mistake, Mistakes, Note, Severity, Span};

impl Mistakes {
    /// The compiler's own words, at the place in the page.
    pub fn cell_does_not_compile(&mut self, span: Span, text: &str, notes: Vec<Note>, help: Option<String>) {
        self.cell(Code::CellDoesNotCompile, span, text.to_owned(), notes, help);
    }

    /// Found before compiling: an open bracket would swallow the cells below.
    pub fn cell_is_not_closed(&mut self, span: Span, text: &str) {
        let help = "each cell stands alone: what it opens it must close".to_owned();
        self.cell(Code::CellDoesNotCompile, span, text.to_owned(), Vec::new(), Some(help));
    }

    pub fn cell_panicked(&mut self, span: Span, message: &str, printed: &str) {
        self.cell(Code::CellPanicked, span, format!("this cell panicked: {message}"), said(printed), None);
    }

    pub fn cell_returned_an_error(&mut self, span: Span, message: &str, printed: &str) {
        self.cell(Code::CellPanicked, span, format!("this cell returned an error: {message}"), said(printed), None);
    }

    pub fn cell_timed_out(&mut self, span: Span, limit: Duration, printed: &str) {
        let text = format!("this cell was stopped after {}, its time limit", seconds(limit));
        let longer = (limit * 2).as_secs().max(1);
        let help = format!(
            "if it cannot do with less, allow it more by the option `//| time_limit: {longer}` (in seconds); \
             if it never ends, look for a loop"
        );
        self.cell(Code::CellTimedOut, span, text, said(printed), Some(help));
    }

    pub fn cell_printed_too_much(&mut self, span: Span, limit: usize, printed: &str) {
        let text = format!("this cell was stopped when it had printed {} MiB", limit >> 20);
        let help = "what a cell prints is not kept: show results by `show.value`, `show.line` and the like".to_owned();
        self.cell(Code::CellTooLoud, span, text, said(printed), Some(help));
    }

    pub fn cell_showed_too_much(&mut self, span: Span, limit: u64, printed: &str) {
        let text = format!("this cell showed or wrote more than {} MiB", limit >> 20);
        let help = "a reader downloads what a cell shows: thin the series out, or show fewer images".to_owned();
        self.cell(Code::CellTooLoud, span, text, said(printed), Some(help));
    }

    /// `how` completes "this cell's process ...".
    pub fn cell_crashed(&mut self, span: Span, how: &str, help: Option<&str>, printed: &str) {
        let text = format!("this cell's process {how}");
        self.cell(Code::CellCrashed, span, text, said(printed), help.map(str::to_owned));
    }

    pub fn bad_result(&mut self, span: Span, complaint: &str) {
        let help = "nothing of this cell is kept until all that it shows can be recorded".to_owned();
        self.cell(Code::BadResult, span, complaint.to_owned(), Vec::new(), Some(help));
    }

    fn cell(&mut self, code: Code, span: Span, text: String, notes: Vec<Note>, help: Option<String>) {
        self.push(Mistake { code, severity: Severity::Error, span, text, notes, help });
    }
}

/// What the cell printed, as a note.
fn said(printed: &str) -> Vec<Note> {
    if printed.is_empty() {
        return Vec::new();
    }
    vec![Note { span: None, text: format!("it printed:\n{printed}") }]
}

/// "1 second", "2.5 seconds".
fn seconds(limit: Duration) -> String {
    let seconds = limit.as_secs_f64();
    format!("{seconds} {}", if seconds == 1.0 { "second" } else { "seconds" })
}
