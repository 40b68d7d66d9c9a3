//! From blocks to HTML: the one encoder.

use std::fmt::Write;

use super::block::{Align, Block, Inline, Item, Question, plain};
use super::book::{Book, allowed};
use super::cell::{Cell, Echo};
use super::code::highlight;
use super::link::{self, Link};
use super::model::Page;
use super::number::significant;
use super::pages::{data_path, question_path, root_of};
use super::plot::{self, Description, Size};
use crate::record::{Claim, Entry, Record, Relation, Table};

/// Text safe between tags and inside quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters are not allowed in HTML.
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Writes parts of one page, as seen from an address.
pub struct Encoder<'b> {
    book: &'b Book<'b>,
    page: &'b Page,
    /// The way from where the HTML will stand to the site's root.
    root: String,
    /// Whether ids are written: only on the page itself, not where parts of it are shown elsewhere.
    ids: bool,
    /// Whether footnotes are marked: only where they stand below.
    footnoted: bool,
    /// Footnotes in the order of their first reference.
    notes: Vec<&'b str>,
}

impl<'b> Encoder<'b> {
    /// For the page itself.
    pub fn new(book: &'b Book<'b>, page: &'b Page) -> Encoder<'b> {
        Encoder { book, page, root: root_of(&page.path), ids: true, footnoted: true, notes: Vec::new() }
    }

    /// For parts of `page` shown at another address.
    pub fn elsewhere(book: &'b Book<'b>, page: &'b Page, address: &str) -> Encoder<'b> {
        Encoder { book, page, root: root_of(address), ids: false, footnoted: false, notes: Vec::new() }
    }

    /// The same, where [`Encoder::footnotes`] will follow.
    pub fn footnoted(self) -> Encoder<'b> {
        Encoder { footnoted: true, ..self }
    }

    /// The whole text of the page, with its footnotes.
    pub fn body(&mut self) -> String {
        let page = self.page;
        let body = self.blocks(&page.text.blocks);
        body + &self.footnotes()
    }

    pub fn blocks(&mut self, blocks: &'b [Block]) -> String {
        let mut out = String::new();
        for block in blocks {
            self.block(block, &mut out);
            out.push('\n');
        }
        out
    }

    fn id(&self, id: &str) -> String {
        if self.ids && !id.is_empty() { format!(" id=\"{}\"", escape(id)) } else { String::new() }
    }

    fn block(&mut self, block: &'b Block, out: &mut String) {
        match block {
            Block::Heading { level, id, inlines, .. } => {
                let (attribute, id) = (self.id(id), escape(id));
                let text = self.inlines(inlines);
                let anchor = format!("<a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to this section\">#</a>");
                let anchor = if self.ids { anchor } else { String::new() };
                // The page's title is its only heading of the first level.
                let level = (*level).clamp(2, 6);
                let _ = write!(out, "<h{level}{attribute}>{anchor}{text}</h{level}>");
            }
            Block::Paragraph(inlines) => {
                let _ = write!(out, "<p>{}</p>", self.inlines(inlines));
            }
            Block::Plain(inlines) => out.push_str(&self.inlines(inlines)),
            Block::Code { language, text } => out.push_str(&code(language, text)),
            Block::Cell(index) => {
                let page = self.page;
                let cell = &page.text.cells[*index];
                out.push_str(&self.cell(cell));
            }
            Block::Math(formula) => {
                let id = formula.label.as_deref().map_or(String::new(), |label| self.id(label));
                let _ = write!(out, "<div class=\"math display\"{id}>{}</div>", self.book.formula(self.page, formula));
            }
            Block::List { start, items } => self.list(*start, items, out),
            Block::Quote(blocks) => {
                let _ = write!(out, "<blockquote>\n{}</blockquote>", self.blocks(blocks));
            }
            Block::Table { aligns, head, rows } => self.table(aligns, head, rows, out),
            Block::Definitions(definitions) => {
                out.push_str("<dl>");
                for definition in definitions {
                    let _ = write!(out, "<dt>{}</dt>", self.inlines(&definition.term));
                    for meaning in &definition.meanings {
                        let _ = write!(out, "<dd>{}</dd>", self.blocks(meaning));
                    }
                }
                out.push_str("</dl>");
            }
            Block::Html(html) => out.push_str(html.trim_end()),
            Block::Rule => out.push_str("<hr>"),
            Block::Question(index) => {
                let page = self.page;
                let question = &page.text.questions[*index];
                self.question(question, out);
            }
            Block::Div { classes, id, title, blocks, .. } => {
                let id = id.as_deref().map_or(String::new(), |id| self.id(id));
                let title = title
                    .as_deref()
                    .map_or(String::new(), |title| format!("<p class=\"div-title\">{}</p>", escape(title)));
                let _ = write!(
                    out,
                    "<div class=\"{}\"{id}>{title}\n{}</div>",
                    escape(&classes.join(" ")),
                    self.blocks(blocks)
                );
            }
        }
    }

    fn list(&mut self, start: Option<u64>, items: &'b [Item], out: &mut String) {
        let tasks = if items.iter().any(|item| item.checked.is_some()) { " class=\"tasks\"" } else { "" };
        let (open, close) = match start {
            None => (format!("<ul{tasks}>"), "</ul>"),
            Some(1) => (format!("<ol{tasks}>"), "</ol>"),
            Some(start) => (format!("<ol start=\"{start}\"{tasks}>"), "</ol>"),
        };
        out.push_str(&open);
        for item in items {
            let box_ = match item.checked {
                None => "",
                Some(false) => "<input type=\"checkbox\" disabled> ",
                Some(true) => "<input type=\"checkbox\" checked disabled> ",
            };
            let _ = write!(out, "\n<li>{box_}{}</li>", self.blocks(&item.blocks).trim_end());
        }
        out.push('\n');
        out.push_str(close);
    }

    fn table(&mut self, aligns: &[Align], head: &'b [Vec<Inline>], rows: &'b [Vec<Vec<Inline>>], out: &mut String) {
        let class = |column: usize| match aligns.get(column) {
            Some(Align::Left) => " class=\"left\"",
            Some(Align::Center) => " class=\"center\"",
            Some(Align::Right) => " class=\"right\"",
            _ => "",
        };
        out.push_str("<div class=\"table\"><table><thead><tr>");
        for (column, cell) in head.iter().enumerate() {
            let _ = write!(out, "<th scope=\"col\"{}>{}</th>", class(column), self.inlines(cell));
        }
        out.push_str("</tr></thead><tbody>");
        for row in rows {
            out.push_str("<tr>");
            for (column, cell) in row.iter().enumerate() {
                let _ = write!(out, "<td{}>{}</td>", class(column), self.inlines(cell));
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table></div>");
    }

    pub fn inlines(&mut self, inlines: &'b [Inline]) -> String {
        let mut out = String::new();
        let mut rest = inlines;
        while let Some((inline, after)) = rest.split_first() {
            rest = after;
            // A formula is a box: without this, the full stop after it could begin the next line.
            let mark = match (inline, after.first()) {
                (Inline::Math(formula), Some(Inline::Text(text))) if !formula.display => closing(text),
                _ => 0,
            };
            if mark == 0 {
                self.inline(inline, &mut out);
                continue;
            }
            out.push_str("<span class=\"nowrap\">");
            self.inline(inline, &mut out);
            if let Some(Inline::Text(text)) = after.first() {
                let _ = write!(out, "{}</span>{}", escape(&text[..mark]), escape(&text[mark..]));
                rest = &after[1..];
            }
        }
        out
    }

    fn inline(&mut self, inline: &'b Inline, out: &mut String) {
        match inline {
            Inline::Text(text) => out.push_str(&escape(text)),
            Inline::Code(text) => {
                let _ = write!(out, "<code>{}</code>", escape(text));
            }
            Inline::Math(formula) => {
                let class = if formula.display { "math display" } else { "math" };
                let id = formula.label.as_deref().map_or(String::new(), |label| self.id(label));
                let _ = write!(out, "<span class=\"{class}\"{id}>{}</span>", self.book.formula(self.page, formula));
            }
            Inline::Emphasis(inner) => self.wrap("em", inner, out),
            Inline::Strong(inner) => self.wrap("strong", inner, out),
            Inline::Strikethrough(inner) => self.wrap("del", inner, out),
            Inline::Link { to, title, inlines, .. } => {
                let text = self.inlines(inlines);
                let href = self.href(to);
                let title = if title.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(title)) };
                let _ = write!(out, "<a href=\"{}\"{title}>{text}</a>", escape(&href));
            }
            Inline::Image { from, title, alt, .. } => {
                let source = self.href(from);
                let title = if title.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(title)) };
                let _ =
                    write!(out, "<img src=\"{}\" alt=\"{}\"{title} loading=\"lazy\">", escape(&source), escape(alt));
            }
            Inline::Html(html) => out.push_str(html),
            Inline::Reference { label, .. } => out.push_str(&self.reference(label)),
            Inline::Hole { hole, .. } => {
                let text = escape(&self.book.fill(self.page, hole));
                match hole {
                    super::block::Hole::Value { cell, .. } => {
                        let _ = write!(
                            out,
                            "<span class=\"computed\" title=\"computed by the cell {}\">{text}</span>",
                            escape(cell)
                        );
                    }
                    super::block::Hole::Variable(_) => out.push_str(&text),
                }
            }
            Inline::Footnote { name, .. } => self.footnote_mark(name, out),
            Inline::SoftBreak => out.push('\n'),
            Inline::HardBreak => out.push_str("<br>\n"),
        }
    }

    fn wrap(&mut self, tag: &str, inner: &'b [Inline], out: &mut String) {
        let _ = write!(out, "<{tag}>{}</{tag}>", self.inlines(inner));
    }

    /// A link's address as seen from here.
    fn href(&self, to: &str) -> String {
        let filled = link::fill(self.book, self.page, to);
        match link::resolve(self.book, self.page, &filled) {
            Link::Outside(to) => to,
            Link::Inside(path, anchor) if self.ids && path == self.page.path && !anchor.is_empty() => anchor,
            Link::Inside(path, anchor) => format!("{}{path}{anchor}", self.root),
            Link::Dead => filled,
        }
    }

    fn reference(&self, label: &str) -> String {
        let Some(target) = self.book.target_of(label) else { return escape(&format!("@{label}")) };
        let path = &self.book.guide.pages[target.page].path;
        let anchor = if target.anchor.is_empty() { String::new() } else { format!("#{}", escape(&target.anchor)) };
        let here = self.ids && *path == self.page.path && !anchor.is_empty();
        let href = if here { anchor } else { format!("{}{}{anchor}", self.root, escape(path)) };
        // A number stays with its word; a title may break.
        let class = if target.number.is_empty() { "ref" } else { "ref numbered" };
        format!("<a class=\"{class}\" href=\"{href}\">{}</a>", escape(&target.name))
    }

    fn footnote_mark(&mut self, name: &'b str, out: &mut String) {
        if !self.footnoted {
            return;
        }
        let first = !self.notes.contains(&name);
        if first {
            self.notes.push(name);
        }
        let number = self.notes.iter().position(|note| *note == name).map_or(0, |at| at + 1);
        let id = if first { format!(" id=\"fnref-{number}\"") } else { String::new() };
        let _ = write!(out, "<sup class=\"footnote-ref\"><a href=\"#fn-{number}\"{id}>{number}</a></sup>");
    }

    /// The footnotes that were referred to; notes may refer to further notes.
    pub fn footnotes(&mut self) -> String {
        let page = self.page;
        let (mut out, mut number) = (String::new(), 0);
        while let Some(name) = self.notes.get(number).copied() {
            number += 1;
            let Some((_, blocks)) = page.text.footnotes.iter().find(|(known, _)| known == name) else { continue };
            let mut text = self.blocks(blocks).trim_end().to_owned();
            let back =
                format!(" <a class=\"back\" href=\"#fnref-{number}\" aria-label=\"Back to the text\">↩&#xFE0E;</a>");
            let at = if text.ends_with("</p>") { text.len() - 4 } else { text.len() };
            text.insert_str(at, &back);
            let _ = write!(out, "<li id=\"fn-{number}\">{text}</li>\n");
        }
        if out.is_empty() {
            out
        } else {
            format!("<section class=\"footnotes\" aria-label=\"Footnotes\"><ol>\n{out}</ol></section>\n")
        }
    }

    fn question(&mut self, question: &'b Question, out: &mut String) {
        let number = self.book.target_of(&question.label).map_or(String::new(), |target| target.number.clone());
        let href = format!("{}{}", self.root, question_path(&question.label));
        let _ = write!(
            out,
            "<aside class=\"question\"{}>\n<p class=\"question-head\"><a class=\"number\" href=\"{}\">Open question {number}</a> \
             <span class=\"status\">{}</span>",
            self.id(&question.label),
            escape(&href),
            question.status.name()
        );
        if !question.topic.is_empty() {
            let _ = write!(out, " <span class=\"topic\">{}</span>", escape(&question.topic));
        }
        let title = self.inlines(&question.title);
        let _ = write!(out, "</p>\n<p class=\"question-title\">{title}</p>\n{}</aside>", self.blocks(&question.blocks));
    }

    /// A cell as its figure, tables and claims, with the code behind them.
    fn cell(&mut self, cell: &'b Cell) -> String {
        let record = self.book.ledger.entries.get(&cell.label).map(|entry| &entry.record);
        let source = cell_source(cell);
        let Some(record) = record else { return source };
        let mut out = String::new();
        let number = self.book.target_of(&cell.label).map_or("", |target| &target.name);
        let caption = self.inlines(&cell.caption);
        if record.is_figure() || !record.tables.is_empty() {
            let kind = if record.is_figure() { "figure" } else { "table" };
            let _ = write!(out, "<figure class=\"cell {kind}\"{}>\n", self.id(&cell.label));
            out.push_str(&drawing(cell, record, number, &plain(&cell.caption)));
            record.tables.iter().for_each(|table| out.push_str(&result_table(table)));
            let _ = write!(
                out,
                "<figcaption><a class=\"number\" href=\"#{}\">{}.</a> {caption}</figcaption>\n",
                escape(&cell.label),
                escape(number)
            );
            let _ = write!(out, "<div class=\"cell-foot\">{source}{}</div>\n</figure>", self.downloads(cell, record));
        } else if !source.is_empty() || !record.claims.is_empty() {
            let _ = write!(out, "<div class=\"cell\"{}>{source}</div>", self.id(&cell.label));
        } else if self.ids {
            // Nothing to see, but links may point here.
            let _ = write!(out, "<span{}></span>", self.id(&cell.label));
        }
        if !record.claims.is_empty() {
            out.push_str("\n<div class=\"claims\">");
            record.claims.iter().for_each(|claim| out.push_str(&self.claim(claim)));
            out.push_str("</div>");
        }
        out
    }

    /// A figure without its code and files, shown where it leads into the page that has it.
    pub fn figure(&mut self, cell: &'b Cell, record: &Record) -> String {
        let number = self.book.target_of(&cell.label).map_or("", |target| &target.name);
        let drawing = drawing(cell, record, number, &plain(&cell.caption));
        let (reference, caption) = (self.reference(&cell.label), self.inlines(&cell.caption));
        format!("<figure class=\"cell figure\">\n{drawing}<figcaption>{reference} {caption}</figcaption>\n</figure>")
    }

    fn downloads(&self, cell: &Cell, record: &Record) -> String {
        let mut out = String::from("<span class=\"downloads\">");
        let file = |kind: &str| format!("{}{}", self.root, escape(&data_path(&cell.label, kind)));
        if !record.panels.is_empty() || !record.tables.is_empty() {
            let _ = write!(out, "<a href=\"{}\" download>CSV</a>", file("csv"));
        }
        let drawings = record.panels.len() + record.galleries.len();
        for index in 1..=drawings {
            let (label, name) = match drawings {
                1 => (cell.label.clone(), "SVG".to_owned()),
                _ => (format!("{}-{index}", cell.label), format!("SVG {index}")),
            };
            let _ = write!(out, " <a href=\"{}{}\">{name}</a>", self.root, escape(&data_path(&label, "svg")));
        }
        out + "</span>"
    }

    fn claim(&self, claim: &Claim) -> String {
        let (class, verdict) = if claim.holds() { ("holds", "holds") } else { ("broken", "broken") };
        let label = escape(&claim.label());
        let number = self.book.target_of(&claim.label()).map_or("", |target| &target.name);
        let digits = digits(claim);
        let predicted = match claim.relation {
            Relation::Close => "predicted",
            Relation::AtMost => "at most",
            Relation::AtLeast => "at least",
        };
        let allowed = if claim.allowed() == 0.0 && claim.relation != Relation::Close {
            String::new()
        } else {
            format!(", allowed {}", allowed(claim))
        };
        format!(
            "<p class=\"claim {class}\"{}><span class=\"verdict\">{verdict}</span> \
             <a class=\"statement\" href=\"#{label}\"><span class=\"number\">{number}</span> {}</a> \
             <span class=\"numbers\">measured <b>{}</b>, {predicted} <b>{}</b>{allowed}</span></p>",
            self.id(&claim.label()),
            escape(&claim.name),
            significant(claim.measured, digits),
            significant(claim.predicted, digits),
        )
    }
}

