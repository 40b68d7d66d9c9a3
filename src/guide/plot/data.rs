//! What of a panel can be drawn, why the rest cannot, and the ranges that show it.

use crate::record::{Axis, Mark, Panel, Series};

use super::text;

/// Columns as rows: x, then y, then the error; or x, low and high of a band.
pub type Row = [f64; 3];

/// A series with what cannot be drawn replaced by gaps.
pub struct Drawable<'a> {
    pub name: &'a str,
    pub mark: Mark,
    /// Its class: `s0` to `s7`, or `theory`.
    pub color: String,
    pub rows: Vec<Option<Row>>,
    /// The left and right edges of bars, as [`forward`] places them.
    pub offsets: (f64, f64),
    /// What a bar, or a group of bars, takes of the axis with the gap around it.
    slot: f64,
}

impl Drawable<'_> {
    pub fn present(&self) -> impl Iterator<Item = Row> {
        self.rows.iter().flatten().copied()
    }

    /// The stretches without gaps.
    pub fn runs(&self) -> impl Iterator<Item = Vec<Row>> {
        self.rows
            .split(Option::is_none)
            .filter(|run| !run.is_empty())
            .map(|run| run.iter().flatten().copied().collect())
    }
}

enum Flaw {
    NotFinite,
    NotPositive(&'static str),
}

/// Beyond this a span of two numbers would no longer be one; below its inverse a number counts as zero.
const HUGE: f64 = 1e300;

fn row(series: &Series, at: usize, panel: &Panel) -> Result<Row, Flaw> {
    let column = |index: usize| series.columns.get(index).map_or(0.0, |column| column[at]);
    let mut row = [column(0), column(1), column(2)];
    if series.mark == Mark::Errors && !(row[2].is_finite() && row[2].abs() < HUGE) {
        row[2] = 0.0;
    }
    if row.iter().any(|value| !value.is_finite() || value.abs() > HUGE) {
        return Err(Flaw::NotFinite);
    }
    for value in &mut row {
        *value = if value.abs() < 1.0 / HUGE { 0.0 } else { *value };
    }
    let highest = if series.mark == Mark::Band { row[1].max(row[2]) } else { row[1] };
    if panel.x.log && row[0] <= 0.0 {
        return Err(Flaw::NotPositive("x"));
    }
    if panel.y.log && highest <= 0.0 {
        return Err(Flaw::NotPositive("y"));
    }
    Ok(row)
}

/// How many rows a series has: those for which every column has an entry.
fn length(series: &Series) -> usize {
    let columns = series.columns.iter().take(series.mark.columns().len());
    if series.columns.len() < series.mark.columns().len() { 0 } else { columns.map(Vec::len).min().unwrap_or(0) }
}

pub fn drawable(panel: &Panel) -> Vec<Drawable<'_>> {
    drawable_in(panel, colors(panel))
}

/// With a class given for each series.
pub fn drawable_in(panel: &Panel, colors: Vec<String>) -> Vec<Drawable<'_>> {
    let mut all: Vec<Drawable> = panel
        .series
        .iter()
        .zip(colors)
        .map(|(series, color)| Drawable {
            name: &series.name,
            mark: series.mark,
            color,
            rows: (0..length(series)).map(|at| row(series, at, panel).ok()).collect(),
            offsets: (0.0, 0.0),
            slot: 0.0,
        })
        .collect();
    place_bars(&mut all, panel.x.log);
    all
}

/// Series of one name share a colour. A prediction that stands alone among measurements is drawn in ink.
pub fn colors<'a>(panel: &'a Panel) -> Vec<String> {
    let dashed = |name: &str| panel.series.iter().filter(|series| series.name == name).all(|s| s.mark == Mark::Dashed);
    let mut names: Vec<&str> = Vec::new();
    for series in &panel.series {
        if series.name.is_empty() || !names.contains(&series.name.as_str()) {
            names.push(&series.name);
        }
    }
    let lone = names.len() > 1 && names.iter().filter(|name| dashed(name)).count() == 1;
    let mut known: Vec<(&str, String)> = Vec::new();
    let mut used = 0;
    let color = |series: &'a Series| {
        if let Some((_, color)) = known.iter().find(|(name, _)| !name.is_empty() && *name == series.name) {
            return color.clone();
        }
        let color = if lone && dashed(&series.name) {
            "theory".to_owned()
        } else {
            used += 1;
            format!("s{}", (used - 1) % 8)
        };
        known.push((&series.name, color.clone()));
        color
    };
    panel.series.iter().map(color).collect()
}

