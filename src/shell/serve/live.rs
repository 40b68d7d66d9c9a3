//! A site that changes while it is looked at: its present state, and the news for the pages that are open.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::BuildHasher;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::files::tag;
use crate::guide::search;
use crate::guide::site::Site;
use crate::guide::verdict::Told;

/// How many changes are known one by one. Who has missed more looks at everything again.
const REMEMBERED: usize = 128;

/// A cell that is being computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    pub label: String,
    /// The file of the page that it is on, as in [`Site::files`].
    pub page: String,
    /// Since when it runs, in seconds.
    pub seconds: f64,
    /// How long it will run in all, where that is known.
    pub expected: Option<f64>,
}

/// A mistake, and the lines of the source that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub told: Told,
    pub excerpt: String,
}

/// What is served by [`super::serve_live`]. All of it may be called from any thread; nothing waits for a browser.
#[derive(Debug)]
pub struct Live {
    state: Mutex<State>,
    news: Condvar,
    /// Tells this run of the program from others: the numbers of the states begin again with each.
    run: String,
    /// The tags of files, as long as they are what they were.
    tags: Mutex<HashMap<String, Tagged>>,
    /// The index of the search, and the site that it is of.
    index: Mutex<Option<Indexed>>,
}

/// A site, and the index of it.
type Indexed = (Arc<Site>, Arc<[u8]>);

/// Bytes and the tag that they have.
type Tagged = (Arc<[u8]>, String);

#[derive(Debug, Default)]
struct State {
    site: Option<Arc<Site>>,
    version: u64,
    /// What changed with the last versions.
    changes: VecDeque<(u64, Arc<[String]>)>,
    wrong: Arc<[Wrong]>,
    running: Arc<[Running]>,
    /// When `running` was told.
    running_since: Option<Instant>,
    /// How often each of the two was told.
    told: [u64; 2],
    /// How many subscribers have come.
    arrivals: u64,
    ended: bool,
    /// Where the server listens, to wake it when it shall end.
    listens: Option<SocketAddr>,
}

/// A site and the name of its state.
pub struct Shown {
    pub site: Arc<Site>,
    pub version: String,
}

/// What one subscriber knows.
#[derive(Default)]
pub struct Known {
    /// Of the site; none if nothing of it, or of another run of the program.
    version: Option<u64>,
    /// Whether it has been told of the site at all.
    greeted: bool,
    told: [u64; 2],
    arrivals: u64,
}

/// What there is to tell a subscriber.
#[derive(Debug, Default)]
pub struct News {
    /// The name of the site's state, and the paths that changed; none where that is not known.
    pub site: Option<(String, Option<BTreeSet<String>>)>,
    pub wrong: Option<Arc<[Wrong]>>,
    /// Cells, and how many seconds have passed since.
    pub running: Option<(Arc<[Running]>, f64)>,
    /// There are no news any more.
    pub ended: bool,
}

impl Live {
    pub fn new() -> Arc<Live> {
        let run = format!("{:012x}", RandomState::new().hash_one(std::process::id()) >> 16);
        let (state, news) = (Mutex::default(), Condvar::new());
        Arc::new(Live { state, news, run, tags: Mutex::default(), index: Mutex::default() })
    }

