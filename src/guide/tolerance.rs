//! How far a fresh result may lie from its record: `1e-9`, `{rel: 1e-6}`, or one of these for each name.

use std::collections::BTreeMap;
use std::fmt;

use serde_yaml::Value;

use super::number::significant;
use super::yaml::scalar;

/// What a cell declares. Names are those of its values, series, galleries, tables and claims.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tolerances {
    /// For what has no tolerance of its own; without it the site's holds.
    pub default: Option<Tolerance>,
    pub named: BTreeMap<String, Tolerance>,
}

/// A deviation is allowed if it is within the absolute or the relative tolerance.
#[derive(Clone, Debug, PartialEq)]
pub struct Tolerance {
    pub abs: f64,
    pub rel: f64,
    /// Why it is as wide as it is.
    pub reason: Option<String>,
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [abs, rel] = [self.abs, self.rel].map(|number| significant(number, 3));
        match (self.abs > 0.0, self.rel > 0.0) {
            (false, false) => write!(f, "no deviation"),
            (true, false) => write!(f, "a deviation of {abs}"),
            (false, true) => write!(f, "a deviation of {rel} times the recorded number"),
            (true, true) => write!(f, "a deviation of {abs}, or of {rel} times the recorded number"),
        }?;
        self.reason.as_ref().map_or(Ok(()), |reason| write!(f, " ({reason})"))
    }
}

impl Default for Tolerance {
    fn default() -> Tolerance {
        Tolerance { abs: 0.0, rel: 1e-9, reason: None }
    }
}

impl Tolerance {
    /// The same bits.
    pub fn exact() -> Tolerance {
        Tolerance { abs: 0.0, rel: 0.0, reason: None }
    }

    /// Whether it asks for the same bits.
    pub fn is_exact(&self) -> bool {
        self.abs == 0.0 && self.rel == 0.0
    }

    /// The deviation allowed from a recorded number that stands among numbers as large as `scale`.
    ///
    /// Whatever the tolerance, unless it is 0: 64 units in the last place of the largest of them. This much may remain
    /// of the rounding of large numbers where they cancel, and it differs between kinds of processors.
    pub fn allowed(&self, recorded: f64, scale: f64) -> f64 {
        if self.is_exact() {
            return 0.0;
        }
        let relative = if recorded.is_finite() { self.rel * recorded.abs() } else { 0.0 };
        self.abs.max(relative).max(64.0 * f64::EPSILON * scale)
    }
}

/// What is expected of the option `tolerance`, in words.
pub const EXPECTED: &str =
    "a number such as 1e-9, `{rel: 1e-6}`, `{abs: 0.02, reason: ...}`, or one of these for each name";

/// Reads the option `tolerance` of a cell; the error says what was expected.
pub fn read(value: &Value) -> Result<Tolerances, &'static str> {
    if let Some(default) = one(value) {
        return Ok(Tolerances { default: Some(default), ..Tolerances::default() });
    }
    let Value::Mapping(entries) = value else { return Err(EXPECTED) };
    let mut tolerances = Tolerances::default();
    for (name, value) in entries {
        let name = scalar(name).ok_or(EXPECTED)?;
        let tolerance = one(value).ok_or(EXPECTED)?;
        match name.as_str() {
            "default" => tolerances.default = Some(tolerance),
            _ => drop(tolerances.named.insert(name, tolerance)),
        }
    }
    Ok(tolerances)
}

/// Reads one tolerance. A number alone is a relative one.
pub fn one(value: &Value) -> Option<Tolerance> {
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_f64(),
        // YAML reads `1e-9`, which has no decimal point, as text.
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let good = |number: f64| (number >= 0.0 && number.is_finite()).then_some(number);
    let mut tolerance = Tolerance { abs: 0.0, rel: 0.0, reason: None };
    if let Some(rel) = number(value) {
        return Some(Tolerance { rel: good(rel)?, ..tolerance });
    }
    let Value::Mapping(entries) = value else { return None };
    if entries.is_empty() {
        return None;
    }
    for (key, value) in entries {
        match key.as_str()? {
            "abs" => tolerance.abs = good(number(value)?)?,
            "rel" => tolerance.rel = good(number(value)?)?,
            "reason" => tolerance.reason = Some(scalar(value)?).filter(|reason| !reason.trim().is_empty()),
            _ => return None,
        }
    }
    Some(tolerance)
}
