//! From blocks to HTML: the one encoder.

mod cite;
mod div;
mod image;
mod notes;
mod question;
mod result;
mod works;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

pub use question::answered;
pub use result::{digits, standalone};
pub use works::{LIST, entry_html, headed, is_list_of_works, work_id};

use super::address::{encode, leaves_site, root_of};
use super::block::{Align, Block, Caption, Definition, Hole, Inline, Item};
use super::book::Lens;
use super::code::highlight;
use super::escape::escape;
use super::link::{Link, is_reference};
use super::model::Page;
use super::number::html as number_html;
use super::safe;
use super::sections::numbers;
use works::Cites;

/// Writes parts of one page, as seen from an address.
pub struct Encoder<'b> {
    lens: &'b Lens<'b>,
    page: &'b Page,
    /// The way from where the HTML will stand to the site's root.
    root: String,
    /// Whether ids are written: only on the page itself, not where parts of it are shown elsewhere.
    ids: bool,
    /// Whether notes are marked: only where they stand below.
    footnoted: bool,
    /// Whether what is written stands inside a link, where no other link can be.
    linkless: bool,
    /// Notes in the order of their first reference.
    notes: Vec<notes::Noted<'b>>,
    /// How many tips of formulas there were.
    tips: usize,
    /// Questions that were shown and gave their names for an id.
    shown: BTreeSet<String>,
    /// Where works are cited on the page, by their keys.
    cites: Cites,
    /// The numbers of sections by their ids.
    sections: BTreeMap<&'b str, String>,
}

