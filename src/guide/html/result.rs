//! What a cell computed, on the page: drawings, tables, claims, and the code behind them.

use std::fmt::Write;
use std::sync::Arc;

use super::Encoder;
use crate::guide::address::data_path;
use crate::guide::block::plain;
use crate::guide::book::allowed;
use crate::guide::cell::{Cell, Echo};
use crate::guide::date::Date;
use crate::guide::escape::escape;
use crate::guide::ledger::Entry;
use crate::guide::number::{html as number_html, significant};
use crate::guide::plot::{self, Description, Size};
use crate::record::{self, Claim, Record, Relation, Table};

impl<'b> Encoder<'b> {
    /// A cell as its figure, tables and claims, with the code behind them.
    pub(super) fn cell(&mut self, cell: &'b Cell) -> String {
        let source = self.cell_source(cell);
        let Some(entry) = self.lens.entry(cell) else {
            return format!("<div class=\"cell\"{}>{source}</div>", self.id(&cell.label));
        };
        let (record, mut out) = (&*entry.record, String::new());
        let number = self.lens.name(&cell.label);
        let caption = self.inlines(&cell.caption);
        if record.is_figure() || !record.tables.is_empty() {
            let kind = if record.is_figure() { "figure" } else { "table" };
            let _ = writeln!(out, "<figure class=\"cell {kind}\"{}>", self.id(&cell.label));
            out.push_str(&self.drawing(cell, entry));
            record.tables.iter().for_each(|table| out.push_str(&result_table(table)));
            let _ = writeln!(
                out,
                "<figcaption><a class=\"number\" href=\"#{}\">{}.</a> {caption}</figcaption>\n</figure>",
                escape(&cell.label),
                escape(number)
            );
            // Beside the figure, not in it: its caption has to be the first or the last of what it holds.
            let (files, made) = (self.downloads(cell, record), made(cell, entry));
            let _ = write!(out, "<div class=\"cell-foot\">{source}{files}{made}</div>");
        } else if !source.is_empty() || !record.claims.is_empty() {
            let (id, made) = (self.id(&cell.label), made(cell, entry));
            let _ = write!(out, "<div class=\"cell\"{id}><div class=\"cell-foot\">{source}{made}</div></div>");
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
    pub fn figure(&mut self, cell: &'b Cell) -> String {
        let drawing = self.lens.entry(cell).map_or("".into(), |entry| self.drawing(cell, entry));
        let (reference, caption) = (self.reference(&cell.label), self.inlines(&cell.caption));
        format!("<figure class=\"cell figure\">\n{drawing}<figcaption>{reference} {caption}</figcaption>\n</figure>")
    }

    fn drawing(&self, cell: &Cell, entry: &Entry) -> Arc<str> {
        let (number, caption) = (self.lens.name(&cell.label), plain(&cell.caption));
        let words = ["drawing", &cell.label, &cell.alt, number, &caption].map(str::as_bytes);
        self.lens.piece(&[&words[..], &[&entry.digest[..]]].concat(), || drawing(cell, &entry.record, number, &caption))
    }

    /// The first panel or gallery of a figure, for an index of figures.
    pub fn thumbnail(&self, cell: &Cell) -> Arc<str> {
        let Some(entry) = self.lens.entry(cell) else { return "".into() };
        let number = self.lens.name(&cell.label);
        let words = ["thumbnail", &cell.label, &cell.alt, number].map(str::as_bytes);
        self.lens.piece(&[&words[..], &[&entry.digest[..]]].concat(), || thumbnail(cell, &entry.record, number))
    }

    fn cell_source(&self, cell: &Cell) -> String {
        match cell.echo {
            Echo::Hidden => String::new(),
            Echo::Shown => self.code("rust", &cell.shown).to_string(),
            Echo::Folded => {
                let code = self.code("rust", &cell.shown);
                format!("<details class=\"source\"><summary>Code</summary>{code}</details>")
            }
        }
    }

    fn downloads(&self, cell: &Cell, record: &Record) -> String {
        let mut out = String::from("<span class=\"downloads\">");
        let file = |kind: &str| format!("{}{}", self.root, escape(&data_path(&cell.label, kind)));
        if !record.panels.is_empty() || !record.tables.is_empty() {
            let _ = write!(out, "<a href=\"{}\" download>CSV</a> ", file("csv"));
        }
        let _ = write!(out, "<a href=\"{}\" download>JSON</a>", file("json"));
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
        let number = self.lens.name(&claim.label());
        let digits = digits(claim);
        let predicted = match claim.relation {
            Relation::Close => "predicted",
            Relation::AtMost => "at most",
            Relation::AtLeast => "at least",
        };
        let allowed = if claim.allowed() == 0.0 && claim.relation != Relation::Close {
            String::new()
        } else {
            format!(", allowed {}", number_html(&allowed(claim)))
        };
        format!(
            "<p class=\"claim {class}\"{}><span class=\"verdict\">{verdict}</span> \
             <a class=\"statement\" href=\"#{label}\"><span class=\"number\">{number}</span> {}</a> \
             <span class=\"numbers\">measured <b>{}</b>, {predicted} <b>{}</b>{allowed}</span></p>",
            self.id(&claim.label()),
            escape(&claim.name),
            number_html(&significant(claim.measured, digits)),
            number_html(&significant(claim.predicted, digits)),
        )
    }
}

/// When a result was recorded, and how anyone can compute it anew.
fn made(cell: &Cell, entry: &Entry) -> String {
    let recorded = entry.recorded.as_deref().map_or(String::new(), |day| {
        let words = Date::read(day).map_or(day.to_owned(), |date| date.to_string());
        format!("<span>Recorded <time datetime=\"{}\">{}</time></span> ", escape(day), escape(&words))
    });
    let command = escape(&cell.command());
    format!("<span class=\"made\">{recorded}<span>Reproduce with <code>{command}</code></span></span>")
}

/// As many digits as it takes to see how far measurement and prediction are apart, up to six.
pub fn digits(claim: &Claim) -> usize {
    let scale = claim.measured.abs().max(claim.predicted.abs());
    let gap = (claim.measured - claim.predicted).abs().max(claim.allowed());
    if scale == 0.0 || gap == 0.0 { 4 } else { ((scale / gap).log10().ceil() as i64 + 2).clamp(3, 6) as usize }
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

fn thumbnail(cell: &Cell, record: &Record, number: &str) -> String {
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
                record::Entry::Number(number) => {
                    write!(out, "<td class=\"right\">{}</td>", number_html(&significant(*number, 4)))
                }
                record::Entry::Text(text) => write!(out, "<td>{}</td>", escape(text)),
            };
        }
        out.push_str("</tr>");
    }
    out + "</tbody></table></div>\n"
}
