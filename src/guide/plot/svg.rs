//! A plotters backend that writes SVG with classes in place of colours, to a hundredth of a pixel.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Write;

use plotters::style::RGBColor;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

use crate::guide::escape::escape;
use crate::record::Mark;

use super::path::{self, Point, Rect};
use super::text::{self, Anchor};

/// Backend coordinates count hundredths of a pixel.
pub const UNIT: f64 = 100.0;

/// The colours by which plotters is told what it draws; [`class`] turns them into classes.
pub const GRID: RGBColor = RGBColor(0, 0, 1);
pub const AXIS: RGBColor = RGBColor(0, 0, 2);

pub const ZERO: RGBColor = RGBColor(0, 0, 3);
const FRAME: [(RGBColor, &str); 3] = [(GRID, "grid"), (ZERO, "zero"), (AXIS, "axis")];

/// A page under way. The drawing areas of plotters write to it through [`Svg`], and the figure's own code
/// opens and closes groups on it in between.
pub struct Page {
    pub out: String,
    size: (f64, f64),
    /// Lines of the frame, one path for each class of [`FRAME`].
    frame: [String; FRAME.len()],
    tick_labels: String,
    series: Option<Pen>,
}

/// How the series now open is drawn.
pub struct Pen {
    mark: Mark,
    /// What lies outside is cut off, if anything is.
    pub clip: Option<Rect>,
    /// The most points of the series, to keep pages small.
    pub most: usize,
    strokes: String,
    bars: String,
    dots: Vec<(Point, f64)>,
}

impl Pen {
    pub fn new(mark: Mark, clip: Option<Rect>, most: usize) -> Pen {
        Pen { mark, clip, most, strokes: String::new(), bars: String::new(), dots: Vec::new() }
    }
}

impl Page {
    pub fn new(width: f64, height: f64) -> Page {
        let frame = std::array::from_fn(|_| String::new());
        Page { out: String::new(), size: (width, height), frame, tick_labels: String::new(), series: None }
    }

    /// Writes grid, axes and their numbers, which lie below everything that follows.
    pub fn finish_frame(&mut self) {
        for ((_, class), lines) in FRAME.iter().zip(&mut self.frame) {
            if !lines.is_empty() {
                let _ = write!(self.out, "<path class=\"{class}\" d=\"{lines}\"/>");
                lines.clear();
            }
        }
        self.out.push_str(&std::mem::take(&mut self.tick_labels));
    }

    /// Opens the group of a series: what is drawn until [`Page::close_series`] belongs to it.
    pub fn open_series(&mut self, class: &str, name: &str, pen: Pen) {
        let _ = write!(self.out, "<g class=\"{class}\">");
        if !name.is_empty() {
            let _ = write!(self.out, "<title>{}</title>", escape(name));
        }
        self.series = Some(pen);
    }

    /// Opens the group of a legend entry, which tells its whole name where the text had to be cut.
    pub fn open_entry(&mut self, whole: Option<&str>) {
        self.out.push_str("<g>");
        if let Some(whole) = whole {
            let _ = write!(self.out, "<title>{}</title>", escape(whole));
        }
    }

    pub fn close_series(&mut self) {
        let Some(pen) = self.series.take() else { return };
        for (class, path) in [("bar", &pen.bars), ("stem", &pen.strokes)] {
            if !path.is_empty() {
                let _ = write!(self.out, "<path class=\"{class}\" d=\"{path}\"/>");
            }
        }
        write_dots(&mut self.out, &pen.dots, pen.most);
        self.out.push_str("</g>");
    }

    /// A line of the frame lies on the middle of a pixel, so that it is crisp.
    fn frame_line(&mut self, from: Point, to: Point, color: BackendColor) {
        let class = FRAME.iter().position(|(known, _)| (known.0, known.1, known.2) == color.rgb).unwrap_or(2);
        let snap = |at: f64| at.floor() + 0.5;
        let line = if from.0 == to.0 {
            format!("M{},{}V{}", number(snap(from.0)), number(from.1), number(to.1))
        } else {
            format!("M{},{}H{}", number(from.0), number(snap(from.1)), number(to.0))
        };
        self.frame[class].push_str(&line);
    }

    fn line(&mut self, points: Vec<Point>, color: BackendColor) {
        let Some(pen) = &mut self.series else {
            points.windows(2).for_each(|pair| self.frame_line(pair[0], pair[1], color));
            return;
        };
        let pieces = match &pen.clip {
            Some(rect) => path::clip(&points, rect),
            None => vec![points],
        };
        if pen.mark == Mark::Errors {
            // The stems of all error bars make one path.
            return pieces.iter().for_each(|piece| write_path(&mut pen.strokes, piece));
        }
        let mut d = String::new();
        for piece in pieces {
            write_path(&mut d, &path::simplify(piece, pen.most));
        }
        if !d.is_empty() {
            let _ = write!(self.out, "<path fill=\"none\" d=\"{d}\"/>");
        }
    }

    /// The area between a curve and, back again, another of as many points.
    fn area(&mut self, points: &[Point]) {
        let Some(pen) = &self.series else { return };
        let (there, back) = points.split_at(points.len() / 2);
        let mut outline = path::simplify(there.to_vec(), pen.most / 2);
        outline.extend(path::simplify(back.to_vec(), pen.most / 2));
        if let Some(rect) = &pen.clip {
            outline = path::clip_polygon(&outline, rect);
        }
        if outline.len() > 2 {
            let mut d = String::new();
            write_path(&mut d, &outline);
            let _ = write!(self.out, "<path d=\"{d}Z\"/>");
        }
    }

