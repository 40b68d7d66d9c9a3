//! Build in a loop: wait for a change, build, tell.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{Event, EventKind, RecursiveMode, Watcher};

use super::build::{self, Report, Request};
use super::cells::Progress;
use super::disk;
use super::failure::Failure;
use super::publish::is_staging;

/// Editors write a file in several steps: this long without an event ends a change.
const QUIET: Duration = Duration::from_millis(60);

/// Builds now and after every change of the site's files, until the program ends.
pub fn watch(
    request: &Request,
    progress: &(dyn Fn(Progress) + Sync),
    mut built: impl FnMut(&Report),
) -> Result<(), Failure> {
    let failure = |error: notify::Error| Failure::Program { name: "watch".into(), text: error.to_string() };
    let root = request.root.canonicalize().map_err(Failure::file("find", &request.root))?;
    let output = request.output.canonicalize().unwrap_or_else(|_| request.output.clone());
    let (send, receive) = channel();
    let mut watcher = notify::recommended_watcher(move |event| {
        // The receiver is gone only when the program ends.
        let _ = send.send(event);
    })
    .map_err(failure)?;
    watcher.watch(&root, RecursiveMode::Recursive).map_err(failure)?;
    loop {
        let report = build::build(request, progress)?;
        built(&report);
        // What the build read and wrote, not what is there when it ends: an edit made meanwhile is still a change.
        while !changed(&receive, &output)? || disk::read(&request.root)? == report.tree {}
    }
}

/// Waits until something was written outside the output, and then until it is quiet.
fn changed(receive: &Receiver<notify::Result<Event>>, output: &Path) -> Result<bool, Failure> {
    let ended = || Failure::Program { name: "watch".into(), text: "the system stopped telling of changes".into() };
    let mut any = concerns(receive.recv().map_err(|_| ended())?, output);
    loop {
        match receive.recv_timeout(QUIET) {
            Ok(event) => any |= concerns(event, output),
            Err(RecvTimeoutError::Timeout) => return Ok(any),
            Err(RecvTimeoutError::Disconnected) => return Err(ended()),
        }
    }
}

/// Reading a file is an event too, and so is our own writing: neither is a change of the site.
fn concerns(event: notify::Result<Event>, output: &Path) -> bool {
    match event {
        Ok(event) if matches!(event.kind, EventKind::Access(_)) => false,
        Ok(event) => event.paths.is_empty() || event.paths.iter().any(|path| !is_ours(path, output)),
        // What went wrong is unknown: better to look than to miss a change.
        Err(_) => true,
    }
}

fn is_ours(path: &Path, output: &Path) -> bool {
    path.starts_with(output) || is_staging(path, output)
}
