//! From blocks back to Markdown: the text of a page for programs that read, with all that the site knows filled in.

mod cite;
mod div;
mod inline;
mod notes;
mod result;

use std::collections::BTreeMap;

use super::address::{encode, question_path, root_of};
use super::block::{Align, Block, Inline, Item, Question};
use super::book::Lens;
use super::model::Page;
use super::sections::numbers;
use inline::in_cell;

/// Writes parts of one page as Markdown that needs nothing of Theoria's.
pub struct Twin<'b> {
    lens: &'b Lens<'b>,
    page: &'b Page,
    /// Where the site is: its address, or the way to its root where that is not known.
    base: String,
    /// Notes in the order of their first reference.
    notes: Vec<notes::Noted<'b>>,
    /// The numbers of sections by their ids.
    sections: BTreeMap<&'b str, String>,
}

impl<'b> Twin<'b> {
    /// For parts of `page` that will be read at `address`.
    pub fn new(lens: &'b Lens<'b>, page: &'b Page, address: &str) -> Twin<'b> {
        let url = &lens.config().url;
        let base = if url.is_empty() { root_of(address) } else { format!("{url}/") };
        Twin { lens, page, base, notes: Vec::new(), sections: BTreeMap::new() }
    }

    /// The whole text of the page, without its title, with its footnotes.
    pub fn body(&mut self) -> String {
        let page = self.page;
        self.sections = numbers(page);
        let body = self.blocks(&page.text.blocks);
        body + &self.footnotes() + &self.works()
    }

    /// Blocks with an empty line between them, and an end of line.
    pub fn blocks(&mut self, blocks: &'b [Block]) -> String {
        let written: Vec<String> = blocks.iter().map(|block| self.block(block)).collect();
        let written: Vec<&str> =
            written.iter().map(|block| block.trim_end()).filter(|block| !block.is_empty()).collect();
        if written.is_empty() { String::new() } else { written.join("\n\n") + "\n" }
    }

    fn block(&mut self, block: &'b Block) -> String {
        match block {
            Block::Heading { level, id, inlines, .. } => {
                let number = self.sections.get(id.as_str()).map_or(String::new(), |number| format!("{number} "));
                format!("{} {number}{}", "#".repeat(usize::from((*level).clamp(2, 6))), self.line(inlines))
            }
            Block::Paragraph(inlines) | Block::Plain(inlines) => self.paragraph(inlines),
            Block::Code { language, text } => fenced(language, text),
            Block::Sample { text, blocks } => format!("{}\n\n{}", fenced("markdown", text), self.blocks(blocks)),
            Block::Cell(index) => {
                let page = self.page;
                self.cell(&page.text.cells[*index])
            }
            Block::Math(formula) => format!("{}{}", self.display(formula), self.tip(formula)),
            Block::List { start, items } => self.list(*start, items),
            Block::Quote(blocks) => quoted(&self.blocks(blocks)),
            Block::Table { aligns, head, rows, caption } => {
                let table = self.table(aligns, head, rows);
                match caption {
                    Some(caption) => format!("{table}\n\n{}", self.caption(&caption.id, &caption.inlines)),
                    None => table,
                }
            }
            Block::Figure { image, caption, id, .. } => {
                let image = self.line(std::slice::from_ref(image));
                format!("{image}\n\n{}", self.caption(id, caption))
            }
            Block::Definitions(definitions) => {
                let written = definitions.iter().map(|definition| {
                    let meanings = definition.meanings.iter().map(|meaning| hanging(":   ", &self.blocks(meaning)));
                    let meanings: Vec<String> = meanings.collect();
                    format!("{}\n{}", self.line(&definition.term), meanings.join("\n"))
                });
                written.collect::<Vec<_>>().join("\n\n")
            }
            Block::Html(html) => self.raw(html),
            Block::Rule => "---".into(),
            Block::Question(index) => {
                let page = self.page;
                self.question(*index, &page.text.questions[*index])
            }
            Block::Div(div) => self.div(div),
            Block::Fold { level, title, blocks, .. } => {
                let head = format!("{} {}", "#".repeat((*level).into()), self.line(title));
                format!("{head}\n\n{}", self.blocks(blocks))
            }
            Block::Element { blocks, .. } => self.blocks(blocks),
        }
    }

    fn question(&mut self, index: usize, question: &'b Question) -> String {
        // What a box shows may be written in a file of questions.
        let Some(asked) = self.lens.posed(self.page, index) else { return String::new() };
        let (number, known) = (&asked.number, asked.question);
        let topic = if known.topics.is_empty() { String::new() } else { format!(", {}", known.topics.join(", ")) };
        let (to, title) = (self.to(&question_path(&known.label), ""), self.line(&question.title));
        let head = format!("**[Open question {number}]({to})** ({}{topic}): {title}", known.status.name());
        let body = self.blocks(&question.blocks);
        quoted(&if body.is_empty() { head } else { format!("{head}\n\n{body}") })
    }

    fn list(&mut self, start: Option<u64>, items: &'b [Item]) -> String {
        let loose = items.iter().any(|item| item.blocks.iter().any(|block| matches!(block, Block::Paragraph(_))));
        let mut written = Vec::new();
        for (number, item) in (start.unwrap_or(1)..).zip(items) {
            let mark = match (start, item.checked) {
                (Some(_), _) => format!("{number}. "),
                (None, None) => "- ".into(),
                (None, Some(false)) => "- [ ] ".into(),
                (None, Some(true)) => "- [x] ".into(),
            };
            written.push(hanging(&mark, &self.blocks(&item.blocks)));
        }
        written.join(if loose { "\n\n" } else { "\n" })
    }

    fn table(&mut self, aligns: &[Align], head: &'b [Vec<Inline>], rows: &'b [Vec<Vec<Inline>>]) -> String {
        let rule = |column: usize| match aligns.get(column) {
            Some(Align::Left) => ":--",
            Some(Align::Center) => ":-:",
            Some(Align::Right) => "--:",
            _ => "---",
        };
        let mut row =
            |cells: &'b [Vec<Inline>]| -> Vec<String> { cells.iter().map(|cell| in_cell(&self.line(cell))).collect() };
        let written: Vec<Vec<String>> =
            std::iter::once(head).chain(rows.iter().map(Vec::as_slice)).map(&mut row).collect();
        let rules: Vec<&str> = (0..head.len()).map(rule).collect();
        table(&written, &rules)
    }

    /// The address of a page of the site.
    fn to(&self, path: &str, anchor: &str) -> String {
        let to = format!("{}{}{anchor}", self.base, encode(path));
        if to.contains(['(', ')']) { format!("<{to}>") } else { to }
    }
}

/// A table whose first row is its head.
fn table(rows: &[Vec<String>], rules: &[&str]) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let mut lines: Vec<String> = rows.iter().map(|row| line(row)).collect();
    lines.insert(1.min(lines.len()), format!("| {} |", rules.join(" | ")));
    lines.join("\n")
}

/// Code between fences that are longer than any in it.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

fn quoted(text: &str) -> String {
    let lines = text.trim_end().lines().map(|line| if line.is_empty() { ">".into() } else { format!("> {line}") });
    lines.collect::<Vec<String>>().join("\n")
}

/// Text whose first line follows a mark, and whose others stand below it.
fn hanging(mark: &str, text: &str) -> String {
    // The box of a task is text of its item.
    let indent = " ".repeat(if mark.starts_with("- ") { 2 } else { mark.len() });
    hanging_by(mark, &indent, text)
}

fn hanging_by(mark: &str, indent: &str, text: &str) -> String {
    let mut lines = text.trim_end().lines();
    let mut out = format!("{mark}{}", lines.next().unwrap_or_default());
    for line in lines {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(indent);
            out.push_str(line);
        }
    }
    out
}
