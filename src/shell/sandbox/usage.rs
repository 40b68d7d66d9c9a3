//! What processes use that the system does not limit: looked at while they run.

use std::fs;
use std::path::{Path, PathBuf};

use super::limits::{ENTRIES, PROCESSES, THREADS, WRITTEN};

/// Of what there is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    Written,
    Entries,
    Threads,
    Processes,
}

impl Excess {
    /// Completes "was stopped when it had ...".
    pub fn text(self) -> String {
        match self {
            Excess::Written => format!("written more than {} MiB", WRITTEN >> 20),
            Excess::Entries => format!("made more than {ENTRIES} files"),
            Excess::Threads => format!("started more than {THREADS} threads"),
            Excess::Processes => format!("started more than {PROCESSES} processes"),
        }
    }
}

/// What a cell has used too much of, if anything. Cost: some 50 us, and a look at each file that it has made.
pub fn of_cell(process: u32, folders: &[PathBuf]) -> Option<Excess> {
    let number = |file: &str, names: &[&str]| -> u64 {
        let text = fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
        let found = text.lines().filter_map(|line| line.split_once(':')).filter(|(name, _)| names.contains(name));
        found.filter_map(|(_, value)| value.trim().parse().ok()).max().unwrap_or(0)
    };
    if number("status", &["Threads"]) > THREADS as u64 {
        return Some(Excess::Threads);
    }
    // Counts what was written to files that are gone, too.
    if number("io", &["wchar", "write_bytes"]) > WRITTEN {
        return Some(Excess::Written);
    }
    let (mut bytes, mut entries) = (0, 0);
    folders.iter().find_map(|folder| count(folder, &mut bytes, &mut entries))
}

/// Follows no links, and ends as soon as there is too much.
fn count(folder: &Path, bytes: &mut u64, entries: &mut usize) -> Option<Excess> {
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            *bytes += metadata.len();
            *entries += 1;
            if *entries > ENTRIES {
                return Some(Excess::Entries);
            }
            if metadata.is_dir() {
                open.push(entry.path());
            }
        }
    }
    (*bytes > WRITTEN).then_some(Excess::Written)
}

/// Whether a process group has more processes than compilers need. Cost: a look at each process of the system.
#[cfg(target_os = "linux")]
pub fn of_group(leader: u32) -> Option<Excess> {
    let is_process = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let names = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.file_name());
    let processes = names.filter_map(|name| name.into_string().ok()).filter(|name| is_process(name));
    let in_group = processes.filter(|name| group(name) == Some(leader)).count();
    (in_group > PROCESSES).then_some(Excess::Processes)
}

#[cfg(not(target_os = "linux"))]
pub fn of_group(_: u32) -> Option<Excess> {
    None
}

/// The group of a process: the third field after its name, which stands in brackets and may hold anything.
#[cfg(target_os = "linux")]
fn group(process: &str) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    text.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()
}
