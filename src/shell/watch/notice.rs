//! Being told of changed files: by the system where it tells, by looking again and again where it does not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use walkdir::WalkDir;

use super::Message;

/// A file that is being written is not read: this long after the last of such events it is.
const WRITING: Duration = Duration::from_millis(25);
/// After an event that ends a change, such as a file that is closed or renamed: others of the same change may follow.
const WRITTEN: Duration = Duration::from_millis(4);
/// Where the system does not tell of changes.
const POLL: Duration = Duration::from_millis(500);

/// The folders that are watched, and how.
pub struct Notice {
    root: PathBuf,
    watcher: Option<RecommendedWatcher>,
    /// What is watched, and which folder stood there when it was begun.
    watched: BTreeMap<PathBuf, Identity>,
    links: bool,
    /// Why there is nobody who tells, to be said once.
    trouble: Option<String>,
}

/// Which folder it is: one that was removed and made again is another.
type Identity = Option<(u64, u64)>;

impl Notice {
    /// Sends [`Message::Files`] for what happens below a site's folder; the site's folders are named by [`Notice::look_at`].
    pub fn new(root: &Path, send: Sender<Message>) -> Notice {
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // What went wrong is unknown: better to look than to miss a change.
            if let Some(quiet) = event.map_or(Some(WRITING), |event| quiet_after(&event)) {
                // The receiver is gone only when the program ends.
                let _ = send.send(Message::Files { quiet });
            }
        });
        let (watcher, trouble) = match watcher {
            Ok(watcher) => (Some(watcher), None),
            Err(error) => (None, Some(why(&error))),
        };
        Notice { root: root.to_owned(), watcher, watched: BTreeMap::new(), links: false, trouble }
    }

    /// Watches the site's folder and those in it that are part of the site, as they are now.
    pub fn look_at(&mut self, folders: &[String]) {
        let mut wanted: Vec<(PathBuf, RecursiveMode)> = vec![(self.root.clone(), RecursiveMode::NonRecursive)];
        wanted.extend(folders.iter().map(|folder| (self.root.join(folder), RecursiveMode::Recursive)));
        let mut changed = false;
        for (path, mode) in wanted {
            let identity = identity(&path);
            if self.watched.get(&path) == Some(&identity) {
                continue;
            }
            changed = true;
            let Some(watcher) = &mut self.watcher else { break };
            // Fails where the system has forgotten it already.
            let _ = watcher.unwatch(&path);
            if identity.is_some()
                && let Err(error) = watcher.watch(&path, mode)
            {
                self.trouble = Some(why(&error));
                self.watcher = None;
                break;
            }
            self.watched.insert(path, identity);
        }
        if changed {
            self.links = folders.iter().any(|folder| has_links(&self.root.join(folder)));
        }
    }

    /// How often to look, since the system does not tell of all changes; none if it does.
    pub fn poll(&self) -> Option<Duration> {
        // What a link leads to lies in a folder that is not watched.
        (self.watcher.is_none() || self.links).then_some(POLL)
    }

    /// Why the system does not tell of changes, once.
    pub fn trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }
}

/// How long to wait for what else belongs to a change; none if the event is no change. Reading is an event too.
fn quiet_after(event: &Event) -> Option<Duration> {
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(WRITTEN),
        EventKind::Access(_) => None,
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => Some(WRITTEN),
        _ => Some(WRITING),
    }
}

fn why(error: &notify::Error) -> String {
    match error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "the system's limit of watched folders is reached (on Linux: sysctl fs.inotify.max_user_watches)".into()
        }
        _ => format!("the system does not tell of changed files ({error})"),
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Identity {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_dir).map(|folder| (folder.dev(), folder.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Identity {
    path.is_dir().then_some((0, 0))
}

fn has_links(folder: &Path) -> bool {
    folder.is_symlink() || WalkDir::new(folder).into_iter().filter_map(Result::ok).any(|entry| entry.path_is_symlink())
}
