//! Stopping what nobody waits for any more: single cells, or every process that this one has started.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

/// The cells of a run whose results are not wanted any more.
#[derive(Debug, Default)]
pub struct Cancel {
    labels: Mutex<BTreeSet<String>>,
}

impl Cancel {
    /// The result of this cell is not wanted: it is stopped, or not begun.
    pub fn cell(&self, label: &str) {
        lock(&self.labels).insert(label.to_owned());
    }

    pub fn is_off(&self, label: &str) -> bool {
        lock(&self.labels).contains(label)
    }
}

/// The process groups that this process has started and that are alive, by the process that leads each.
static GROUPS: Mutex<Groups> = Mutex::new(Groups { ending: false, leaders: BTreeSet::new() });

struct Groups {
    /// No more of them may live.
    ending: bool,
    leaders: BTreeSet<u32>,
}

/// Kills every process group that this process has started. None can be started after it.
pub fn end_all() {
    let mut groups = lock(&GROUPS);
    groups.ending = true;
    groups.leaders.iter().for_each(|leader| kill_group(*leader));
}

/// Notes a process that leads a group of its own, for as long as the guard lives: until it has been waited for, so that
/// its number means no other process.
pub fn watch(leader: u32) -> Watched {
    let mut groups = lock(&GROUPS);
    groups.leaders.insert(leader);
    if groups.ending {
        kill_group(leader);
    }
    Watched { leader }
}

pub struct Watched {
    leader: u32,
}

impl Drop for Watched {
    fn drop(&mut self) {
        lock(&GROUPS).leaders.remove(&self.leader);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poison| poison.into_inner())
}

/// Kills a process and the children that have stayed in its group.
#[cfg(unix)]
pub fn kill_group(leader: u32) {
    // SAFETY: it only takes numbers; the leader has not been waited for, so that the number is still that of its group.
    unsafe { libc::kill(-(leader as libc::pid_t), libc::SIGKILL) };
}

#[cfg(not(unix))]
pub fn kill_group(_: u32) {}

/// From now on the signals that ask this process to end take all that it has started with it.
#[cfg(unix)]
pub fn on_signals() -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end_all();
            // What was half written has another name, and the next run removes it.
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

#[cfg(not(unix))]
pub fn on_signals() -> std::io::Result<()> {
    Ok(())
}
