//! Blocks between fences, sections behind their titles, and elements written as HTML.

use std::fmt::Write;

use super::Encoder;
use super::works::{MARK, PLACE};
use crate::guide::block::{Block, Div, Html, Inline};
use crate::guide::escape::escape;
use crate::guide::kind::Kind;
use crate::guide::link::Link;
use crate::guide::safe;

impl<'b> Encoder<'b> {
    pub(super) fn div(&mut self, div: &'b Div, out: &mut String) {
        if div.id == PLACE && self.ids {
            return out.push_str(MARK);
        }
        match div.kind {
            Kind::Plain => self.plain_div(div, out),
            Kind::Note | Kind::Warning => self.note(div, out),
            Kind::Details => self.details(div, out),
            Kind::Tabs => self.tabs(div, out),
            Kind::Tab => self.tab(div, out),
            _ => self.theorem(div, out),
        }
    }

    /// The attributes of a block: its classes and its id.
    fn attributes(&self, first: &[&str], div: &Div) -> String {
        let classes = first.iter().copied().chain(div.classes.iter().map(String::as_str));
        let classes = escape(&classes.collect::<Vec<_>>().join(" "));
        let class = if classes.is_empty() { String::new() } else { format!(" class=\"{classes}\"") };
        class + &self.id(&div.id)
    }

    fn plain_div(&mut self, div: &'b Div, out: &mut String) {
        let mut attributes = self.attributes(&[], div);
        for (key, value) in &div.options {
            let named = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            if named && !key.is_empty() {
                let data = if ["lang", "dir", "role"].contains(&key.as_str()) { "" } else { "data-" };
                let _ = write!(attributes, " {data}{}=\"{}\"", key.to_ascii_lowercase(), escape(value));
            }
        }
        let title = match div.title.is_empty() {
            true => String::new(),
            false => format!("<p class=\"div-title\">{}</p>", self.inlines(&div.title)),
        };
        let _ = write!(out, "<div{attributes}>{title}\n{}</div>", self.blocks(&div.blocks));
    }

    fn note(&mut self, div: &'b Div, out: &mut String) {
        let name = div.kind.title();
        let title = if div.title.is_empty() { name.clone() } else { self.inlines(&div.title) };
        let attributes = self.attributes(&["box", div.kind.name()], div);
        let blocks = self.blocks(&div.blocks);
        let _ = write!(
            out,
            "<aside{attributes} role=\"note\" aria-label=\"{name}\">\n<p class=\"box-title\">{title}</p>\n{blocks}</aside>"
        );
    }

    fn details(&mut self, div: &'b Div, out: &mut String) {
        let open = div.options.iter().any(|(key, value)| key == "open" && value != "false");
        let open = if open { " open" } else { "" };
        let title = if div.title.is_empty() { "Details".to_owned() } else { self.inlines(&div.title) };
        let attributes = self.attributes(&["details"], div);
        let blocks = self.blocks(&div.blocks);
        let _ = write!(out, "<details{attributes}{open}>\n<summary>{title}</summary>\n{blocks}</details>");
    }

    /// A theorem, one of its family, or a proof: its head runs into its first paragraph, as in a book.
    fn theorem(&mut self, div: &'b Div, out: &mut String) {
        let proof = div.kind == Kind::Proof;
        let title = self.inlines(&div.title);
        let (name, title) = match proof {
            // `title="of @thm-x"` is a proof of it.
            true if title.starts_with("of ") => (format!("Proof {title}"), String::new()),
            true => ("Proof".to_owned(), title),
            false => (escape(self.lens.numbered(self.page, &div.id)), title),
        };
        let title = if title.is_empty() { title } else { format!(" <span class=\"theorem-title\">({title})</span>") };
        let name = match self.ids && !div.id.is_empty() && !proof {
            true => format!("<a class=\"theorem-name\" href=\"#{}\">{name}</a>", escape(&div.id)),
            false => format!("<span class=\"theorem-name\">{name}</span>"),
        };
        let head = format!("<span class=\"theorem-head\">{name}{title}.</span>");
        let mut blocks = self.blocks(&div.blocks);
        blocks = match blocks.strip_prefix("<p>") {
            Some(rest) => format!("<p>{head} {rest}"),
            None => format!("<p>{head}</p>\n{blocks}"),
        };
        if proof {
            let mark = "<span class=\"qed\" role=\"img\" aria-label=\"End of the proof\">∎</span>";
            blocks = match blocks.trim_end().strip_suffix("</p>") {
                Some(before) => format!("{before} {mark}</p>\n"),
                None => format!("{blocks}<p class=\"qed-line\">{mark}</p>\n"),
            };
        }
        let attributes = self.attributes(&["theorem-like", div.kind.name()], div);
        let _ = write!(out, "<section{attributes}>\n{blocks}</section>");
    }

