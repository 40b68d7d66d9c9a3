//! Every mistake, in the words that an author reads.

mod blocks;
mod cells;
mod cited;
mod notes;
mod outside;
mod places;
mod questions;
mod readers;
mod unsafe_html;
pub mod verdicts;

use super::mistake::{Code, Mistake, Mistakes, Note, Severity, Span};

impl Mistakes {
    pub(crate) fn error(&mut self, code: Code, span: Span, text: String, help: Option<String>) {
        self.push(Mistake { code, severity: Severity::Error, span, text, notes: Vec::new(), help });
    }

    pub(crate) fn warning(&mut self, code: Code, span: Span, text: String, help: Option<String>) {
        self.push(Mistake { code, severity: Severity::Warning, span, text, notes: Vec::new(), help });
    }

    pub(crate) fn error_with_note(
        &mut self,
        code: Code,
        span: Span,
        text: String,
        note: (Span, &str),
        help: Option<String>,
    ) {
        let notes = vec![Note { span: Some(note.0), text: note.1.to_owned() }];
        self.push(Mistake { code, severity: Severity::Error, span, text, notes, help });
    }

    // Pages and front matter.

    pub fn empty_content(&mut self, folder: &str) {
        let help = format!("write a first page, say `{folder}/index.md`, that begins with a title: `# My guide`");
        let text = format!("there is no page: the folder `{folder}` holds no file that ends in `.md`");
        self.error(Code::EmptyContent, Span::top(folder), text, Some(help));
    }

    pub fn not_utf8(&mut self, span: Span) {
        let help = "save the file as UTF-8; the mark shows the last place that could be read";
        self.error(Code::NotUtf8, span, "this file is not UTF-8 text".into(), Some(help.into()));
    }

    pub fn open_front_matter(&mut self, span: Span) {
        let help = "end the front matter with a line that holds only `---`";
        self.error(
            Code::BadFrontMatter,
            span,
            "the front matter that begins here is never closed".into(),
            Some(help.into()),
        );
    }

    pub fn bad_front_matter(&mut self, span: Span, yaml: &str) {
        let help =
            "front matter is YAML: `key: value` lines; put quotes around a text that holds `: ` or begins with a sign";
        self.error(Code::BadFrontMatter, span, format!("the front matter cannot be read: {yaml}"), Some(help.into()));
    }

    pub fn no_front_matter(&mut self, span: Span, title: &str) {
        let help = format!("begin the file with\n---\ntitle: \"{title}\"\n---");
        let text = format!("this page has no front matter; it is called '{title}' for now");
        self.warning(Code::BadFrontMatter, span, text, Some(help));
    }

    pub fn missing_title(&mut self, span: Span) {
        let help = "add `title: ...` to its front matter";
        self.error(Code::MissingTitle, span, "this page has no title".into(), Some(help.into()));
    }

    pub fn bad_config(&mut self, span: Span, yaml: &str) {
        let help = "it is YAML: `key: value` lines; put quotes around a text that holds `: ` or begins with a sign";
        self.error(Code::BadConfig, span, format!("this file cannot be read: {yaml}"), Some(help.into()));
    }

    pub fn unknown_key(&mut self, span: Span, key: &str, near: Option<&str>) {
        let help = near.map(|near| format!("did you mean `{near}`?"));
        self.error(Code::UnknownKey, span, format!("there is no key `{key}`"), help);
    }

    pub fn bad_value(&mut self, span: Span, key: &str, expected: &str) {
        self.error(Code::BadValue, span, format!("`{key}` should be {expected}"), None);
    }

    pub fn duplicate_url(&mut self, span: Span, path: &str, first: &str) {
        let help = format!("rename one of the two files; the other is '{first}'");
        self.error(Code::DuplicateUrl, span, format!("two pages would be written to '/{path}'"), Some(help));
    }

    // Text.

    pub fn unclosed(&mut self, span: Span, fence: &str) {
        let help = match fence {
            "$$" => "end the formula with `$$` at the end of a line",
            _ => "end the block with a line that holds only `:::`",
        };
        self.error(
            Code::Unclosed,
            span,
            format!("the block that `{fence}` opens here is never closed"),
            Some(help.into()),
        );
    }

    pub fn too_deep(&mut self, span: Span, deepest: usize) {
        let text = format!("more than {deepest} elements stand inside one another here");
        self.error(Code::TooDeep, span, text, Some("look for a line with many `>` or list marks".into()));
    }

    pub fn not_drawn(&mut self, span: Span, label: &str, problem: &str) {
        let text = format!("the figure `{label}` is not drawn as it was shown: {problem}");
        self.warning(Code::BadResult, span, text, None);
    }

