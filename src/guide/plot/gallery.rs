//! Galleries: rows of small images, each pixel a crisp square, with captions beneath.

use std::fmt::Write;

use crate::guide::escape::escape;
use crate::record::Gallery;

use super::svg::number;
use super::text::{self, Anchor, Glyph};
use super::{BOLD, Description, Size, TEXT, TITLE, png};

/// Between images, and from one line of a caption to the next.
const GAP: f64 = 6.0;
const LINE: f64 = 15.0;

/// Draws images in rows of [`Gallery::columns`], or in shorter rows where the column is narrow.
pub fn gallery(gallery: &Gallery, size: Size, id: &str, description: &Description) -> String {
    let grid = Grid::new(gallery, size);
    let room = if size == Size::Wide { 680.0 } else { 350.0 };
    let title = text::lines(&text::glyphs(&gallery.title), TITLE * BOLD, room, 2);
    let head = if title.is_empty() { 0.5 } else { 19.0 * title.len() as f64 + 7.0 };
    let captions: Vec<Vec<Vec<Glyph>>> = (0..grid.count).map(|at| grid.caption(gallery, at)).collect();

    // The first image stands at the left edge, unless a caption beneath it reaches further.
    let widest = captions.iter().flatten().map(|line| text::width(line, TEXT)).fold(0.0, f64::max);
    let inset = (widest - grid.width).max(0.0) / 2.0;

    let mut body = String::new();
    let mut frame = String::new();
    let mut y = head;
    for (row, captions) in captions.chunks(grid.columns).enumerate() {
        let lines = captions.iter().map(Vec::len).max().unwrap_or(0);
        for (column, caption) in captions.iter().enumerate() {
            let at = row * grid.columns + column;
            let x = 0.5 + inset + column as f64 * grid.pitch;
            write_image(&mut body, gallery, at, (x, y), &grid);
            let _ = write!(
                frame,
                "M{},{}h{}v{}h-{}z",
                number(x),
                number(y),
                number(grid.width),
                number(grid.height),
                number(grid.width)
            );
            write_caption(&mut body, caption, gallery, at, (x + grid.width / 2.0, y + grid.height + 14.0));
        }
        y += grid.height + if lines > 0 { 8.0 + LINE * lines as f64 + GAP } else { GAP };
    }
    let titles = title.iter().map(|line| text::width(line, TITLE * BOLD)).fold(0.0, f64::max);
    let width = ((grid.columns - 1) as f64 * grid.pitch + grid.width + 2.0 * inset + 1.0).max(titles).max(40.0);
    let mut out = super::open(width.ceil(), (y - GAP + 1.0).max(20.0).ceil(), id, description);
    for (at, line) in title.iter().enumerate() {
        text::write(&mut out, "title", line, TITLE, (0.0, 14.0 + 19.0 * at as f64), Anchor::Start);
    }
    out.push_str(&body);
    if !frame.is_empty() {
        let _ = write!(out, "<path class=\"frame\" fill=\"none\" d=\"{frame}\"/>");
    }
    out.push_str("</svg>");
    out
}

/// What of a gallery is not drawn as given, one sentence each.
pub fn gallery_problems(gallery: &Gallery) -> Vec<String> {
    let mut out = Vec::new();
    let each = gallery.height * gallery.width * gallery.channels;
    if each == 0 || !matches!(gallery.channels, 1 | 3) {
        out.push("the images have no pixels, or neither one nor three channels".to_owned());
    } else if gallery.pixels.is_empty() {
        out.push("the gallery has no images".to_owned());
    } else if !gallery.pixels.len().is_multiple_of(each) {
        out.push("the last image is incomplete, and was left out".to_owned());
    }
    let odd = gallery.pixels.iter().filter(|pixel| pixel.is_nan()).count();
    if odd > 0 {
        out.push(format!("{odd} pixels are not numbers, drawn in grey"));
    }
    if gallery.range.0.partial_cmp(&gallery.range.1) != Some(std::cmp::Ordering::Less) {
        out.push("the range from black to white is empty".to_owned());
    }
    out
}