    /// Tabs: readable one below the other; the script makes one row of buttons of the titles.
    fn tabs(&mut self, div: &'b Div, out: &mut String) {
        let group = div.options.iter().find(|(key, _)| key == "group").map_or("", |(_, group)| group);
        let group = if group.is_empty() { String::new() } else { format!(" data-group=\"{}\"", escape(group)) };
        let attributes = self.attributes(&["tabs"], div);
        let tabs = div.blocks.iter().filter_map(|block| match block {
            Block::Div(tab) if tab.kind == Kind::Tab => Some(tab),
            _ => None,
        });
        let mut buttons = String::new();
        for tab in tabs {
            let title = self.inlines(&tab.title);
            let _ = write!(buttons, "<button type=\"button\">{title}</button>");
        }
        let blocks = self.blocks(&div.blocks);
        let _ = write!(out, "<div{attributes}{group}>\n<div class=\"tab-list\" hidden>{buttons}</div>\n{blocks}</div>");
    }

    fn tab(&mut self, div: &'b Div, out: &mut String) {
        let attributes = self.attributes(&["tab"], div);
        let title = self.inlines(&div.title);
        let blocks = self.blocks(&div.blocks);
        let _ = write!(out, "<section{attributes}>\n<p class=\"tab-title\">{title}</p>\n{blocks}</section>");
    }

    pub(super) fn fold(&mut self, level: u8, id: &str, title: &'b [Inline], blocks: &'b [Block], out: &mut String) {
        let (id, title) = (self.id(id), self.inlines(title));
        let blocks = self.blocks(blocks);
        let _ = write!(
            out,
            "<details class=\"fold\"{id}>\n<summary><h{level}>{title}</h{level}></summary>\n{blocks}</details>"
        );
    }

    pub(super) fn element(&mut self, name: &str, open: &'b Html, blocks: &'b [Block], out: &mut String) {
        let open = self.kept(open, |html| safe::opening(html, name));
        let inside = match blocks {
            // These hold a line of text, not paragraphs.
            [Block::Paragraph(inlines)] if ["summary", "figcaption"].contains(&name) => self.inlines(inlines),
            _ => format!("\n{}", self.blocks(blocks)),
        };
        let _ = match open.is_empty() {
            true => write!(out, "{inside}"),
            false => write!(out, "{open}{inside}</{name}>"),
        };
    }

    /// HTML as its author wrote it, or what `safe` leaves of it where pages are not trusted.
    pub(super) fn kept(&self, html: &'b Html, safe: impl Fn(&str) -> String) -> String {
        let raw = self.raw(html);
        if self.lens.config().unsafe_html { raw } else { safe(&raw) }
    }

    /// HTML as its author wrote it, its addresses as seen from here.
    pub(super) fn raw(&self, html: &'b Html) -> String {
        let (mut out, mut done) = (String::new(), 0);
        for address in &html.addresses {
            let (_, link) = self.lens.link(self.page, &address.to);
            if link != Link::Dead {
                out.push_str(&html.text[done..address.at.start]);
                out.push_str(&escape(&self.href(&address.to)));
                done = address.at.end;
            }
        }
        out + &html.text[done..]
    }
}
