//! Which drifts are about which part of a record.

use crate::guide::comparison::Drift;
use crate::record::Panel;

/// The drifts of a part, of its parts and of its numbers.
pub fn within<'a>(drifts: &'a [Drift], place: &str) -> Vec<&'a Drift> {
    let ours = |drift: &&Drift| {
        let rest = drift.place().strip_prefix(place);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([',', '[']))
    };
    drifts.iter().filter(ours).collect()
}

/// How a comparison calls a series: `panel 1, line 'a'`.
pub fn of_series(at: usize, panel: &Panel, nth: usize) -> String {
    let series = &panel.series[nth];
    let name = if series.name.is_empty() { (nth + 1).to_string() } else { format!("'{}'", series.name) };
    let twin = |other: &crate::record::Series| (&other.name, other.mark) == (&series.name, series.mark);
    let again = if panel.series[..nth].iter().any(twin) { format!(" ({})", nth + 1) } else { String::new() };
    format!("panel {}, {} {name}{again}", at + 1, series.mark.name())
}
