//! One panel: the room for its parts, its frame, its series and the text around them.

use std::cell::RefCell;

use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::series::LineSeries;
use plotters::style::Color;

use crate::record::{Mark, Panel};

use super::data::{self, Drawable, Row};
use super::legend::{self, Entry};
use super::path::Rect;
use super::scale::Scale;
use super::svg::{AXIS, GRID, Page, Pen, Svg, UNIT, ZERO};
use super::text::{self, Anchor, Glyph};
use super::{BOLD, Description, Size, TEXT, TITLE};

type Chart<'a, 'p> = ChartContext<'a, Svg<'p>, Cartesian2d<Scale, Scale>>;
type Area<'p> = DrawingArea<Svg<'p>, Shift>;

/// Lengths of marks along the axes, and the radius of points.
const TICK: f64 = 4.0;
const MINOR: f64 = 2.5;
const RADIUS: f64 = 3.2;
/// From one line of text to the next.
const LINE: f64 = 17.0;
/// The points that all curves of a panel may have together, and all separate marks, to keep pages small.
const POINTS: usize = 2000;
const DOTS: usize = 4500;
/// More bars than this are narrower than a pixel, and drawn as one area.
const BARS: usize = 800;

/// Draws a panel of a figure that has `of` of them, as an `<svg>` element without colours of its own.
pub fn panel(panel: &Panel, size: Size, of: usize, id: &str, description: &Description) -> String {
    panel_in(panel, data::colors(panel), size, of, id, description)
}

/// As [`panel()`], with a class for each series in place of its colour.
pub fn panel_in(
    panel: &Panel,
    classes: Vec<String>,
    size: Size,
    of: usize,
    id: &str,
    description: &Description,
) -> String {
    let all = data::drawable_in(panel, classes);
    let layout = Layout::new(panel, &all, size, of);
    let mut page = Page::new(layout.width, layout.height);
    page.out = super::open(layout.width, layout.height, id, description);
    let page = RefCell::new(page);
    {
        let area = Svg(&page).into_drawing_area();
        let mut chart = layout.chart(&area);
        draw_frame(&layout, &area, &mut chart);
        page.borrow_mut().finish_frame();
        let mut order: Vec<&Drawable> = all.iter().collect();
        order.sort_by_key(|series| legend::layer(series.mark, series.rows.len()));
        for series in order {
            draw_series(series, &page, &mut chart, &layout, share(series.mark, &all));
        }
        for entry in &layout.legend {
            draw_entry(entry, &page, &area, layout.legend_top);
        }
    }
    let mut page = page.into_inner();
    write_labels(&layout, &mut page.out);
    page.out.push_str("</svg>");
    page.out
}

/// The most points for a series: its share of those of its kind.
fn share(mark: Mark, all: &[Drawable]) -> usize {
    let dots = |mark: Mark| matches!(mark, Mark::Points | Mark::Errors);
    let alike = all.iter().filter(|other| dots(other.mark) == dots(mark));
    let parts: usize = alike.map(|other| if other.mark == Mark::Band { 2 } else { 1 }).sum();
    let (total, own) = if dots(mark) { (DOTS, 1) } else { (POINTS, if mark == Mark::Band { 2 } else { 1 }) };
    (own * total / parts.max(1)).max(100)
}

/// Where everything goes, in pixels.
struct Layout {
    width: f64,
    height: f64,
    plot: Rect,
    x: Scale,
    y: Scale,
    title: Vec<Vec<Glyph>>,
    legend: Vec<Entry>,
    legend_top: f64,
    x_label: Vec<Vec<Glyph>>,
    y_label: Vec<Vec<Glyph>>,
}