    pub fn output_twice(&mut self, path: &str, file: &str) {
        let help = "rename the file, or the label of the cell whose figure is written there";
        let text = format!("'{path}' would be written twice: the site itself writes it");
        self.error(Code::DuplicateUrl, Span::top(file), text, Some(help.into()));
    }

    pub fn id_twice(&mut self, page: &str, id: &str) {
        let help = "give the heading another id, `## Title {#other}`, or change the label or the raw HTML";
        let text = format!("the finished page '{page}' has the id `{id}` twice");
        self.error(Code::DuplicateLabel, Span::top(page), text, Some(help.into()));
    }

    pub fn needless_close(&mut self, span: Span) {
        self.error(Code::Unclosed, span, "there is no open block that this `:::` could close".into(), None);
    }

    pub fn bad_div(&mut self, span: Span) {
        let help = "write it as `::: {.question #q-name status=open topic=\"two words\"}`";
        self.error(Code::BadValue, span, "the attributes of this block cannot be read".into(), Some(help.into()));
    }

    pub fn misplaced_sample(&mut self, span: Span) {
        let text = "a sample stands at the margin of its file, in no list and no quotation".into();
        self.error(Code::MisplacedSample, span, text, Some("end the list or the quotation before it".into()));
    }

    pub fn incomplete_question(&mut self, span: Span) {
        let help = "write `::: {.question #q-name}`, then the question as a paragraph of its own, then what is known, then `:::`";
        let text = "a question needs a label that begins with `q-`, and the question itself".into();
        self.error(Code::BadValue, span, text, Some(help.into()));
    }

    pub fn bad_equation_label(&mut self, span: Span, label: &str) {
        let text = format!("this formula has the label `{label}`, which nothing can cite");
        self.error(Code::BadFormula, span, text, Some(format!("begin it with `eq-`: \\label{{eq-{label}}}")));
    }

    pub fn bad_formula(&mut self, span: Span, text: &str, near: Option<&str>) {
        let help = near.map(|near| format!("did you mean `{near}`?"));
        self.error(Code::BadFormula, span, format!("this formula cannot be typeset: {text}"), help);
    }

    // Labels, holes and links.

    pub fn duplicate_label(&mut self, span: Span, label: &str, first: Span) {
        let text = format!("the label `{label}` is given twice");
        self.error_with_note(Code::DuplicateLabel, span, text, (first, "first given here"), None);
    }

    pub fn unfilled_hole(&mut self, span: Span, name: &str, near: Option<&str>) {
        let help = match near {
            Some(near) => format!("did you mean `{{{{{near}}}}}`?"),
            None => format!("give it a value in `theoria.yaml`:\nvariables:\n  {name}: ..."),
        };
        self.error(Code::UnfilledHole, span, format!("nothing is known of `{{{{{name}}}}}`"), Some(help));
    }

    pub fn unreadable_hole(&mut self, span: Span, hole: &str) {
        let help = "write `{{NAME}}` for a variable, `{{cell.value}}` or `{{cell.value:.3}}` for a number; what should be shown as it is belongs into `code`";
        self.error(Code::UnfilledHole, span, format!("`{hole}` is no hole that can be filled"), Some(help.into()));
    }

    pub fn hole_without_cell(&mut self, span: Span, cell: &str, near: Option<&str>) {
        let help = near.map(|near| format!("did you mean `{near}`?"));
        self.error(Code::MissingCell, span, format!("there is no cell `{cell}`"), help);
    }