/// The length of the closing punctuation that a text begins with.
fn closing(text: &str) -> usize {
    text.find(|c: char| !".,;:!?)]’”»".contains(c)).unwrap_or(text.len())
}

/// As many digits as it takes to see how far measurement and prediction are apart, up to six.
pub fn digits(claim: &Claim) -> usize {
    let scale = claim.measured.abs().max(claim.predicted.abs());
    let gap = (claim.measured - claim.predicted).abs().max(claim.allowed());
    if scale == 0.0 || gap == 0.0 { 4 } else { ((scale / gap).log10().ceil() as i64 + 2).clamp(3, 6) as usize }
}

fn code(language: &str, text: &str) -> String {
    let class = if language.is_empty() { String::new() } else { format!(" class=\"language-{}\"", escape(language)) };
    format!("<pre class=\"code\"><code{class}>{}</code></pre>", highlight(language, text))
}

fn cell_source(cell: &Cell) -> String {
    match cell.echo {
        Echo::Hidden => String::new(),
        Echo::Shown => code("rust", &cell.shown),
        Echo::Folded => {
            format!("<details class=\"source\"><summary>Code</summary>{}</details>", code("rust", &cell.shown))
        }
    }
}

/// The panels and galleries of a figure, each drawn for a wide and for a narrow column.
fn drawing(cell: &Cell, record: &Record, number: &str, caption: &str) -> String {
    let mut out = String::new();
    let description = Description { title: if number.is_empty() { caption } else { number }, text: &cell.alt };
    if !record.panels.is_empty() {
        out.push_str("<div class=\"panels\">");
        let of = record.panels.len();
        for (index, panel) in record.panels.iter().enumerate() {
            out.push_str("<div class=\"panel\">");
            for (size, class) in [(Size::Wide, "wide"), (Size::Narrow, "narrow")] {
                let id = format!("{}-{index}-{class}", cell.label);
                let svg = plot::panel(panel, size, of, &id, &description);
                out.push_str(&svg.replacen("class=\"plot\"", &format!("class=\"plot {class}\""), 1));
            }
            out.push_str("</div>");
        }
        out.push_str("</div>\n");
    }
    for (index, gallery) in record.galleries.iter().enumerate() {
        out.push_str("<div class=\"panels\"><div class=\"panel\">");
        for (size, class) in [(Size::Wide, "wide"), (Size::Narrow, "narrow")] {
            let id = format!("{}-g{index}-{class}", cell.label);
            let svg = plot::gallery(gallery, size, &id, &description);
            out.push_str(&svg.replacen("class=\"plot\"", &format!("class=\"plot {class}\""), 1));
        }
        out.push_str("</div></div>\n");
    }
    out
}

