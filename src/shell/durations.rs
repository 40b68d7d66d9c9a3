//! Keeping how long cells ran: for everyone in `cells.durations`, for this machine in the cache.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::cache;
use super::cells::Settings;
use super::disk;
use super::failure::Failure;
use super::open::Opened;
use crate::guide::durations::{Durations, FILE};

/// Of each cell so many runs are remembered.
const RUNS: usize = 5;

/// Writes down how long cells ran: for everyone if that is news, and for this machine.
pub fn note(opened: &mut Opened, settings: &Settings, ran: &[(String, Duration)]) -> Result<(), Failure> {
    if ran.is_empty() {
        return Ok(());
    }
    remember(settings, ran);
    let ran: Vec<(&str, Duration)> = ran.iter().map(|(label, took)| (label.as_str(), *took)).collect();
    let labels: Vec<&str> = opened.jobs.iter().map(|job| job.label.as_str()).collect();
    if let Some(text) = Durations::read(&opened.tree).with(&ran, &labels) {
        disk::replace(&opened.root.join(FILE), text.as_bytes())?;
        opened.tree.insert(FILE, text.into_bytes());
    }
    Ok(())
}

/// The last runs of each cell of a site on this machine, the latest last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    runs: BTreeMap<String, Vec<Duration>>,
}

impl History {
    /// What is remembered; nothing where the file is missing or cannot be read.
    pub fn read(settings: &Settings) -> History {
        let text = fs::read(path(settings)).unwrap_or_default();
        let lines = String::from_utf8_lossy(&text).into_owned();
        let runs = lines.lines().filter_map(|line| {
            let mut words = line.split(' ');
            let label = words.next()?.to_owned();
            let times = words.filter_map(|word| Duration::try_from_secs_f64(word.parse().ok()?).ok());
            Some((label, times.collect()))
        });
        History { runs: runs.collect() }
    }

    /// How long the last runs of a cell took, the latest last.
    pub fn of(&self, label: &str) -> &[Duration] {
        self.runs.get(label).map_or(&[], Vec::as_slice)
    }
}

/// Adds runs to the history. That it cannot be written is no reason to fail: nothing depends on it.
pub fn remember(settings: &Settings, ran: &[(String, Duration)]) {
    let mut history = History::read(settings);
    for (label, took) in ran {
        let runs = history.runs.entry(label.clone()).or_default();
        runs.push(*took);
        runs.drain(..runs.len().saturating_sub(RUNS));
    }
    let line = |(label, runs): (&String, &Vec<Duration>)| {
        let times: String = runs.iter().map(|took| format!(" {:.3}", took.as_secs_f64())).collect();
        format!("{label}{times}\n")
    };
    let text: String = history.runs.iter().map(line).collect();
    let _ = disk::replace(&path(settings), text.as_bytes());
}

/// Beside the package that is generated for the site.
fn path(settings: &Settings) -> PathBuf {
    settings.cache.join("sites").join(format!("{}.history", cache::site_name(&settings.root)))
}