impl<'b> Encoder<'b> {
    /// For the page itself.
    pub fn new(lens: &'b Lens<'b>, page: &'b Page) -> Encoder<'b> {
        Encoder {
            lens,
            page,
            root: root_of(&page.path),
            ids: true,
            footnoted: true,
            linkless: false,
            notes: Vec::new(),
            tips: 0,
            shown: BTreeSet::new(),
            cites: Cites::default(),
            sections: BTreeMap::new(),
        }
    }

    /// For parts of `page` shown at another address.
    pub fn elsewhere(lens: &'b Lens<'b>, page: &'b Page, address: &str) -> Encoder<'b> {
        Encoder { root: root_of(address), ids: false, footnoted: false, ..Encoder::new(lens, page) }
    }

    /// The same, where [`Encoder::footnotes`] will follow.
    pub fn footnoted(self) -> Encoder<'b> {
        Encoder { footnoted: true, ..self }
    }

    /// The whole text of the page, with its footnotes.
    pub fn body(&mut self) -> String {
        let page = self.page;
        self.sections = numbers(page);
        let body = self.blocks(&page.text.blocks);
        let body = body + &self.footnotes();
        self.with_works(body)
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
                let number = self.sections.get(id.as_str());
                let number = number.map_or(String::new(), |number| format!("<span class=\"number\">{number}</span> "));
                let (attribute, id) = (self.id(id), escape(id));
                let text = number + &self.inlines(inlines);
                let anchor = format!("<a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to this section\">#</a>");
                let anchor = if self.ids { anchor } else { String::new() };
                // The page's title is its only heading of the first level.
                let level = (*level).clamp(2, 6);
                let _ = write!(out, "<h{level}{attribute}>{anchor}{text}</h{level}>");
            }
            Block::Paragraph(inlines) => self.paragraph(inlines, out),
            Block::Plain(inlines) => out.push_str(&self.inlines(inlines)),
            Block::Code { language, text } => out.push_str(&self.code(language, text)),
            Block::Sample { text, blocks } => {
                let source = self.code("markdown", text);
                let _ = write!(
                    out,
                    "<div class=\"sample\">{source}<div class=\"result\">\n{}</div></div>",
                    self.blocks(blocks)
                );
            }
            Block::Cell(index) => {
                let page = self.page;
                let cell = &page.text.cells[*index];
                out.push_str(&self.cell(cell));
            }
            Block::Math(formula) => out.push_str(&self.math(formula, "div")),
            Block::List { start, items } => self.list(*start, items, out),
            Block::Quote(blocks) => {
                let _ = write!(out, "<blockquote>\n{}</blockquote>", self.blocks(blocks));
            }
            Block::Table { aligns, head, rows, caption } => {
                out.push_str(&self.table(aligns, head, rows, caption.as_ref()));
            }
            Block::Figure { image, caption, id, .. } => self.image_figure(image, caption, id, out),
            Block::Definitions(all) => self.definitions(all, out),
            Block::Html(html) => out.push_str(self.kept(html, safe::block).trim_end()),
            Block::Rule => out.push_str("<hr>"),
            Block::Question(index) => {
                self.question(*index, out);
            }
            Block::Div(div) => self.div(div, out),
            Block::Fold { level, id, title, blocks, .. } => self.fold(*level, id, title, blocks, out),
            Block::Element { name, open, blocks, .. } => self.element(name, open, blocks, out),
        }
    }

    fn definitions(&mut self, all: &'b [Definition], out: &mut String) {
        out.push_str("<dl>");
        for definition in all {
            let _ = write!(out, "<dt>{}</dt>", self.inlines(&definition.term));
            for meaning in &definition.meanings {
                let _ = write!(out, "<dd>{}</dd>", self.blocks(meaning));
            }
        }
        out.push_str("</dl>");
    }

    fn paragraph(&mut self, inlines: &'b [Inline], out: &mut String) {
        match inlines {
            [Inline::Embed { name, .. }] => return self.card(name, out),
            [Inline::Hole { hole: hole @ Hole::Variable(name), .. }] if name == "CITATION" => {
                let bibtex = escape(&self.lens.fill(self.page, hole));
                let _ = write!(out, "<pre class=\"code bibtex\"><code>{bibtex}</code></pre>");
                return;
            }
            [Inline::Side { .. }] => return out.push_str(&self.aside(inlines)),
            _ => {}
        }
        let _ = write!(out, "<p>{}</p>", self.inlines(inlines));
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
                Some(false) => "<input type=\"checkbox\" disabled aria-label=\"To do\"> ",
                Some(true) => "<input type=\"checkbox\" checked disabled aria-label=\"Done\"> ",
            };
            let _ = write!(out, "\n<li>{box_}{}</li>", self.blocks(&item.blocks).trim_end());
        }
        out.push('\n');
        out.push_str(close);
    }

    /// A table; a wide one scrolls, for which it can be reached by the keyboard.
    fn table(
        &mut self,
        aligns: &[Align],
        head: &'b [Vec<Inline>],
        rows: &'b [Vec<Vec<Inline>>],
        caption: Option<&'b Caption>,
    ) -> String {
        let class = |column: usize| match aligns.get(column) {
            Some(Align::Left) => " class=\"left\"",
            Some(Align::Center) => " class=\"center\"",
            Some(Align::Right) => " class=\"right\"",
            _ => "",
        };
        let name = caption.map_or("", |caption| self.lens.numbered(self.page, &caption.id));
        let label = if name.is_empty() { "Table" } else { name };
        let mut out = format!("<div class=\"table\" role=\"group\" tabindex=\"0\" aria-label=\"{}\">", escape(label));
        out.push_str("<table><thead><tr>");
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
        let Some(Caption { inlines, id, .. }) = caption else { return out };
        let number = match name.is_empty() {
            true => String::new(),
            false => format!("<a class=\"number\" href=\"#{}\">{}.</a> ", escape(id), escape(name)),
        };
        let (id, words) = (self.id(id), self.inlines(inlines));
        format!("<figure class=\"table-figure\"{id}>\n{out}\n<figcaption>{number}{words}</figcaption>\n</figure>")
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
            Inline::Math(formula) => out.push_str(&self.math(formula, "span")),
            Inline::Emphasis(inner) => self.wrap("em", inner, out),
            Inline::Strong(inner) => self.wrap("strong", inner, out),
            Inline::Strikethrough(inner) => self.wrap("del", inner, out),
            Inline::Link { to, title, inlines, .. } => self.link(to, title, inlines, out),
            Inline::Image { from, title, alt, look, .. } => self.image(from, title, alt, look, out),
            Inline::Html(html) => out.push_str(&self.kept(html, safe::tag)),
            Inline::Reference { label, .. } => out.push_str(&self.reference(label)),
            Inline::Cited(cited) => out.push_str(&self.cited(cited)),
            Inline::Hole { hole, .. } => {
                let text = escape(&self.lens.fill(self.page, hole));
                match hole {
                    Hole::Value { cell, .. } => {
                        let (cell, number) = (escape(cell), number_html(&text));
                        let _ = write!(
                            out,
                            "<span class=\"computed\" title=\"computed by the cell {cell}\">{number}</span>"
                        );
                    }
                    Hole::Variable(_) => out.push_str(&text),
                }
            }
            Inline::Embed { name, .. } => self.named_question(name, out),
            Inline::Footnote { name, .. } => self.footnote_mark(name, out),
            Inline::Note { inlines, .. } => self.note_mark(inlines, out),
            Inline::Side { inlines, .. } => self.side(inlines, out),
            Inline::SoftBreak => out.push('\n'),
            Inline::HardBreak => out.push_str("<br>\n"),
        }
    }

    fn wrap(&mut self, tag: &str, inner: &'b [Inline], out: &mut String) {
        let _ = write!(out, "<{tag}>{}</{tag}>", self.inlines(inner));
    }

    /// The same for what will stand inside a link, where no other link can be: a title in a list of pages.
    pub fn in_link(&mut self, inlines: &'b [Inline]) -> String {
        let outer = std::mem::replace(&mut self.linkless, true);
        let out = self.inlines(inlines);
        self.linkless = outer;
        out
    }

    fn link(&mut self, to: &str, title: &str, inlines: &'b [Inline], out: &mut String) {
        if self.linkless {
            return out.push_str(&self.inlines(inlines));
        }
        let text = self.in_link(inlines);
        let href = self.href(to);
        if href == "#" && leaves_site(to) {
            return out.push_str(&text);
        }
        let class = if is_reference(to) { " class=\"ref\"" } else { "" };
        let title = if title.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(title)) };
        let _ = write!(out, "<a{class} href=\"{}\"{title}>{text}</a>", escape(&href));
    }

    /// A link's address as seen from here; `#` for one that may not be followed.
    fn href(&self, to: &str) -> String {
        let (filled, link) = self.lens.link(self.page, to);
        let href = match link {
            Link::Outside(to) => to,
            Link::Inside(path, anchor) if self.ids && path == self.page.path && !anchor.is_empty() => anchor,
            Link::Inside(path, anchor) => format!("{}{}{anchor}", self.root, encode(&path)),
            Link::Dead => filled,
        };
        if self.lens.config().unsafe_html || safe::is_address(&href) { href } else { "#".into() }
    }

    fn code(&self, language: &str, text: &str) -> Arc<str> {
        let parts = ["code", language, text].map(str::as_bytes);
        self.lens.piece(&parts, || {
            let class =
                if language.is_empty() { String::new() } else { format!(" class=\"language-{}\"", escape(language)) };
            format!("<pre class=\"code\"><code{class}>{}</code></pre>", highlight(language, text))
        })
    }
}

/// The length of the closing punctuation that a text begins with.
fn closing(text: &str) -> usize {
    text.find(|c: char| !".,;:!?)]’”»".contains(c)).unwrap_or(text.len())
}
