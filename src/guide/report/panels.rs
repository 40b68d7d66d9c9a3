//! A panel that has drifted: what is recorded under what is fresh, and the differences.

use super::places;
use crate::guide::comparison::{Deviation, Drift, series_place};
use crate::guide::number::{count, significant};
use crate::guide::plot;
use crate::record::{Axis, Mark, Panel, Series};

/// A drawing to be: the panel, the class of each series, and what is to be said beneath it.
pub struct Drawn {
    pub panel: Panel,
    pub classes: Vec<String>,
    pub notes: Vec<String>,
}

/// Curves with fewer points are drawn as points.
const SPARSE: usize = 80;

/// Below this share of the axis two lines would be one.
const VISIBLE: f64 = 0.02;

/// Both panels in one pair of axes. A series that has not drifted is drawn once.
pub fn overlay(at: usize, recorded: &Panel, fresh: &Panel, drifts: &[Drift]) -> Drawn {
    let mut panel = Panel {
        title: fresh.title.clone(),
        x: both(&recorded.x, &fresh.x),
        y: both(&recorded.y, &fresh.y),
        series: Vec::new(),
    };
    let (mut classes, mut notes) = (Vec::new(), Vec::new());
    let mut colors = plot::colors(fresh);
    let old: Vec<(String, &Series)> = named(at, recorded);
    let new: Vec<(String, &Series)> = named(at, fresh);
    for (place, series) in &old {
        let partner = new.iter().position(|(other, _)| other == place);
        let color = match partner {
            // It is drawn with the fresh ones.
            Some(_) if places::within(drifts, place).is_empty() => continue,
            Some(partner) => colors[partner].clone(),
            None => {
                notes.push(format!("{} is not shown any more.", quoted(series)));
                colors.push(format!("s{}", colors.len() % 8));
                colors[colors.len() - 1].clone()
            }
        };
        panel.series.push(Series { name: tagged(&series.name, "recorded"), ..(*series).clone() });
        classes.push(format!("{color} old"));
    }
    for ((place, series), color) in new.iter().zip(&colors) {
        let known = old.iter().any(|(other, _)| other == place);
        if !known {
            notes.push(format!("{} is new.", quoted(series)));
        }
        let same = known && places::within(drifts, place).is_empty();
        let name = if same { series.name.clone() } else { tagged(&series.name, "fresh") };
        panel.series.push(Series { name, ..(*series).clone() });
        classes.push(color.clone());
    }
    notes.extend(plot::problems(&panel));
    Drawn { panel, classes, notes }
}

/// The series of a panel by the names that a comparison gives them.
fn named(at: usize, panel: &Panel) -> Vec<(String, &Series)> {
    (0..panel.series.len()).map(|nth| (series_place(at, panel, nth), &panel.series[nth])).collect()
}

fn tagged(name: &str, tag: &str) -> String {
    if name.trim().is_empty() { tag.to_owned() } else { format!("{name}: {tag}") }
}

fn quoted(series: &Series) -> String {
    if series.name.is_empty() { "A series without a name".into() } else { format!("The series “{}”", series.name) }
}

/// An axis on which both have room.
fn both(recorded: &Axis, fresh: &Axis) -> Axis {
    let range = match (recorded.range, fresh.range) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        _ => None,
    };
    Axis { label: fresh.label.clone(), log: recorded.log && fresh.log, range }
}

/// The differences of each series that has drifted, one drawing each; and why there is none, where there is none.
pub fn residuals(at: usize, recorded: &Panel, fresh: &Panel, drifts: &[Drift]) -> (Vec<Drawn>, Vec<String>) {
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    let new = named(at, fresh);
    let colors = plot::colors(fresh);
    for (place, old) in named(at, recorded) {
        let Some(partner) = new.iter().position(|(other, _)| *other == place) else { continue };
        let moved = |column: &str| places::within(drifts, &format!("{place}, {column}"));
        let columns = old.mark.columns();
        if columns.iter().all(|column| moved(column).is_empty()) {
            continue;
        }
        let (old_count, new_count) = (length(old), length(new[partner].1));
        if old_count != new_count {
            notes.push(format!(
                "{} had {}, and now has {}: there is no residual.",
                quoted(old),
                count(old_count, "point"),
                count(new_count, "point")
            ));
            continue;
        }
        let pair = Pair { old, new: new[partner].1, color: &colors[partner], x: &fresh.x, y: &fresh.y };
        let by_index = !moved("x").is_empty();
        for (nth, column) in columns.iter().enumerate() {
            let found = moved(column);
            let worst = found.iter().find_map(|drift| match drift {
                Drift::Number { worst, .. } => Some(worst),
                Drift::Shape { .. } => None,
            });
            out.extend(worst.map(|worst| pair.residual(nth, column, by_index, worst)));
        }
    }
    (out, notes)
}

