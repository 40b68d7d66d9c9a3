//! Images, videos and sounds, and the figures that they are where they stand alone.

use std::fmt::Write;

use super::Encoder;
use crate::guide::block::{Inline, Look, Media};
use crate::guide::escape::escape;
use crate::guide::link::Link;

impl<'b> Encoder<'b> {
    /// A figure of an image: with a number if it can be cited.
    pub(super) fn image_figure(&mut self, image: &'b Inline, caption: &'b [Inline], id: &str, out: &mut String) {
        let (mut picture, caption) = (String::new(), self.inlines(caption));
        if let Inline::Image { from, alt, look, .. } = image {
            picture = self.media(from, alt, look);
        }
        let name = self.lens.numbered(self.page, id);
        let number = match name.is_empty() {
            true => String::new(),
            false => format!("<a class=\"number\" href=\"#{}\">{}.</a> ", escape(id), escape(name)),
        };
        let caption = match number.is_empty() && caption.is_empty() {
            true => String::new(),
            false => format!("\n<figcaption>{number}{caption}</figcaption>"),
        };
        let _ = write!(out, "<figure class=\"image\"{}>\n{picture}{caption}\n</figure>", self.id(id));
    }

    /// An image in a line of text.
    pub(super) fn image(&self, from: &str, title: &str, alt: &str, look: &Look, out: &mut String) {
        let media = self.media(from, alt, look);
        let title = if title.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(title)) };
        let id = self.id(&look.id);
        // Both belong to its first tag.
        let end = media.find(' ').unwrap_or(0);
        let _ = write!(out, "{}{id}{title}{}", &media[..end], &media[end..]);
    }

    fn media(&self, from: &str, alt: &str, look: &Look) -> String {
        match look.media {
            Media::Image => {
                let only = if look.dark.is_some() { Some("only-light") } else { look.only };
                let mut out = self.img(from, alt, look, only);
                if let Some((dark, _)) = &look.dark {
                    out += &self.img(dark, alt, look, Some("only-dark"));
                }
                out
            }
            Media::Video | Media::Audio => self.player(from, alt, look),
        }
    }

    fn img(&self, from: &str, alt: &str, look: &Look, only: Option<&str>) -> String {
        let alt = if look.decorative { String::new() } else { escape(alt) };
        let mut out = format!("<img src=\"{}\" alt=\"{alt}\"", escape(&self.href(from)));
        let size = self.size(from);
        let pixels: Option<f64> = look.width.trim_end_matches("px").parse().ok();
        match (size, pixels) {
            (Some((width, height)), None) => {
                let _ = write!(out, " width=\"{width}\" height=\"{height}\"");
            }
            (Some((width, height)), Some(pixels)) => {
                let scaled = (f64::from(height) * pixels / f64::from(width)).round();
                let _ = write!(out, " width=\"{}\" height=\"{scaled}\"", pixels.round());
            }
            (None, Some(pixels)) => {
                let _ = write!(out, " width=\"{}\"", pixels.round());
            }
            (None, None) => {}
        }
        out + &attributes(look, only) + " loading=\"lazy\" decoding=\"async\">"
    }

    /// A video or a sound with the browser's own controls.
    fn player(&self, from: &str, alt: &str, look: &Look) -> String {
        let source = escape(&self.href(from));
        let mut flags = String::new();
        for (flag, on) in [(" loop", look.repeats), (" muted", look.muted), (" data-autoplay", look.autoplay)] {
            flags += if on { flag } else { "" };
        }
        if let Some((poster, _)) = &look.poster {
            let _ = write!(flags, " poster=\"{}\"", escape(&self.href(poster)));
        }
        let (name, inline) = if look.media == Media::Video { ("video", " playsinline") } else { ("audio", "") };
        let label = if alt.is_empty() { String::new() } else { format!(" aria-label=\"{}\"", escape(alt)) };
        let pixels = look.width.trim_end_matches("px").parse::<f64>().ok();
        let width = pixels.map_or(String::new(), |pixels| format!(" width=\"{}\"", pixels.round()));
        let words = if alt.is_empty() { escape(from) } else { escape(alt) };
        format!(
            "<{name} src=\"{source}\" controls{inline} preload=\"metadata\"{flags}{label}{width}{}>\
             <a href=\"{source}\">{words}</a></{name}>",
            attributes(look, look.only)
        )
    }

    /// The size of an image of the site.
    fn size(&self, from: &str) -> Option<(u32, u32)> {
        match self.lens.link(self.page, from).1 {
            Link::Inside(path, _) => self.lens.size(path.split('?').next().unwrap_or_default()),
            _ => None,
        }
    }
}

/// Classes and a width that is a share of the column.
fn attributes(look: &Look, only: Option<&str>) -> String {
    let classes: Vec<&str> = look.classes.iter().map(String::as_str).chain(only).collect();
    let mut out = String::new();
    if !classes.is_empty() {
        let _ = write!(out, " class=\"{}\"", escape(&classes.join(" ")));
    }
    if look.width.ends_with('%') {
        let _ = write!(out, " style=\"width: {}\"", escape(&look.width));
    }
    out
}