/// A coordinate along an axis on which equal distances look equal.
pub fn forward(value: f64, log: bool) -> f64 {
    if log { value.log10() } else { value }
}

pub fn backward(value: f64, log: bool) -> f64 {
    if log { 10f64.powf(value) } else { value }
}

/// Bars are as wide as the closest of them are apart; several series at the same places share that width.
fn place_bars(all: &mut [Drawable], log: bool) {
    let places = |series: &Drawable| {
        let mut places: Vec<f64> = series.present().map(|row| forward(row[0], log)).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        places
    };
    let bars: Vec<usize> = (0..all.len()).filter(|at| all[*at].mark == Mark::Bars).collect();
    let shared = bars.windows(2).all(|pair| places(&all[pair[0]]) == places(&all[pair[1]]));
    for (order, at) in bars.iter().enumerate() {
        let places = places(&all[*at]);
        let gaps = places.windows(2).map(|pair| pair[1] - pair[0]);
        let width = gaps.fold(f64::INFINITY, f64::min);
        let width = if width.is_finite() {
            width
        } else if log {
            0.3
        } else {
            1.0
        };
        // Between groups of bars there is a gap; a single series touches, as histograms do.
        let (group, start) = if shared && bars.len() > 1 { (bars.len() as f64, -0.4) } else { (1.0, -0.5) };
        let each = -2.0 * start * width / group;
        let left = start * width + if group > 1.0 { order as f64 * each } else { 0.0 };
        all[*at].offsets = (left, left + each);
        all[*at].slot = width;
    }
}

/// The range of the x axis.
pub fn x_range(axis: &Axis, all: &[Drawable]) -> (f64, f64) {
    let mut extent = Extent::default();
    let mut loose = false;
    for series in all {
        for row in series.present() {
            if series.mark == Mark::Bars {
                let middle = forward(row[0], axis.log);
                extent.add(backward(middle - series.slot / 2.0, axis.log));
                extent.add(backward(middle + series.slot / 2.0, axis.log));
            } else {
                extent.add(row[0]);
            }
        }
        // Marks with a size stand clear of the axes; curves run up to them.
        loose |= matches!(series.mark, Mark::Points | Mark::Errors);
    }
    given(axis).unwrap_or_else(|| extent.padded(axis.log, if loose { 0.035 } else { 0.0 }, false))
}

/// The range of the y axis.
pub fn y_range(axis: &Axis, all: &[Drawable]) -> (f64, f64) {
    let mut extent = Extent::default();
    for series in all {
        for row in series.present() {
            extent.add(row[1]);
            match series.mark {
                Mark::Band => extent.add(row[2]),
                // On a log axis an error as large as the value would need an endless axis.
                Mark::Errors if axis.log => {
                    extent.add(row[1] + row[2].abs());
                    extent.add((row[1] - row[2].abs()).max(row[1] / 5.0));
                }
                Mark::Errors => {
                    extent.add(row[1] + row[2]);
                    extent.add(row[1] - row[2]);
                }
                Mark::Bars if axis.log => extent.add(row[1] / 2.0),
                Mark::Bars => extent.add(0.0),
                _ => {}
            }
        }
    }
    if axis.log {
        extent.low = extent.low.max(extent.least);
    }
    given(axis).unwrap_or_else(|| extent.padded(axis.log, 0.05, true))
}

/// The range that the axis itself asks for, if it makes sense.
fn given(axis: &Axis) -> Option<(f64, f64)> {
    let (a, b) = axis.range?;
    let (low, high) = (a.min(b), a.max(b));
    let fine = low.is_finite() && high.is_finite() && high.abs().max(low.abs()) < HUGE && distinct(low, high);
    (fine && !(axis.log && low <= 1.0 / HUGE)).then_some((low, high))
}

fn distinct(low: f64, high: f64) -> bool {
    high - low > 1e-9 * low.abs().max(high.abs()) && high - low > 1.0 / HUGE
}

struct Extent {
    low: f64,
    high: f64,
    /// The least positive number.
    least: f64,
}

impl Default for Extent {
    fn default() -> Extent {
        Extent { low: f64::INFINITY, high: f64::NEG_INFINITY, least: f64::INFINITY }
    }
}

impl Extent {
    fn add(&mut self, value: f64) {
        self.low = self.low.min(value);
        self.high = self.high.max(value);
        if value > 1.0 / HUGE {
            self.least = self.least.min(value);
        }
    }