/// The first panel or gallery of a figure, for an index of figures.
pub fn thumbnail(cell: &Cell, record: &Record, number: &str) -> String {
    let description = Description { title: number, text: &cell.alt };
    let id = format!("{}-thumbnail", cell.label);
    match (record.panels.first(), record.galleries.first()) {
        (Some(panel), _) => plot::panel(panel, Size::Narrow, 1, &id, &description),
        (None, Some(gallery)) => plot::gallery(gallery, Size::Narrow, &id, &description),
        (None, None) => String::new(),
    }
}

/// A figure as files that stand alone, one for each panel and gallery: file name without its ending, and content.
pub fn standalone(cell: &Cell, record: &Record, number: &str) -> Vec<(String, String)> {
    let description = Description { title: number, text: &cell.alt };
    let panels = record.panels.iter().map(|panel| plot::panel(panel, Size::Wide, 1, "figure", &description));
    let galleries = record.galleries.iter().map(|gallery| plot::gallery(gallery, Size::Wide, "figure", &description));
    let drawings: Vec<String> = panels.chain(galleries).collect();
    let one = drawings.len() == 1;
    let name = |index: usize| if one { cell.label.clone() } else { format!("{}-{}", cell.label, index + 1) };
    drawings.iter().enumerate().map(|(index, svg)| (name(index), plot::standalone(svg))).collect()
}

fn result_table(table: &Table) -> String {
    let mut out = String::from("<div class=\"table\"><table class=\"results\">");
    if !table.title.is_empty() {
        let _ = write!(out, "<caption>{}</caption>", escape(&table.title));
    }
    out.push_str("<thead><tr>");
    for title in &table.header {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(title));
    }
    out.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        out.push_str("<tr>");
        for entry in row {
            let _ = match entry {
                Entry::Number(number) => write!(out, "<td class=\"right\">{}</td>", significant(*number, 4)),
                Entry::Text(text) => write!(out, "<td>{}</td>", escape(text)),
            };
        }
        out.push_str("</tr>");
    }
    out + "</tbody></table></div>\n"
}
