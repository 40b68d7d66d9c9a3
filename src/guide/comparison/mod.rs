//! How far a fresh record lies from the one in the ledger, number by number.
//!
//! The rules. Two numbers agree bit for bit, or within the tolerance: their difference is at most the larger of `abs` and
//! `rel` times the recorded number (and of a rounding remainder, see [`Tolerance::allowed`]). A NaN agrees with a NaN
//! and with nothing else; an infinity with the same infinity only. The two zeros differ by 0: within every tolerance, though
//! not bit for bit. The measurement of a claim that a residual is at most tiny may be whatever is within the bound. A
//! tolerance of 0 asks for the same bits, signs of zeros too. Two empty arrays agree. Whatever is not a number, such as
//! names, marks, labels, lengths, shapes and the order of things, agrees if it is the same; else it has drifted, whatever
//! the tolerance.

mod parts;

pub use parts::series_place;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::tolerance::{Tolerance, Tolerances};
use super::yaml::nearest;
use crate::record::Record;
use parts::{Part, parts};

/// A tolerance that allows more than this share of what it is for needs a reason.
const LOOSE: f64 = 0.1;

/// What came of comparing two records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Numbers that were compared.
    pub numbers: usize,
    /// Whether all of it is the same, to the last bit.
    pub identical: bool,
    /// The largest deviation that is allowed, by its share of what is; none if all numbers are the same.
    pub largest: Option<Deviation>,
    pub drifts: Vec<Drift>,
    pub advice: Vec<Advice>,
}

/// Two numbers that are not the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deviation {
    /// Where, in words: `panel 1, line 'a', y[3]`.
    pub place: String,
    /// Its index among the numbers of the place, counted from 0.
    pub index: usize,
    #[serde(with = "number")]
    pub recorded: f64,
    #[serde(with = "number")]
    pub fresh: f64,
    /// The difference; infinite if one of the two is not a finite number.
    #[serde(with = "number")]
    pub deviation: f64,
    /// The difference as a share of the recorded number.
    #[serde(with = "number")]
    pub relative: f64,
    #[serde(with = "number")]
    pub allowed: f64,
}

/// What is not as it was recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Drift {
    /// The worst number of one part, and how many of it are too far off.
    Number { worst: Deviation, count: usize, of: usize },
    /// Something other than a number, such as a length or a name.
    Shape { place: String, recorded: String, fresh: String },
}

/// What could be said of a declared tolerance.
#[derive(Clone, Debug, PartialEq)]
pub enum Advice {
    /// The cell shows nothing of this name; and a name that is like it.
    NamesNothing { name: String, near: Option<String> },
    /// All that it covers is reproduced within the site's tolerance, and it gives no reason. The name is empty for that of the whole cell.
    NotNeeded { name: String },
    /// It allows this share of the largest number that it covers, and gives no reason.
    Loose { name: String, share: f64 },
}

impl Deviation {
    fn new(index: usize, recorded: f64, fresh: f64, allowed: f64) -> Deviation {
        let deviation = difference(recorded, fresh);
        let relative = if deviation == 0.0 { 0.0 } else { deviation / recorded.abs() };
        Deviation { place: String::new(), index, recorded, fresh, deviation, relative, allowed }
    }

    /// The difference as a share of what is allowed.
    pub fn share(&self) -> f64 {
        if self.deviation == 0.0 { 0.0 } else { self.deviation / self.allowed }
    }
}

impl Drift {
    pub fn place(&self) -> &str {
        match self {
            Drift::Number { worst, .. } => &worst.place,
            Drift::Shape { place, .. } => place,
        }
    }
}

impl Comparison {
    /// Whether the fresh record is as good as the recorded one.
    pub fn agrees(&self) -> bool {
        self.drifts.is_empty()
    }
}

/// Compares a fresh record with the one in the ledger. Cost: O(numbers), and O(p log p) for p parts.
pub fn compare(recorded: &Record, fresh: &Record, cell: &Tolerances, site: &Tolerance) -> Comparison {
    let (old, new) = (parts(recorded), parts(fresh));
    let mut comparer =
        Comparer { cell, site, needed: BTreeSet::new(), covered: BTreeMap::new(), out: Comparison::default() };
    comparer.out.identical = true;
    let by_place: BTreeMap<&str, &Part> = new.iter().map(|part| (part.place.as_str(), part)).collect();
    for part in &old {
        match by_place.get(part.place.as_str()) {
            Some(other) => comparer.part(part, other),
            None => comparer.shape(&part.place, &part.shape, "not shown any more"),
        }
    }
    let known: BTreeSet<&str> = old.iter().map(|part| part.place.as_str()).collect();
    for part in new.iter().filter(|part| !known.contains(part.place.as_str())) {
        comparer.shape(&part.place, "nothing of the kind", &part.shape);
    }
    comparer.advise(&old, &new)
}

struct Comparer<'a> {
    cell: &'a Tolerances,
    site: &'a Tolerance,
    /// Names of declared tolerances without which something would have drifted.
    needed: BTreeSet<String>,
    /// The largest number that each declared tolerance covers.
    covered: BTreeMap<String, f64>,
    out: Comparison,
}