impl Layout {
    fn new(panel: &Panel, all: &[Drawable], size: Size, of: usize) -> Layout {
        let (width, height): (f64, f64) = match size {
            Size::Wide if of <= 1 => (680.0, 400.0),
            Size::Wide => (332.0, 290.0),
            Size::Narrow => (350.0, 290.0),
        };
        let mut x = Scale::new(data::x_range(&panel.x, all), panel.x.log);
        let mut y = Scale::new(data::y_range(&panel.y, all), panel.y.log);
        let title = text::lines(&text::glyphs(&panel.title), TITLE * BOLD, width, 2);
        let legend = legend::entries(all, width);
        let rows = legend.last().map_or(0, |entry| entry.row + 1);
        let y_lines = text::lines(&text::glyphs(&panel.y.label), TEXT, width - 50.0, 2).len();

        // A tall header makes the drawing taller rather than the plot lower.
        let legend_top = title.len() as f64 * 19.0 + if title.is_empty() { 0.0 } else { 4.0 };
        let label_top = legend_top + rows as f64 * legend::ROW + if rows > 0 { 5.0 } else { 0.0 };
        let top = label_top + y_lines.max(1) as f64 * LINE + 5.0;
        let height = height + (top - if of > 1 || size == Size::Narrow { 66.0 } else { 72.0 }).max(0.0);
        let x_lines = text::lines(&text::glyphs(&panel.x.label), TEXT, width - 80.0, 2).len();
        let bottom = height - 26.0 - x_lines as f64 * LINE;

        y.choose_ticks(bottom - top, |_| 2.4 * TEXT, &[], false);
        let own = data::own_positions(all);
        let left = (y.ticks.iter().map(label_width).fold(0.0, f64::max) + 2.0 * TICK + 1.0).clamp(22.0, width / 2.0);
        let whole = own.iter().all(|at| at.fract() == 0.0) && own.len() <= 30;
        let mut right = width - 10.0;
        // A label at the end of the axis may need a wider margin, which in turn may change the labels.
        for _ in 0..2 {
            x.choose_ticks(right - left, |label| label + 14.0, &own, whole && !all.is_empty());
            let ends = x.ticks.iter().map(|tick| left + x.place(tick.at) * (right - left) + label_width(tick) / 2.0);
            let over = ends.fold(0.0, f64::max) - (width - 1.0);
            right -= over.max(0.0);
        }
        let plot = Rect { left, top, right, bottom };
        let x_label = text::lines(&labelled(&panel.x.label, &x), TEXT, right - left, 2);
        let y_label = text::lines(&labelled(&panel.y.label, &y), TEXT, width, 2);
        Layout { width, height, plot, x, y, title, legend, legend_top, x_label, y_label }
    }

    fn chart<'a, 'p>(&self, area: &'a Area<'p>) -> Chart<'a, 'p> {
        let units = |pixels: f64| (pixels * UNIT).round() as i32;
        let mut builder = ChartBuilder::on(area);
        builder
            .margin_top(units(self.plot.top))
            .margin_right(units(self.width - self.plot.right))
            .set_label_area_size(LabelAreaPosition::Left, units(self.plot.left))
            .set_label_area_size(LabelAreaPosition::Bottom, units(self.height - self.plot.bottom));
        sure(builder.build_cartesian_2d(self.x.clone(), self.y.clone()))
    }
}

/// Plotters' errors are those of files and fonts; text in memory has neither.
fn sure<T, E: std::error::Error>(outcome: Result<T, E>) -> T {
    outcome.unwrap_or_else(|error| unreachable!("drawing to memory failed: {error}"))
}

fn label_width(tick: &super::scale::Tick) -> f64 {
    text::width(&text::glyphs(&tick.label), TEXT)
}

/// An axis label, with the power of ten that the numbers beside the axis leave out.
fn labelled(label: &str, scale: &Scale) -> Vec<Glyph> {
    match scale.power {
        0 => text::glyphs(label),
        power if label.trim().is_empty() => text::glyphs(&format!("\u{d7}\u{2009}$10^{{{power}}}$")),
        power => text::glyphs(&format!("{label} (\u{d7}\u{2009}$10^{{{power}}}$)")),
    }
}