    pub fn missing_value(&mut self, span: Span, cell: &str, value: &str, shown: &[&str]) {
        let help = match shown {
            [] => format!("the cell shows no value; let it say `show.value(\"{value}\", ...)`"),
            _ => format!("it shows {}", shown.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        };
        self.error(Code::MissingValue, span, format!("the cell `{cell}` does not show a value `{value}`"), Some(help));
    }

    pub fn bad_hole_format(&mut self, span: Span, format: &str) {
        let help = "use `.3` (decimals), `.3e` (powers of ten), `.1%` (per cent) or `.4g` (significant digits)";
        self.error(Code::UnfilledHole, span, format!("`{format}` is not a way to write a number"), Some(help.into()));
    }

    pub fn dead_link(&mut self, span: Span, to: &str, near: Option<&str>) {
        let help = near.map(|near| format!("did you mean `{near}`?"));
        self.error(Code::DeadLink, span, format!("the link to '{to}' leads nowhere"), help);
    }

    pub fn dead_anchor(&mut self, span: Span, anchor: &str, near: Option<&str>) {
        let help = near.map(|near| format!("did you mean `#{near}`?"));
        self.error(Code::DeadLink, span, format!("there is no place `#{anchor}` on that page"), help);
    }

    pub fn dead_output_link(&mut self, page: &str, to: &str) {
        let text = match page.ends_with(".html") {
            true => format!("the finished page '{page}' links to '{to}', which leads nowhere"),
            false => format!("'{page}' asks for '{to}', which leads nowhere"),
        };
        let help = "the address comes from a template, a stylesheet or raw HTML";
        self.error(Code::DeadLink, Span::top(page), text, Some(help.into()));
    }

    // Cells and their records.

    pub fn bad_cell_options(&mut self, span: Span, yaml: &str) {
        let help = "options are YAML on the first lines of the cell: `//| label: fig-name`";
        self.error(
            Code::BadCellOption,
            span,
            format!("the options of this cell cannot be read: {yaml}"),
            Some(help.into()),
        );
    }

    pub fn nearly_a_cell(&mut self, span: Span, info: &str) {
        let text = format!("this block is marked `{info}`, and would be shown as code but not run");
        self.error(Code::BadCellOption, span, text, Some("mark a cell as ```rust cell".into()));
    }

    pub fn cell_without_label(&mut self, span: Span) {
        let help = "begin it with `//| label: fig-name` if it draws a figure, else with any name";
        self.error(Code::IncompleteCell, span, "this cell has no label".into(), Some(help.into()));
    }

    pub fn figure_without(&mut self, span: Span, label: &str, lacks: &str) {
        let help = match lacks {
            "caption" => "add `//| caption: ...`: one sentence that says what to see",
            "alt" => "add `//| alt: ...`: what someone who cannot see the figure should know of it",
            _ => "let its label begin with `fig-`, so that pages can cite it",
        };
        let text = format!("the cell `{label}` draws a figure but has no {lacks}");
        self.error(Code::IncompleteCell, span, text, Some(help.into()));
    }

    pub fn missing_cell(&mut self, span: Span, name: &str, near: Option<&str>) {
        let help = near.map(|near| format!("did you mean `{near}`?"));
        self.error(Code::MissingCell, span, format!("there is no cell `{name}` to come after"), help);
    }

    pub fn circular_cells(&mut self, span: Span, circle: &[&str]) {
        let text = format!("these cells come after one another in a circle: {}", circle.join(", "));
        self.error(
            Code::CircularCells,
            span,
            text,
            Some("a cell may only come after one that does not need it".into()),
        );
    }

    pub fn missing_data(&mut self, span: Span, path: &str) {
        let help = "paths are relative to the page, or to the site's folder if they begin with `/`";
        self.error(Code::MissingData, span, format!("the data file '{path}' does not exist"), Some(help.into()));
    }

    pub fn other_data(&mut self, span: Span, path: &str, wanted: &str, found: &str) {
        let text = format!(
            "the data file '{path}' is not the one that is declared: its digest begins with {found}, not {wanted}"
        );
        let help = "fetch the file again; if it was changed on purpose, declare its new digest";
        self.error(Code::OtherData, span, text, Some(help.into()));
    }

    pub fn absent_data(&mut self, span: Span, path: &str) {
        let text = format!("the data file '{path}' is not here: the record that was made with it is used unchecked");
        self.warning(Code::MissingData, span, text, None);
    }

    pub fn stale_record(&mut self, span: Span, label: &str, why: &[String]) {
        let text = format!("the record of the cell `{label}` is out of date: {}", why.join("; "));
        let help = "run `theoria build` without `--frozen`, look at the change, and commit it";
        self.error(Code::StaleRecord, span, text, Some(help.into()));
    }

    pub fn orphan_record(&mut self, path: &str) {
        let help = "its cell is gone or has another label; delete the file if you do not need it any more";
        self.warning(Code::OrphanRecord, Span::top(path), "no cell asks for this record".into(), Some(help.into()));
    }

    pub fn bad_ledger(&mut self, span: Span, text: &str) {
        let help =
            "records are written by `theoria build`; delete this one to have it computed anew, or restore it from git";
        self.error(Code::BadLedger, span, format!("this record cannot be read: {text}"), Some(help.into()));
    }

    pub fn claim_broken(&mut self, span: Span, name: &str, measured: &str, predicted: &str, allowed: &str) {
        let text =
            format!("the claim '{name}' does not hold: measured {measured}, predicted {predicted}, allowed {allowed}");
        let help = "either the theory or the measurement is wrong, or the tolerance is smaller than the measurement's own error";
        self.error(Code::ClaimBroken, span, text, Some(help.into()));
    }

    // Templates and allowances.

    pub fn bad_template(&mut self, span: Span, text: &str, help: Option<String>) {
        self.error(Code::BadTemplate, span, text.to_owned(), help);
    }

    pub fn needless_allowance(&mut self, span: Span, code: Code, page: &str) {
        let text = format!("nothing on '{page}' needs the allowance of `{code}` any more");
        self.error(Code::NeedlessAllowance, span, text, Some("delete the entry".into()));
    }
}