impl Comparer<'_> {
    /// The tolerance of a part, and the name under which it was declared; none if it is the site's.
    fn tolerance(&self, part: &Part) -> (Option<String>, Tolerance) {
        for name in &part.names {
            if let Some(found) = self.cell.named.get(name) {
                return (Some(name.clone()), found.clone());
            }
        }
        match &self.cell.default {
            Some(default) => (Some(String::new()), default.clone()),
            None => (None, self.site.clone()),
        }
    }

    fn shape(&mut self, place: &str, recorded: &str, fresh: &str) {
        self.out.identical = false;
        let (place, recorded, fresh) = (place.to_owned(), recorded.to_owned(), fresh.to_owned());
        self.out.drifts.push(Drift::Shape { place, recorded, fresh });
    }

    fn part(&mut self, old: &Part, new: &Part) {
        if old.shape != new.shape {
            self.shape(&old.place, &old.shape, &new.shape);
        }
        if old.numbers.len() != new.numbers.len() {
            return;
        }
        let (name, tolerance) = self.tolerance(old);
        let scale = old.scale();
        if let Some(name) = &name {
            let most = self.covered.entry(name.clone()).or_default();
            *most = most.max(scale);
        }
        self.out.numbers += old.numbers.len();
        let (mut worst, mut count): (Option<Deviation>, usize) = (None, 0);
        for (index, (recorded, fresh)) in old.numbers.iter().zip(&new.numbers).enumerate() {
            if same_bits(*recorded, *fresh) {
                continue;
            }
            self.out.identical = false;
            let residual = old.residual.filter(|bound| index == 0 && *bound >= recorded.max(*fresh));
            let allowed = tolerance.allowed(*recorded, scale).max(residual.unwrap_or(0.0));
            let found = Deviation::new(index, *recorded, *fresh, allowed);
            if let Some(name) = name.as_ref().filter(|_| found.deviation > self.site.allowed(*recorded, scale)) {
                self.needed.insert(name.clone());
            }
            // What is infinitely far is too far, however much is allowed.
            let drifted = tolerance.is_exact() || found.deviation > allowed || found.deviation.is_infinite();
            count += usize::from(drifted);
            if worst.as_ref().is_none_or(|worst| found.share() > worst.share()) {
                worst = Some(found);
            }
        }
        let Some(mut worst) = worst else { return };
        worst.place = old.at(worst.index);
        if count > 0 {
            self.out.drifts.push(Drift::Number { worst, count, of: old.numbers.len() });
        } else if self.out.largest.as_ref().is_none_or(|largest| worst.share() > largest.share()) {
            self.out.largest = Some(worst);
        }
    }

    /// What there is to say of the tolerances themselves.
    fn advise(mut self, old: &[Part], new: &[Part]) -> Comparison {
        let shown: BTreeSet<&str> = old
            .iter()
            .chain(new)
            .flat_map(|part| &part.names)
            .map(String::as_str)
            .filter(|name| !name.is_empty())
            .collect();
        let default = self.cell.default.iter().map(|tolerance| ("", tolerance));
        let named = self.cell.named.iter().map(|(name, tolerance)| (name.as_str(), tolerance));
        for (name, tolerance) in default.chain(named) {
            let scale = self.covered.get(name).copied();
            let share =
                tolerance.rel.max(scale.filter(|scale| *scale > 0.0).map_or(0.0, |scale| tolerance.abs / scale));
            let wider = tolerance.abs > 0.0 || tolerance.rel > self.site.rel;
            // A reason is an answer to both remarks.
            let (bare, name) = (tolerance.reason.is_none(), name.to_owned());
            if !name.is_empty() && !shown.contains(name.as_str()) {
                let near = nearest(&name, shown.iter().copied()).map(str::to_owned);
                self.out.advice.push(Advice::NamesNothing { name, near });
            } else if bare && share > LOOSE {
                self.out.advice.push(Advice::Loose { name, share });
            } else if bare && scale.is_some() && wider && self.out.drifts.is_empty() && !self.needed.contains(&name) {
                self.out.advice.push(Advice::NotNeeded { name });
            }
        }
        self.out
    }
}

/// Whether two numbers are the same to the last bit; any NaN is as good as any other.
fn same_bits(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// The distance of two numbers; infinite if they are not the same and one of them is not finite.
fn difference(a: f64, b: f64) -> f64 {
    if a == b || (a.is_nan() && b.is_nan()) {
        0.0
    } else if a.is_finite() && b.is_finite() {
        (a - b).abs()
    } else {
        f64::INFINITY
    }
}

/// Numbers that JSON has no words for are written as `"NaN"`, `"inf"` and `"-inf"`.
pub mod number {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes a number, or its word.
    pub fn serialize<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if number.is_finite() {
            serializer.serialize_f64(*number)
        } else {
            serializer.serialize_str(&number.to_string())
        }
    }

    /// Reads a number, or its word.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(f64),
            Word(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Ok(number),
            Written::Word(word) => word.parse().map_err(serde::de::Error::custom),
        }
    }
}