/// Grid, axes, ticks and their numbers.
fn draw_frame(layout: &Layout, area: &Area, chart: &mut Chart) {
    let (x, y) = (&layout.x, &layout.y);
    let mut mesh = chart.configure_mesh();
    mesh.x_labels(x.ticks.len()).y_labels(y.ticks.len());
    mesh.bold_line_style(GRID).light_line_style(GRID).axis_style(AXIS);
    sure(mesh.set_all_tick_mark_size((TICK * UNIT) as i32).draw());
    if !y.log && y.low < 0.0 && y.high > 0.0 {
        let zero = PathElement::new(vec![(x.low, 0.0), (x.high, 0.0)], ZERO);
        sure(chart.draw_series(std::iter::once(zero)));
    }
    let units = |x: f64, y: f64| ((x * UNIT) as i32, (y * UNIT) as i32);
    let Rect { left, top, right, bottom } = layout.plot;
    for at in &x.minor {
        let x = left + x.place(*at) * (right - left);
        sure(area.draw(&PathElement::new(vec![units(x, bottom), units(x, bottom + MINOR)], AXIS)));
    }
    for at in &y.minor {
        let y = bottom - y.place(*at) * (bottom - top);
        sure(area.draw(&PathElement::new(vec![units(left - MINOR, y), units(left, y)], AXIS)));
    }
}

fn draw_series(series: &Drawable, page: &RefCell<Page>, chart: &mut Chart, layout: &Layout, most: usize) {
    let class = format!("{} {}", series.color, series.mark.name());
    page.borrow_mut().open_series(&class, &text::spoken(series.name), Pen::new(series.mark, Some(layout.plot), most));
    match series.mark {
        Mark::Line | Mark::Dashed => {
            for run in series.runs() {
                sure(chart.draw_series(LineSeries::new(run.iter().map(|row| (row[0], row[1])), AXIS)));
            }
        }
        Mark::Points | Mark::Errors => {
            if series.mark == Mark::Errors {
                let stems = series.present().step_by(data::stem_stride(series));
                sure(chart.draw_series(stems.map(|row| stem(row, layout.y.log))));
            }
            let radius = (RADIUS * UNIT) as i32;
            let dot = |row: Row| Circle::new((row[0], row[1]), radius, AXIS.filled());
            sure(chart.draw_series(series.present().map(dot)));
        }
        Mark::Band => {
            for run in series.runs() {
                sure(chart.draw_series(std::iter::once(band(&run, layout.y.log))));
            }
        }
        Mark::Bars if series.rows.len() > BARS => {
            sure(chart.draw_series(std::iter::once(silhouette(series, layout.y.log.then_some(layout.y.low)))));
        }
        Mark::Bars => {
            sure(chart.draw_series(series.present().map(|row| bar(row, series, layout))));
        }
    }
    page.borrow_mut().close_series();
}

/// A log axis has no place for zero: it counts as infinitely far down.
fn reachable(value: f64, log: bool) -> f64 {
    if log { value.max(0.0) } else { value }
}

/// The stem of an error bar; without caps, which say nothing more.
fn stem(row: Row, log: bool) -> PathElement<(f64, f64)> {
    let [x, y, error] = row;
    PathElement::new(vec![(x, reachable(y - error.abs(), log)), (x, y + error.abs())], AXIS)
}

fn band(run: &[Row], log: bool) -> Polygon<(f64, f64)> {
    let there = run.iter().map(|[x, low, _]| (*x, reachable(*low, log)));
    let back = run.iter().rev().map(|[x, _, high]| (*x, reachable(*high, log)));
    Polygon::new(there.chain(back).collect::<Vec<_>>(), AXIS)
}