    /// No thread panics while it holds this; and if one did, each of the fields would still be whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.news.notify_all();
    }

    /// Shows a new site. `changed` are the paths that differ from the last one: new, other or gone.
    pub fn show(&self, site: Arc<Site>, changed: Vec<String>) {
        let mut tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        changed.iter().for_each(|path| drop(tags.remove(path)));
        drop(tags);
        self.tell(|state| {
            let first = state.site.replace(site).is_none();
            if first || !changed.is_empty() {
                state.version += 1;
                state.changes.push_back((state.version, changed.into()));
            }
            if state.changes.len() > REMEMBERED {
                state.changes.pop_front();
            }
        });
    }

    /// Tells what is wrong now. With nothing, all is mended.
    pub fn mistakes(&self, wrong: Vec<Wrong>) {
        self.tell(|state| {
            if *state.wrong != *wrong {
                state.wrong = wrong.into();
                state.told[0] += 1;
            }
        });
    }

    /// Tells which cells are being computed. It is enough to tell it when one begins or ends.
    pub fn running(&self, cells: Vec<Running>) {
        self.tell(|state| {
            state.running = cells.into();
            state.running_since = Some(Instant::now());
            state.told[1] += 1;
        });
    }

    /// Ends the server and all that listens to it.
    pub fn end(&self) {
        self.tell(|state| state.ended = true);
        let listens = self.lock().listens;
        if let Some(address) = listens {
            // The server waits for somebody to come. If nobody can, it has ended.
            let _ = std::net::TcpStream::connect(address);
        }
    }

    pub fn has_ended(&self) -> bool {
        self.lock().ended
    }

    pub(super) fn listens(&self, address: SocketAddr) {
        self.lock().listens = Some(address);
    }

    /// The site, if there is one yet.
    pub(super) fn shown(&self) -> Option<Shown> {
        let state = self.lock();
        let site = state.site.clone()?;
        Some(Shown { site, version: format!("{}.{}", self.run, state.version) })
    }

    pub(super) fn version(&self) -> String {
        format!("{}.{}", self.run, self.lock().version)
    }

    /// The tag of a file of the site.
    pub(super) fn tag(&self, path: &str, bytes: &Arc<[u8]>) -> String {
        let lock = || self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tag)) = lock().get(path).filter(|(known, _)| Arc::ptr_eq(known, bytes)) {
            return tag.clone();
        }
        let tag = tag(bytes);
        lock().insert(path.to_owned(), (bytes.clone(), tag.clone()));
        tag
    }

    /// The index of the search of a site: it is made when somebody asks for it, since no edit should wait for it.
    pub(super) fn index(&self, site: &Arc<Site>) -> Arc<[u8]> {
        let mut known = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some((of, index)) if Arc::ptr_eq(of, site) => Arc::clone(index),
            _ => {
                let index: Arc<[u8]> = search::index(site).into();
                *known = Some((Arc::clone(site), Arc::clone(&index)));
                index
            }
        }
    }

    /// A subscriber whose page shows `version`. All others look whether they are still listened to: a page that is
    /// loaded again leaves its old connection behind.
    pub(super) fn subscribe(&self, version: Option<&str>) -> Known {
        let version =
            version.and_then(|version| version.strip_prefix(self.run.as_str())?.strip_prefix('.')?.parse().ok());
        let mut known = Known { version, ..Known::default() };
        self.tell(|state| {
            state.arrivals += 1;
            known.arrivals = state.arrivals;
            // Both are told at once.
            known.told = [state.told[0].wrapping_sub(1), state.told[1].wrapping_sub(1)];
        });
        known
    }

    /// What a subscriber does not know yet. Waits for it, but not longer than `until`, and not if another has come.
    pub(super) fn news(&self, known: &mut Known, until: Instant) -> News {
        let mut state = self.lock();
        loop {
            let news = state.news(known, &self.run);
            let any = news.site.is_some() || news.wrong.is_some() || news.running.is_some() || news.ended;
            let left = until.saturating_duration_since(Instant::now());
            if any || left.is_zero() || known.arrivals != state.arrivals {
                known.arrivals = state.arrivals;
                return news;
            }
            state = self.news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl State {
    fn news(&self, known: &mut Known, run: &str) -> News {
        let mut news = News { ended: self.ended, ..News::default() };
        if self.site.is_some() && (!known.greeted || known.version != Some(self.version)) {
            news.site = Some((format!("{run}.{}", self.version), self.changed_since(known.version)));
            (known.version, known.greeted) = (Some(self.version), true);
        }
        if known.told[0] != self.told[0] {
            news.wrong = Some(self.wrong.clone());
        }
        if known.told[1] != self.told[1] {
            let passed = self.running_since.map_or(0.0, |since| since.elapsed().as_secs_f64());
            news.running = Some((self.running.clone(), passed));
        }
        known.told = self.told;
        news
    }

    /// The paths that are other than in an old state, if that is remembered.
    fn changed_since(&self, version: Option<u64>) -> Option<BTreeSet<String>> {
        let version = version.filter(|version| *version <= self.version)?;
        let oldest = self.changes.front().map_or(0, |(first, _)| *first);
        if version + 1 < oldest {
            return None;
        }
        let since = self.changes.iter().filter(|(number, _)| *number > version);
        Some(since.flat_map(|(_, changed)| changed.iter().cloned()).collect())
    }
}