    /// With a share of the span to either side, and `zero` at an end when it is close.
    fn padded(&self, log: bool, share: f64, zero: bool) -> (f64, f64) {
        let (low, high) = (self.low, self.high);
        if low > high {
            return if log { (1.0, 10.0) } else { (0.0, 1.0) };
        }
        if log {
            let pad = if distinct(low, high) { share * (high.log10() - low.log10()) } else { 0.5 };
            return ((low * 10f64.powf(-pad)).max(1e-305), (high * 10f64.powf(pad)).min(1e305));
        }
        if !distinct(low, high) {
            let half = if low.abs() < 1e-290 { 1.0 } else { low.abs() / 2.0 };
            return (low - half, high + half);
        }
        let pad = share * (high - low);
        match zero {
            true if low >= 0.0 && low <= 0.3 * high => (0.0, high + pad),
            true if high <= 0.0 && high >= 0.3 * low => (low - pad, 0.0),
            _ => (low - pad, high + pad),
        }
    }
}

/// Of how many error bars one is drawn, so that pages stay small.
pub fn stem_stride(series: &Drawable) -> usize {
    series.rows.len().div_ceil(600).max(1)
}

/// Positions worth a tick of their own: those of separate marks, or of curves if there are none; sorted.
pub fn own_positions(all: &[Drawable]) -> Vec<f64> {
    let separate = |series: &&Drawable| matches!(series.mark, Mark::Points | Mark::Errors | Mark::Bars);
    let any = all.iter().any(|series| separate(&series));
    let chosen = all.iter().filter(|series| !any || separate(series));
    let mut own: Vec<f64> = chosen.flat_map(|series| series.present().map(|row| row[0])).collect();
    own.sort_by(f64::total_cmp);
    own.dedup();
    own
}

/// What of the panel is not drawn as given, one sentence each.
pub fn problems(panel: &Panel) -> Vec<String> {
    let mut out = Vec::new();
    for (axis, name) in [(&panel.x, "x"), (&panel.y, "y")] {
        if axis.range.is_some() && given(axis).is_none() {
            out.push(format!("the range given for the {name} axis is unusable and was ignored"));
        }
    }
    if panel.series.is_empty() {
        out.push("the panel has no series".to_owned());
    }
    let all = drawable(panel);
    for (series, drawn) in panel.series.iter().zip(&all) {
        let name = format!("series “{}”", text::spoken(&series.name));
        flaws(series, panel, &name, &mut out);
        outside(panel, drawn, &name, &mut out);
        let stride = stem_stride(drawn);
        if drawn.mark == Mark::Errors && stride > 1 {
            out.push(format!("{name}: {} points, error bars drawn on one in {stride}", drawn.rows.len()));
        }
    }
    out
}

fn flaws(series: &Series, panel: &Panel, name: &str, out: &mut Vec<String>) {
    let rows = length(series);
    let longest = series.columns.iter().map(Vec::len).max().unwrap_or(0);
    if rows < longest {
        out.push(format!("{name}: columns of unequal length, cut to {rows}"));
    }
    let found: Vec<Result<Row, Flaw>> = (0..rows).map(|at| row(series, at, panel)).collect();
    let not_finite = found.iter().filter(|row| matches!(row, Err(Flaw::NotFinite))).count();
    if not_finite > 0 {
        out.push(format!("{name}: {} not finite, not drawn", points(not_finite)));
    }
    for axis in ["x", "y"] {
        let count = found.iter().filter(|row| matches!(row, Err(Flaw::NotPositive(a)) if *a == axis)).count();
        if count > 0 {
            out.push(format!("{name}: {} not positive on the logarithmic {axis} axis, not drawn", points(count)));
        }
    }
    let low = |row: &Row| match series.mark {
        Mark::Errors => row[1] - row[2].abs(),
        Mark::Band => row[1].min(row[2]),
        _ => f64::INFINITY,
    };
    let cut = found.iter().flatten().filter(|row| panel.y.log && low(row) <= 0.0).count();
    if cut > 0 {
        out.push(format!(
            "{name}: reaches zero or below at {}, cut at the edge of the logarithmic y axis",
            points(cut)
        ));
    }
    if found.iter().all(Result::is_err) {
        out.push(format!("{name}: nothing to draw"));
    }
}

fn outside(panel: &Panel, series: &Drawable, name: &str, out: &mut Vec<String>) {
    let beyond = |axis: &Axis, value: f64| given(axis).is_some_and(|(low, high)| value < low || value > high);
    let outside = series.present().filter(|row| beyond(&panel.x, row[0]) || beyond(&panel.y, row[1])).count();
    if outside > 0 {
        out.push(format!("{name}: {} outside the given range of the axes", points(outside)));
    }
}

fn points(count: usize) -> String {
    if count == 1 { "1 point".to_owned() } else { format!("{count} points") }
}