    fn bar(&mut self, from: Point, to: Point) {
        let Some(pen) = &mut self.series else { return };
        let (from, to) = match &pen.clip {
            Some(rect) => (rect.clamp(from), rect.clamp(to)),
            None => (from, to),
        };
        if from.0 < to.0 && from.1 < to.1 {
            let (left, top, right, bottom) = (number(from.0), number(from.1), number(to.0), number(to.1));
            let _ = write!(pen.bars, "M{left},{bottom}V{top}H{right}V{bottom}Z");
        }
    }
}

/// A few points as circles; many, without outline, as the round ends of strokes without length.
fn write_dots(out: &mut String, dots: &[(Point, f64)], most: usize) {
    const FEW: usize = 150;
    const MANY: usize = 1500;
    /// As the style sheet has it.
    const RADIUS: f64 = 2.0;
    if dots.len() <= FEW {
        for ((x, y), radius) in dots {
            let _ = write!(out, "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"/>", number(*x), number(*y), number(*radius));
        }
        return;
    }
    let points: Vec<Point> = dots.iter().map(|(point, _)| *point).collect();
    let mut points = path::thin(&points, RADIUS, most);
    out.push_str("<path class=\"dots\" d=\"");
    if points.len() <= MANY {
        for (x, y) in points {
            let _ = write!(out, "M{},{}h0", number((x * 10.0).round() / 10.0), number((y * 10.0).round() / 10.0));
        }
    } else {
        // In a cloud whole pixels will do, row by row with steps to the right.
        points.iter_mut().for_each(|point| *point = (point.0.round(), point.1.round()));
        points.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.total_cmp(&b.0)));
        for row in points.chunk_by(|a, b| a.1 == b.1) {
            let _ = write!(out, "M{},{}h0", row[0].0, row[0].1);
            for pair in row.windows(2) {
                let _ = write!(out, "m{} 0h0", pair[1].0 - pair[0].0);
            }
        }
    }
    out.push_str("\"/>");
}

/// A lone point becomes a stroke without length, which round line ends show as a dot.
fn write_path(d: &mut String, points: &[Point]) {
    for (at, (x, y)) in points.iter().enumerate() {
        let _ = write!(d, "{}{},{}", ["M", "L"][usize::from(at > 0)], number(*x), number(*y));
    }
    if points.len() == 1 {
        d.push_str("h0");
    }
}

/// A coordinate with at most two decimals.
pub fn number(value: f64) -> String {
    let hundredths = (value * 100.0).round() as i64;
    let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
    let sign = if hundredths < 0 { "-" } else { "" };
    match rest {
        0 => format!("{sign}{whole}"),
        _ if rest % 10 == 0 => format!("{sign}{whole}.{}", rest / 10),
        _ => format!("{sign}{whole}.{rest:02}"),
    }
}

/// The page as plotters sees it.
pub struct Svg<'a>(pub &'a RefCell<Page>);

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

fn pixels((x, y): BackendCoord) -> Point {
    (f64::from(x) / UNIT, f64::from(y) / UNIT)
}

impl DrawingBackend for Svg<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let (width, height) = self.0.borrow().size;
        ((width * UNIT) as u32, (height * UNIT) as u32)
    }

    fn ensure_prepared(&mut self) -> Outcome {
        Ok(())
    }

    fn present(&mut self) -> Outcome {
        Ok(())
    }

    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Outcome {
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Outcome {
        self.0.borrow_mut().line(vec![pixels(from), pixels(to)], style.color());
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Outcome {
        self.0.borrow_mut().line(path.into_iter().map(pixels).collect(), style.color());
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, _: &S) -> Outcome {
        self.0.borrow_mut().area(&path.into_iter().map(pixels).collect::<Vec<_>>());
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, _: &S, _: bool) -> Outcome {
        self.0.borrow_mut().bar(pixels(from), pixels(to));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, at: BackendCoord, radius: u32, _: &S, _: bool) -> Outcome {
        let mut page = self.0.borrow_mut();
        let Some(pen) = &mut page.series else { return Ok(()) };
        let at = pixels(at);
        if pen.clip.is_none_or(|rect| rect.contains(at)) {
            pen.dots.push((at, f64::from(radius) / UNIT));
        }
        Ok(())
    }

    /// Plotters itself writes only the numbers beside the axes.
    fn draw_text<S: BackendTextStyle>(&mut self, body: &str, style: &S, at: BackendCoord) -> Outcome {
        let size = super::TEXT;
        let (x, y) = pixels(at);
        let anchor = match style.anchor().h_pos {
            HPos::Left => Anchor::Start,
            HPos::Center => Anchor::Middle,
            HPos::Right => Anchor::End,
        };
        let drop = match style.anchor().v_pos {
            VPos::Top => 0.76 * size,
            VPos::Center => 0.35 * size,
            VPos::Bottom => -0.2 * size,
        };
        text::write(&mut self.0.borrow_mut().tick_labels, "tick", &text::glyphs(body), size, (x, y + drop), anchor);
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        body: &str,
        _: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let width = text::width(&text::glyphs(body), super::TEXT);
        Ok(((width * UNIT) as u32, (super::TEXT * UNIT) as u32))
    }
}
