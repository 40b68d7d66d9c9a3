//! How long each cell runs: `cells.durations`, by which work is split evenly, the same on every machine.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::tree::Tree;

/// The committed file, beside `cells.lock`.
pub const FILE: &str = "cells.durations";

/// Below this a time says more of the machine than of the cell.
const FLOOR: f64 = 0.05;
/// An entry stays unless a new time differs from it by more than this factor, and by more than [`SECONDS`].
const FACTOR: f64 = 2.0;
const SECONDS: f64 = 0.1;
/// No cell may run longer than this (see `config::seconds`).
const LONGEST: f64 = 1e9;

/// What the file says: a hint, never a mistake.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durations {
    text: String,
    seconds: BTreeMap<String, f64>,
    /// What is taken for a cell that is not known.
    usual: f64,
}

impl Durations {
    /// Reads `label seconds` lines. One that cannot be read, such as the mark of a merge, is overlooked; of two for one
    /// label the longer counts, whichever side of a merge it is from.
    pub fn read(tree: &Tree) -> Durations {
        let text = String::from_utf8_lossy(tree.bytes(FILE).unwrap_or_default()).into_owned();
        let mut seconds = BTreeMap::new();
        for (label, time) in text.lines().filter_map(entry) {
            let known: &mut f64 = seconds.entry(label.to_owned()).or_insert(time);
            *known = known.max(time);
        }
        let mut times: Vec<f64> = seconds.values().copied().collect();
        times.sort_by(f64::total_cmp);
        let usual = times.get(times.len() / 2).copied().unwrap_or(1.0);
        Durations { text, seconds, usual }
    }

    /// How long a cell ran when it was last written down.
    pub fn known(&self, label: &str) -> Option<Duration> {
        self.seconds.get(label).map(|time| Duration::from_secs_f64(*time))
    }

    /// How long a cell will probably run: for one that is not known the median of the others, or a second.
    pub fn of(&self, label: &str) -> Duration {
        self.known(label).unwrap_or(Duration::from_secs_f64(self.usual))
    }

    /// The text of the file after cells have run, if it is another.
    ///
    /// Times differ from run to run and from machine to machine, and a file that is committed should not: an entry
    /// changes only when it is wrong by more than a factor of two. Entries of cells that are gone are dropped.
    pub fn with(&self, ran: &[(&str, Duration)], labels: &[&str]) -> Option<String> {
        let mut seconds = self.seconds.clone();
        for (label, took) in ran {
            let new = took.as_secs_f64().clamp(FLOOR, LONGEST);
            match seconds.get(*label) {
                Some(old) if is_near(*old, new) => {}
                _ => drop(seconds.insert((*label).to_owned(), two_digits(new))),
            }
        }
        let exist: BTreeSet<&str> = labels.iter().copied().collect();
        seconds.retain(|label, _| exist.contains(label.as_str()));
        let text: String = seconds.iter().map(|(label, time)| format!("{label} {time}\n")).collect();
        // Line by line, since version control may have changed how lines end.
        (!text.lines().eq(self.text.lines())).then_some(text)
    }

    /// Cuts cells into `n` parts that take about equally long; within a part the longest comes first.
    ///
    /// Each cell, the longest first, goes to the part that has least to do so far. The longest part then takes at most
    /// 4/3 - 1/(3n) times as long as it would in the best way of all (LPT; R. L. Graham, Bounds on multiprocessing
    /// timing anomalies, SIAM J. Appl. Math. 17, 1969). Every label is in exactly one part, and the parts depend on the
    /// labels and their times alone, not on their order. Cost: O(m log m + m n) for m labels.
    pub fn split<'a>(&self, labels: &[&'a str], n: usize) -> Vec<Vec<&'a str>> {
        let distinct: BTreeSet<&str> = labels.iter().copied().collect();
        let mut work: Vec<(Duration, &str)> = distinct.into_iter().map(|label| (self.of(label), label)).collect();
        work.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let mut parts = vec![(Duration::ZERO, Vec::new()); n.max(1)];
        for (time, label) in work {
            // The first of those that have least: a cell is never left out, since there is always a part.
            if let Some(part) = parts.iter_mut().min_by_key(|part| part.0) {
                part.0 += time;
                part.1.push(label);
            }
        }
        parts.into_iter().map(|part| part.1).collect()
    }
}

fn entry(line: &str) -> Option<(&str, f64)> {
    let (label, time) = line.trim().split_once(' ')?;
    let is_label = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let time: f64 = time.trim().parse().ok()?;
    (is_label && time > 0.0 && time <= LONGEST).then_some((label, time))
}

fn is_near(old: f64, new: f64) -> bool {
    let (low, high) = (old.min(new), old.max(new));
    high <= low * FACTOR || high - low <= SECONDS
}

fn two_digits(time: f64) -> f64 {
    format!("{time:.1e}").parse().unwrap_or(time)
}
