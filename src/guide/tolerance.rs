//! How far a fresh result may lie from its record: `1e-9`, `{rel: 1e-6}`, or one of these for each name.

use std::collections::BTreeMap;
use std::fmt;

use serde_yaml::Value;

use super::number::significant;

/// What a cell declares. Names are those of its values, series, tables and claims.
#[derive(Clone, Debug, PartialEq)]
pub struct Tolerances {
    pub default: Tolerance,
    pub named: BTreeMap<String, Tolerance>,
}

/// A deviation is allowed if it is within the absolute or the relative tolerance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    pub abs: f64,
    pub rel: f64,
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [abs, rel] = [self.abs, self.rel].map(|number| significant(number, 3));
        match (self.abs > 0.0, self.rel > 0.0) {
            (false, false) => write!(f, "no deviation"),
            (true, false) => write!(f, "a deviation of {abs}"),
            (false, true) => write!(f, "a deviation of {rel} times the recorded number"),
            (true, true) => write!(f, "a deviation of {abs}, or of {rel} times the recorded number"),
        }
    }
}

impl Default for Tolerances {
    fn default() -> Tolerances {
        Tolerances { default: Tolerance { abs: 0.0, rel: 1e-9 }, named: BTreeMap::new() }
    }
}

/// Reads the option `tolerance`; the error says what was expected.
pub fn read(value: &Value) -> Result<Tolerances, &'static str> {
    if let Some(default) = one(value) {
        return Ok(Tolerances { default, ..Tolerances::default() });
    }
    let Value::Mapping(entries) = value else { return Err(EXPECTED) };
    let mut named = BTreeMap::new();
    for (name, value) in entries {
        let name = super::yaml::scalar(name).ok_or(EXPECTED)?;
        named.insert(name, one(value).ok_or(EXPECTED)?);
    }
    Ok(Tolerances { named, ..Tolerances::default() })
}

const EXPECTED: &str = "a number such as 1e-9, `{rel: 1e-6}`, `{abs: 0.02}`, or one of these for each name";

/// A number alone is a relative tolerance.
fn one(value: &Value) -> Option<Tolerance> {
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_f64(),
        // YAML reads `1e-9`, which has no decimal point, as text.
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let good = |number: f64| (number >= 0.0 && number.is_finite()).then_some(number);
    if let Some(rel) = number(value) {
        return Some(Tolerance { abs: 0.0, rel: good(rel)? });
    }
    let Value::Mapping(entries) = value else { return None };
    let mut tolerance = Tolerance { abs: 0.0, rel: 0.0 };
    for (key, value) in entries {
        let number = good(number(value)?)?;
        match key.as_str()? {
            "abs" => tolerance.abs = number,
            "rel" => tolerance.rel = number,
            _ => return None,
        }
    }
    Some(tolerance)
}