struct Grid {
    count: usize,
    columns: usize,
    /// From one image to the next, and the size of an image, in pixels.
    pitch: f64,
    width: f64,
    height: f64,
}

impl Grid {
    fn new(gallery: &Gallery, size: Size) -> Grid {
        let each = gallery.height * gallery.width * gallery.channels;
        let usable = each > 0 && matches!(gallery.channels, 1 | 3);
        let count = if usable { gallery.pixels.len() / each } else { 0 };
        let (room, most) = if size == Size::Wide { (679.0, 112.0) } else { (349.0, 96.0) };
        let asked = gallery.columns.max(1).min(count.max(1));
        let label = |caption: &String| text::width(&text::glyphs(caption), TEXT);
        let longest = gallery.captions.iter().map(label).fold(0.0, f64::max).min(60.0);
        let pitch = |columns: usize| (room + GAP) / columns as f64;
        // Where images or captions would get too small, rows become shorter, if possible by a whole factor.
        let needed = longest.max(22.0);
        let fits = |columns: &usize| pitch(*columns) - GAP >= needed;
        let columns = (1..=asked)
            .filter(|parts| asked.is_multiple_of(*parts))
            .map(|parts| asked / parts)
            .find(|columns| fits(columns) && *columns > 1)
            .or_else(|| (1..=asked).rev().find(fits))
            .unwrap_or(1);
        let side = (pitch(columns) - GAP).min(most);
        // Half pixels are whole ones on most screens; below that, images must shrink as they can.
        let across = side / gallery.width.max(gallery.height).max(1) as f64;
        let zoom = if across >= 0.5 { (2.0 * across).floor() / 2.0 } else { across };
        let (width, height) = (zoom * gallery.width as f64, zoom * gallery.height as f64);
        let pitch = pitch(columns).min(width.max(longest) + 2.5 * GAP);
        Grid { count, columns, pitch, width, height }
    }

    fn caption(&self, gallery: &Gallery, at: usize) -> Vec<Vec<Glyph>> {
        let caption = gallery.captions.get(at).map_or("", String::as_str);
        text::lines(&text::glyphs(caption), TEXT, self.pitch - 2.0, 2)
    }
}

fn write_image(out: &mut String, gallery: &Gallery, at: usize, (x, y): (f64, f64), grid: &Grid) {
    let area = gallery.height * gallery.width;
    let image = &gallery.pixels[at * area * gallery.channels..][..area * gallery.channels];
    let (black, white) = gallery.range;
    let shade = |value: f64| match (value - black) / (white - black) {
        _ if value.is_nan() => 128,
        // An empty range still tells what lies above it.
        share if share.is_nan() || white <= black => {
            if value > black {
                255
            } else {
                0
            }
        }
        share => (share.clamp(0.0, 1.0) * 255.0).round() as u8,
    };
    let bytes: Vec<u8> = (0..area)
        .flat_map(|pixel| (0..gallery.channels).map(move |channel| shade(image[channel * area + pixel])))
        .collect();
    let _ = write!(
        out,
        "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
         image-rendering=\"pixelated\" href=\"{}\"/>",
        number(x),
        number(y),
        number(grid.width),
        number(grid.height),
        png::data_uri(&bytes, gallery.width, gallery.channels),
    );
}

fn write_caption(out: &mut String, caption: &[Vec<Glyph>], gallery: &Gallery, at: usize, (x, y): (f64, f64)) {
    let cut = caption.iter().any(|line| line.last().is_some_and(|glyph| glyph.c == '…'));
    if cut {
        let _ = write!(out, "<g><title>{}</title>", escape(&text::spoken(&gallery.captions[at])));
    }
    for (row, line) in caption.iter().enumerate() {
        text::write(out, "tick", line, TEXT, (x, y + LINE * row as f64), Anchor::Middle);
    }
    if cut {
        out.push_str("</g>");
    }
}
