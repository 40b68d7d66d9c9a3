//! References to labels, alone and several at once.

use super::Encoder;
use crate::guide::address::question_path;
use crate::guide::block::{Cited, CitedItem, plain};
use crate::guide::book::Target;
use crate::guide::cite::is_label;
use crate::guide::escape::escape;
use crate::guide::model::{Kind, Page};

/// What one item of a group leads to.
struct Led<'b> {
    item: &'b CitedItem,
    target: &'b Target,
    page: &'b Page,
    /// Where to look, if the number alone does not say.
    of: String,
}

impl<'b> Encoder<'b> {
    /// A label alone: `Figure 2.1`.
    pub(super) fn reference(&self, label: &str) -> String {
        let Some((target, page)) = self.lens.cited(label) else { return escape(&format!("@{label}")) };
        let of = self.of(label, target, page);
        format!("{}{of}", self.reference_link(target, page, &target.name))
    }

    /// Labels of the site, keys of a bibliography, or both.
    pub(super) fn cited(&mut self, cited: &'b Cited) -> String {
        let (labels, works): (Vec<&CitedItem>, Vec<&CitedItem>) =
            cited.items.iter().partition(|item| is_label(&item.key));
        if works.is_empty() {
            return self.references(&labels);
        }
        let group = self.lens.citations(self.page).and_then(|made| made.groups.get(&cited.written));
        let Some(pieces) = group else { return escape(&cited.written) };
        let works = self.works_cited(pieces, &works);
        if labels.is_empty() {
            return works;
        }
        let labels = self.references(&labels);
        if is_label(&cited.items[0].key) { format!("{labels}, {works}") } else { format!("{works}, {labels}") }
    }

    /// Several labels: `Figures 2.1 and 2.3, and Theorem 2.2`. Those of one kind share their word.
    pub(super) fn references(&mut self, items: &[&'b CitedItem]) -> String {
        let mut runs: Vec<Vec<Led<'b>>> = Vec::new();
        for item in items {
            let Some((target, page)) = self.lens.cited(&item.key) else { continue };
            let led = Led { item, target, page, of: self.of(&item.key, target, page) };
            match runs.last_mut().filter(|run| run.last().is_some_and(|last| last.goes_with(&led))) {
                Some(run) => run.push(led),
                None => runs.push(vec![led]),
            }
        }
        let long = runs.iter().any(|run| run.len() > 1 || !run[0].item.suffix.is_empty());
        let parts: Vec<String> = runs.into_iter().map(|run| self.run(&run)).collect();
        // A run has an `and` of its own, so that the last of several needs a comma before its.
        listed(&parts, if long { ", and " } else { " and " })
    }

    /// Labels of one kind in a row.
    fn run(&mut self, run: &[Led<'b>]) -> String {
        let (first, last) = (&run[0], &run[run.len() - 1]);
        let [before, after] = [&first.item.prefix, &last.item.suffix].map(|inlines| self.inlines(inlines));
        let space = if before.is_empty() { "" } else { " " };
        let links: Vec<String> = run
            .iter()
            .map(|led| {
                let short = led.item.alone || (run.len() > 1 && !word(led.target).is_empty());
                let text = if short { &led.target.number } else { &led.target.name };
                self.reference_link(led.target, led.page, if text.is_empty() { &led.target.name } else { text })
            })
            .collect();
        let many = run.len() > 1 && !first.item.alone && !word(first.target).is_empty();
        let word = if many { format!("{}&nbsp;", escape(&plural(word(first.target)))) } else { String::new() };
        format!("{before}{space}{word}{}{}{after}", listed(&links, " and "), last.of)
    }

    fn reference_link(&self, target: &Target, page: &Page, text: &str) -> String {
        let text = escape(text);
        if self.linkless {
            return text;
        }
        let anchor = if target.anchor.is_empty() { String::new() } else { format!("#{}", escape(&target.anchor)) };
        let here = self.ids && page.path == self.page.path && !anchor.is_empty();
        let href = match page.kind {
            // Of a question that stands in no text there is only its own page.
            Kind::Questions => format!("{}{}", self.root, escape(&question_path(&target.anchor))),
            _ if here => anchor,
            _ => format!("{}{}{anchor}", self.root, escape(&page.path)),
        };
        // A number stays with its word; a title may break.
        let class = if target.number.is_empty() { "ref" } else { "ref numbered" };
        format!("<a class=\"{class}\" href=\"{href}\">{text}</a>")
    }

    /// A number that begins anew on every page, or in another sequence, does not say where to look.
    fn of(&self, label: &str, target: &Target, page: &Page) -> String {
        let elsewhere = page.sequence() != self.page.sequence();
        let apart = page.file != self.page.file && (page.sequence().is_none() || elsewhere);
        if !apart || target.number.is_empty() || label.starts_with("q-") {
            return String::new();
        }
        if !target.anchor.is_empty() {
            let title = page.front.short_title.clone().unwrap_or_else(|| plain(&page.title));
            return format!(" of ‘{}’", escape(&title));
        }
        // A chapter's number counts in its sequence.
        self.lens.sequence_title(label).map_or(String::new(), |title| format!(" of ‘{}’", escape(title)))
    }
}

impl Led<'_> {
    /// Whether another label can follow under the same word.
    fn goes_with(&self, next: &Led) -> bool {
        let plain = self.item.suffix.is_empty() && next.item.prefix.is_empty() && self.item.alone == next.item.alone;
        let numbered = !self.target.number.is_empty() && !next.target.number.is_empty();
        plain && numbered && word(self.target) == word(next.target) && self.of == next.of
    }
}

/// What a target is, without its number: `Figure`; nothing for an equation, which is cited as `(2.7)`.
fn word(target: &Target) -> &str {
    target.name.strip_suffix(&*target.number).filter(|_| !target.number.is_empty()).map_or("", str::trim_end)
}

fn plural(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(parts: &[String], last: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{}{last}{end}", first.join(", ")),
    }
}
