//! JUnit XML, which nearly every system that runs checks can read: a suite for each page, a test for each cell.

use std::fmt::Write;

use super::words::{Owners, details, headline, whole};
use crate::guide::escape::escape;
use crate::guide::number::count;
use crate::guide::verdict::{Report, Status, Told, Verdict};

/// A report as JUnit XML. Cells that were not looked at count as skipped tests, never as passed ones.
pub fn junit(report: &Report) -> String {
    let owners = Owners::new(report);
    let mut pages: Vec<&str> = Vec::new();
    for cell in &report.cells {
        if !pages.contains(&cell.file.as_str()) {
            pages.push(&cell.file);
        }
    }
    let mut suites: Vec<Suite> = pages.into_iter().map(Suite::new).collect();
    for (cell, mistakes) in report.cells.iter().zip(&owners.of_cells) {
        if let Some(suite) = suites.iter_mut().find(|suite| suite.name == cell.file) {
            suite.cell(cell, mistakes);
        }
    }
    if !owners.of_site.is_empty() {
        let mut suite = Suite::new("site");
        owners.of_site.iter().for_each(|told| suite.mistake(told));
        suites.push(suite);
    }
    let sum = |part: fn(&Suite) -> usize| suites.iter().map(part).sum::<usize>();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3}\">",
        attribute(&report.site),
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
        sum(|suite| suite.skipped),
        report.seconds
    );
    suites.iter().for_each(|suite| suite.write(&mut out));
    out + "</testsuites>\n"
}

#[derive(Default)]
struct Suite<'a> {
    name: &'a str,
    tests: usize,
    failures: usize,
    skipped: usize,
    seconds: f64,
    body: String,
    /// Warnings, which are no tests.
    printed: String,
}

impl<'a> Suite<'a> {
    fn new(name: &'a str) -> Suite<'a> {
        Suite { name, ..Suite::default() }
    }

    fn cell(&mut self, cell: &Verdict, mistakes: &[&Told]) {
        let seconds = cell.seconds.unwrap_or(0.0);
        self.tests += 1;
        self.seconds += seconds;
        let _ = write!(
            self.body,
            "    <testcase classname=\"{}\" name=\"{}\" time=\"{seconds:.3}\" file=\"{}\" line=\"{}\"",
            attribute(class(&cell.file)),
            attribute(&cell.label),
            attribute(&cell.file),
            cell.line
        );
        let headline = attribute(&headline(cell));
        match cell.status {
            status if status.is_bad() => {
                self.failures += 1;
                let text = format!("{}:{}\n{}", cell.file, cell.line, details(cell, mistakes));
                self.failure(status.name(), &headline, &text);
            }
            Status::Skipped | Status::Unchanged => {
                self.skipped += 1;
                let _ = writeln!(
                    self.body,
                    ">\n      <skipped message=\"{}: {headline}\"/>\n    </testcase>",
                    cell.status.name()
                );
            }
            _ => {
                let text = escape(&format!("{headline}; {} compared", count(cell.numbers, "number")));
                let _ = writeln!(self.body, ">\n      <system-out>{text}</system-out>\n    </testcase>");
            }
        }
    }

    /// A mistake of the site: an error is a test that fails.
    fn mistake(&mut self, told: &Told) {
        let place = format!("{}:{}:{}", told.file, told.line, told.column);
        let text = format!("{place}\n{}", whole(told));
        if told.severity != "error" {
            self.printed += &escape(&format!("{}[{}] {text}\n\n", told.severity, told.code));
            return;
        }
        self.tests += 1;
        self.failures += 1;
        let _ = write!(
            self.body,
            "    <testcase classname=\"{}\" name=\"{}\" time=\"0.000\" file=\"{}\" line=\"{}\"",
            attribute(class(&told.file)),
            attribute(&format!("{} at {place}", told.code)),
            attribute(&told.file),
            told.line
        );
        self.failure(&told.code, &attribute(&told.text), &text);
    }

    /// What is wrong with the test case now open, and its end.
    fn failure(&mut self, kind: &str, headline: &str, text: &str) {
        let _ = writeln!(
            self.body,
            ">\n      <failure type=\"{}\" message=\"{headline}\">{}</failure>\n    </testcase>",
            attribute(kind),
            escape(text)
        );
    }

    fn write(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3}\">",
            attribute(self.name),
            self.tests,
            self.failures,
            self.skipped,
            self.seconds
        );
        out.push_str(&self.body);
        if !self.printed.is_empty() {
            let _ = writeln!(out, "    <system-out>{}</system-out>", self.printed.trim_end());
        }
        out.push_str("  </testsuite>\n");
    }
}

/// The page without the ending of its file: what follows a dot would be taken for the name of a class.
fn class(file: &str) -> &str {
    file.strip_suffix(".md").unwrap_or(file)
}

/// Text in an attribute, where XML would turn line ends into spaces.
fn attribute(text: &str) -> String {
    escape(text).replace('\n', "&#10;").replace('\t', "&#9;")
}