/// The outline of bars too many to tell apart.
fn silhouette(series: &Drawable, floor: Option<f64>) -> Polygon<(f64, f64)> {
    let mut rows: Vec<Row> = series.present().map(|row| [row[0], floor.unwrap_or(0.0), row[1]]).collect();
    rows.sort_by(|a, b| a[0].total_cmp(&b[0]));
    band(&rows, floor.is_some())
}

fn bar(row: Row, series: &Drawable, layout: &Layout) -> Rectangle<(f64, f64)> {
    let (x, y) = (&layout.x, &layout.y);
    let middle = data::forward(row[0], x.log);
    let edge = |offset: f64| data::backward(middle + offset, x.log);
    let (left, right) = (edge(series.offsets.0), edge(series.offsets.1));
    let base = if y.log { y.low } else { 0.0 };
    let mut bar = Rectangle::new([(left, base), (right, row[1])], AXIS.filled());
    // Wide bars leave a pixel of paper between them.
    let pixels = (x.place(right) - x.place(left)) * (layout.plot.right - layout.plot.left);
    if pixels > 4.0 {
        bar.set_margin(0, 0, (0.5 * UNIT) as u32, (0.5 * UNIT) as u32);
    }
    bar
}

/// A legend entry: the marks of its series in small, and its name.
fn draw_entry(entry: &Entry, page: &RefCell<Page>, area: &Area, top: f64) {
    let middle = top + entry.row as f64 * legend::ROW + 8.5;
    let (left, right) = (entry.x, entry.x + legend::SWATCH);
    let at = |x: f64, y: f64| ((x * UNIT).round() as i32, (y * UNIT).round() as i32);
    let center = (left + right) / 2.0;
    page.borrow_mut().open_entry(entry.whole.as_deref());
    for (color, mark) in &entry.marks {
        page.borrow_mut().open_series(&format!("{color} {}", mark.name()), "", Pen::new(*mark, None, 10));
        let dot = Circle::new(at(center, middle), (RADIUS * UNIT) as i32, AXIS.filled());
        sure(match mark {
            Mark::Line | Mark::Dashed => area.draw(&PathElement::new(vec![at(left, middle), at(right, middle)], AXIS)),
            Mark::Points => area.draw(&dot),
            Mark::Errors => {
                let stem = PathElement::new(vec![at(center, middle - 7.0), at(center, middle + 7.0)], AXIS);
                area.draw(&stem).and_then(|()| area.draw(&dot))
            }
            Mark::Band => {
                let corners =
                    [at(left, middle - 5.5), at(right, middle - 5.5), at(right, middle + 5.5), at(left, middle + 5.5)];
                area.draw(&Polygon::new(corners.to_vec(), AXIS))
            }
            Mark::Bars => area
                .draw(&Rectangle::new([at(center - 6.0, middle - 5.5), at(center + 6.0, middle + 5.5)], AXIS.filled())),
        });
        page.borrow_mut().close_series();
    }
    let mut page = page.borrow_mut();
    text::write(&mut page.out, "legend", &entry.label, TEXT, (entry.text_x(), middle + 4.5), Anchor::Start);
    page.out.push_str("</g>");
}

/// The title, and the names of the axes: that of y lies flat above its axis, where long names have room.
fn write_labels(layout: &Layout, out: &mut String) {
    for (at, line) in layout.title.iter().enumerate() {
        text::write(out, "title", line, TITLE, (0.0, 14.0 + 19.0 * at as f64), Anchor::Start);
    }
    let Rect { left, top, right, bottom } = layout.plot;
    let above = top - 11.0 - LINE * (layout.y_label.len() as f64 - 1.0);
    for (at, line) in layout.y_label.iter().enumerate() {
        text::write(out, "label", line, TEXT, (0.0, above + LINE * at as f64), Anchor::Start);
    }
    for (at, line) in layout.x_label.iter().enumerate() {
        let baseline = bottom + 37.0 + LINE * at as f64;
        text::write(out, "label", line, TEXT, ((left + right) / 2.0, baseline), Anchor::Middle);
    }
}