fn length(series: &Series) -> usize {
    series.columns.iter().map(Vec::len).min().unwrap_or(0)
}

/// A series as it is recorded and as it is now, of one length.
struct Pair<'a> {
    old: &'a Series,
    new: &'a Series,
    color: &'a str,
    x: &'a Axis,
    y: &'a Axis,
}

impl Pair<'_> {
    /// Fresh less recorded for one column, against x, or against the index where x has moved too.
    fn residual(&self, nth: usize, column: &str, by_index: bool, worst: &Deviation) -> Drawn {
        let (old, new) = (&self.old.columns[nth], &self.new.columns[nth]);
        let differences: Vec<f64> = old.iter().zip(new).map(|(old, new)| difference(*old, *new)).collect();
        let places: Vec<f64> =
            if by_index { (0..old.len()).map(|at| at as f64).collect() } else { self.old.columns[0].clone() };
        let largest = differences.iter().filter(|number| number.is_finite()).fold(0.0, |most, n| n.abs().max(most));
        let mut notes = Vec::new();
        if by_index {
            let what = if nth == 0 { "x has moved" } else { "x has moved too" };
            notes.push(format!("{what}, so the residual is drawn against the index."));
        }
        let x = match by_index {
            true => Axis { label: "index".into(), ..Axis::default() },
            false => Axis { range: None, ..self.x.clone() },
        };
        let axis = if nth == 0 { self.x } else { self.y };
        let mark = if old.len() <= SPARSE { Mark::Points } else { Mark::Line };
        let curve = Series { name: String::new(), mark, columns: vec![places.clone(), differences.clone()] };
        let (mut series, mut classes) = (vec![curve], vec![self.color.to_owned()]);
        // What is allowed is known of the worst number alone: a line across all of them is named for what it is.
        let ends = ends(&places, x.log);
        if let Some((left, right)) = ends.filter(|_| worst.allowed > VISIBLE * largest && worst.allowed.is_finite()) {
            let name = format!("allowed for the worst, ±{}", significant(worst.allowed, 2));
            for edge in [worst.allowed, -worst.allowed] {
                let columns = vec![vec![left, right], vec![edge, edge]];
                series.push(Series { name: name.clone(), mark: Mark::Dashed, columns });
                classes.push("allowed".into());
            }
        } else {
            let tiny = if worst.allowed > 0.0 { ", too little to be seen here" } else { "" };
            notes.push(format!("Allowed for the worst number: {}{tiny}.", significant(worst.allowed, 2)));
        }
        if let Some((x, y)) = places.get(worst.index).zip(differences.get(worst.index)) {
            series.push(Series {
                name: "worst against its tolerance".into(),
                mark: Mark::Points,
                columns: vec![vec![*x], vec![*y]],
            });
            classes.push("worst".into());
        }
        let name = if self.old.name.is_empty() { self.old.mark.name() } else { &self.old.name };
        let column = if column == "y" { String::new() } else { format!(", {column}") };
        let label = if axis.label.is_empty() { String::new() } else { format!(": {}", axis.label) };
        let y = Axis { label: format!("fresh − recorded{label}"), ..Axis::default() };
        let panel = Panel { title: format!("{name}{column}"), x, y, series };
        let odd = differences.iter().filter(|number| !number.is_finite()).count();
        if odd > 0 {
            notes.push(format!("{} without a finite difference, not drawn.", count(odd, "point")));
        }
        Drawn { panel, classes, notes }
    }
}

/// Two numbers that agree differ by nothing, also where both are infinite or no numbers.
fn difference(old: f64, new: f64) -> f64 {
    if old == new || (old.is_nan() && new.is_nan()) { 0.0 } else { new - old }
}

/// The first and the last place that can be drawn.
fn ends(places: &[f64], log: bool) -> Option<(f64, f64)> {
    let good = || places.iter().copied().filter(|at| at.is_finite() && (!log || *at > 0.0));
    let (low, high) = (good().fold(f64::INFINITY, f64::min), good().fold(f64::NEG_INFINITY, f64::max));
    (low <= high).then_some((low, high))
}
