//! Which drifts are about which part of a record.

use crate::guide::comparison::Drift;

/// The drifts of a part, of its parts and of its numbers.
pub fn within<'a>(drifts: &'a [Drift], place: &str) -> Vec<&'a Drift> {
    let ours = |drift: &&Drift| {
        let rest = drift.place().strip_prefix(place);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([',', '[']))
    };
    drifts.iter().filter(ours).collect()
}
