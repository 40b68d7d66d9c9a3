//! Figures as SVG: panels of curves and marks, and galleries of small images.

mod data;
mod gallery;
mod legend;
mod panel;
mod path;
mod png;
mod scale;
mod svg;
mod text;

use std::fmt::Write;

pub use data::colors;
pub use gallery::{gallery, gallery_problems};
pub use panel::{panel, panel_in};

use crate::guide::escape::escape;
use crate::record::Panel;

/// The size of all text but titles, and that of titles, in pixels.
const TEXT: f64 = 13.0;
const TITLE: f64 = 14.0;

/// How much wider the bold letters of titles run.
const BOLD: f64 = 1.1;

/// The style sheet for [`panel`] and [`gallery`].
pub const CSS: &str = include_str!("../../../static/plot.css");

/// The column that a figure is drawn for. A page holds both drawings and shows the one that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// A text column of about 680 pixels.
    Wide,
    /// A phone, about 350 pixels.
    Narrow,
}

/// What assistive tools say in place of the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description<'a> {
    pub title: &'a str,
    pub text: &'a str,
}

/// What of a panel is not drawn as given, such as points that are not finite, one sentence each.
pub fn problems(panel: &Panel) -> Vec<String> {
    data::problems(panel)
}

/// The opening tag of a drawing, with its title and description. `id` makes their ids unique on the page.
fn open(width: f64, height: f64, id: &str, description: &Description) -> String {
    let (width, height, id) = (svg::number(width), svg::number(height), escape(id));
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg class=\"plot\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-size=\"{TEXT}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\
         <title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>",
        escape(&text::spoken(description.title)),
        escape(&text::spoken(description.text)),
    );
    out
}

/// A drawing to be saved on its own: in the light theme, on white, with a margin.
pub fn standalone(svg: &str) -> String {
    const MARGIN: f64 = 16.0;
    let Some((tag, body)) = svg.split_once('>') else { return svg.to_owned() };
    let attribute = |name: &str| tag.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split('"').next());
    let size = |name: &str| attribute(name).and_then(|size| size.parse::<f64>().ok()).unwrap_or(0.0);
    let (width, height) = (size("width"), size("height"));
    let (full_width, full_height) = (svg::number(width + 2.0 * MARGIN), svg::number(height + 2.0 * MARGIN));
    let tag = tag
        .replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1)
        .replacen("viewBox=\"0 0 ", &format!("viewBox=\"-{MARGIN} -{MARGIN} "), 1)
        .replacen(
            &format!("{} {}\"", svg::number(width), svg::number(height)),
            &format!("{full_width} {full_height}\""),
            1,
        )
        .replacen(&format!(" width=\"{}\"", svg::number(width)), &format!(" width=\"{full_width}\""), 1)
        .replacen(&format!(" height=\"{}\"", svg::number(height)), &format!(" height=\"{full_height}\""), 1);
    let paper = format!("<rect x=\"-{MARGIN}\" y=\"-{MARGIN}\" width=\"100%\" height=\"100%\" fill=\"#fff\"/>");
    format!("{tag}><style>{}</style>{paper}{body}", plain_css())
}

/// The light theme with its variables filled in, as few programs besides browsers know them.
fn plain_css() -> String {
    let light = CSS.split_once("/* Dark").map_or(CSS, |(light, _)| light);
    let (variables, rules) = light.split_once("}").unwrap_or(("", light));
    let mut out = rules.to_owned();
    for line in variables.lines() {
        if let Some((name, value)) = line.trim().trim_end_matches(';').split_once(": ") {
            out = out.replace(&format!("var({name})"), value);
        }
    }
    // What remains is defined by the page's own style sheet, with a fallback here.
    while let Some(start) = out.find("var(") {
        let Some(length) = out[start..].find(')') else { break };
        let inner = out[start + 4..start + length].to_owned();
        let value = inner.split_once(", ").map_or("", |(_, value)| value).to_owned();
        out.replace_range(start..=start + length, &value);
    }
    let rules = out.split_once("*/").map_or(out.as_str(), |(_, rules)| rules);
    // In XML a style sheet is text like any other.
    rules.trim().replace('&', "&amp;").replace('<', "&lt;")
}
