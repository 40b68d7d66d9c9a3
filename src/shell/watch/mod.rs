//! Build in a loop, in memory: wait for a change, build, show; cells are computed meanwhile.

mod flights;
mod notice;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use self::flights::{Flights, Said};
use self::notice::Notice;
use super::cells::{self, Progress};
use super::disk::Reader;
use super::durations;
use super::failure::Failure;
use super::keep;
use super::open::{self, Opened};
use super::sandbox::Guard;
use super::serve::live::{Live, Running, Wrong};
use super::terminal;
use crate::guide::durations::Durations;
use crate::guide::finish::{blocks, finish};
use crate::guide::folders::folder_of;
use crate::guide::memory::Memory;
use crate::guide::mistake::Mistakes;
use crate::guide::model::{Guide, Page};
use crate::guide::site::Site;
use crate::guide::tree::Tree;
use crate::guide::verdict;

/// However long a burst of changes is: after this the site is built.
const PATIENCE: Duration = Duration::from_millis(400);
/// A change may not be told, such as that of a file in a folder that is new: so long after each the files are looked
/// at again.
const AGAIN: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(1500)];

/// What the loop waits for.
pub enum Message {
    /// Something happened to files; it is over if nothing else happens for a while.
    Files { quiet: Duration },
    /// A run of cells has something to say.
    Cells { flight: usize, said: Box<Said> },
}

/// What came of one turn of the loop, for the terminal.
pub struct Turn<'a> {
    pub mistakes: &'a Mistakes,
    pub tree: &'a Tree,
    /// Whether the mistakes are others than those of the turn before.
    pub news: bool,
    /// How many files of the site have changed; none if the last good site is still shown.
    pub changed: Option<usize>,
    pub pages: usize,
    pub took: Duration,
}

/// What is to be shown.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The site's folder.
    pub root: PathBuf,
    /// Whether drafts are shown.
    pub drafts: bool,
    pub guard: Guard,
}

/// Shows a site until the program ends.
pub fn watch(asked: Asked, live: &Live, tell: fn(Progress), turned: &mut dyn FnMut(Turn)) -> Result<(), Failure> {
    let Asked { root, drafts, guard } = asked;
    let root = root.canonicalize().map_err(Failure::file("find", &root))?;
    let (send, receive) = channel();
    let mut watch = Watch {
        notice: Notice::new(&root, send.clone()),
        flights: Flights::new(send, guard),
        reader: Reader::new(drafts),
        drafts,
        memory: Memory::default(),
        tree: Tree::default(),
        shown: Arc::default(),
        places: BTreeMap::new(),
        told: None,
        trouble: None,
        live,
        tell,
        root,
    };
    let mut news = true;
    loop {
        watch.turn(news, turned)?;
        news = watch.wait(&receive)?;
    }
}

struct Watch<'a> {
    root: PathBuf,
    /// Whether drafts are shown.
    drafts: bool,
    notice: Notice,
    flights: Flights,
    reader: Reader,
    memory: Memory,
    /// The files of which the site that is shown is made.
    tree: Tree,
    shown: Arc<Site>,
    /// The page of each cell, and how long it runs where that is known.
    places: BTreeMap<String, (String, Option<Duration>)>,
    /// The mistakes that were told last.
    told: Option<Mistakes>,
    /// Why a run of cells could not be.
    trouble: Option<String>,
    live: &'a Live,
    tell: fn(Progress),
}

impl Watch<'_> {
    /// Waits until there is something to do. Whether it is for the cells.
    fn wait(&mut self, receive: &Receiver<Message>) -> Result<bool, Failure> {
        let begun = Instant::now();
        let mut looks: Vec<Instant> = AGAIN.iter().map(|after| begun + *after).collect();
        looks.extend(self.notice.poll().map(|every| begun + every));
        // When the files have been quiet for long enough, and when that is not waited for any more.
        let mut due: Option<(Instant, Instant)> = None;
        loop {
            let next = due.map(|(quiet, last)| quiet.min(last)).or(looks.iter().min().copied());
            match next_message(receive, next)? {
                Some(Message::Files { quiet }) => {
                    let now = Instant::now();
                    due = Some((now + quiet, due.map_or(now + PATIENCE, |(_, last)| last)));
                }
                Some(Message::Cells { flight, said }) => {
                    if self.hear(flight, *said)? {
                        return Ok(true);
                    }
                }
                None if due.is_some() => return Ok(self.flights.has_results()),
                None => {
                    let now = Instant::now();
                    looks.retain(|look| *look > now);
                    looks.extend(self.notice.poll().map(|every| now + every));
                    if self.reader.read(&self.root).is_ok_and(|tree| tree != self.tree) {
                        return Ok(false);
                    }
                }
            }
        }
    }

    /// Takes note of what cells say. Whether the site has to be built for it.
    fn hear(&mut self, flight: usize, said: Said) -> Result<bool, Failure> {
        let ended = matches!(said, Said::Ended { .. });
        let (lock, failure) = self.flights.hear(flight, said);
        if let Some(failure) = failure {
            self.trouble = Some(failure.to_string());
        } else if ended {
            self.trouble = None;
        }
        if let Some(lock) = lock {
            let mut opened = open::open_with(&self.root, self.drafts)?;
            opened.relock(lock)?;
            self.flights.relock(&opened);
        }
        self.tell_running();
        Ok(ended || self.flights.has_results())
    }

    /// Reads the files, and builds and shows the site if anything is new.
    fn turn(&mut self, news: bool, turned: &mut dyn FnMut(Turn)) -> Result<(), Failure> {
        let start = Instant::now();
        let Some(tree) = self.read() else { return Ok(()) };
        if tree == self.tree && !news {
            return Ok(());
        }
        let mut opened = self.open(tree);
        self.notice.look_at(&folders(&opened));
        if let Some(why) = self.notice.trouble() {
            eprintln!("{why}: the files are looked at twice a second instead");
        }
        if self.told.is_none() {
            // The first turn: runs before this one may have been killed.
            keep::clean(&mut opened)?;
        }
        keep::move_records(&mut opened)?;
        self.record(&mut opened)?;
        self.flights.prune(&opened);
        if let Err(failure) = self.flights.begin(&opened, self.tell) {
            self.trouble = Some(failure.to_string());
        }
        self.show(opened, start, turned);
        Ok(())
    }

    /// The files as they are now; none while they are being moved about.
    fn read(&mut self) -> Option<Tree> {
        for _ in 0..20 {
            match self.reader.read(&self.root) {
                Ok(tree) => return Some(tree),
                // Listed, and gone when it was to be read.
                Err(Failure::File { error, .. }) if error.kind() == std::io::ErrorKind::NotFound => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(failure) => {
                    eprintln!("theoria: {failure}");
                    return None;
                }
            }
        }
        None
    }

    fn open(&mut self, tree: Tree) -> Opened {
        Opened { root: self.root.clone(), ..open::of_tree_with(tree, &mut self.memory) }
    }

    /// Writes down the results that have come in.
    fn record(&mut self, opened: &mut Opened) -> Result<(), Failure> {
        let finished = self.flights.take(opened);
        if finished.is_empty() {
            return Ok(());
        }
        let settings = opened.settings()?;
        let took = cells::times(&finished);
        keep::keep_all(opened, finished, None)?;
        durations::note(opened, &settings, &took)?;
        // As it lies on the disk now, so that our own writing is no news.
        if let Some(tree) = self.read() {
            *opened = self.open(tree);
        }
        Ok(())
    }

    fn show(&mut self, mut opened: Opened, start: Instant, turned: &mut dyn FnMut(Turn)) {
        let mut mistakes = std::mem::take(&mut opened.mistakes);
        mistakes.append(self.flights.mistakes(&opened));
        let Opened { tree, guide, jobs, mut ledger, .. } = opened;
        let (site, mistakes) = finish(&guide, &mut ledger, &jobs, &tree, mistakes, &mut self.memory);
        let good = site.filter(|_| !blocks(&mistakes) && self.trouble.is_none());
        let changed = good.map(|site| {
            let site = Arc::new(site);
            let changed = site.changed_from(&self.shown);
            let count = changed.len();
            self.shown = Arc::clone(&site);
            self.live.show(site, changed);
            count
        });
        let news = self.told.as_ref() != Some(&mistakes);
        self.live.mistakes(self.wrong(&mistakes, &tree));
        // Only while cells run is it asked where they are.
        self.places = if self.flights.running().is_empty() { BTreeMap::new() } else { places(&guide, &tree) };
        self.tell_running();
        turned(Turn {
            mistakes: &mistakes,
            tree: &tree,
            news,
            changed,
            pages: guide.pages.len(),
            took: start.elapsed(),
        });
        self.told = Some(mistakes);
        self.tree = tree;
    }

    /// What the browser is told of the mistakes.
    fn wrong(&self, mistakes: &Mistakes, tree: &Tree) -> Vec<Wrong> {
        let told = verdict::tell(mistakes, tree).into_iter().zip(mistakes.iter());
        let mut all: Vec<Wrong> =
            told.map(|(told, mistake)| Wrong { told, excerpt: terminal::excerpt(mistake, tree) }).collect();
        if let Some(text) = &self.trouble {
            let told = verdict::Told {
                code: "failure".into(),
                severity: "error".into(),
                file: String::new(),
                line: 0,
                column: 0,
                text: text.clone(),
                notes: Vec::new(),
                help: None,
            };
            all.insert(0, Wrong { told, excerpt: String::new() });
        }
        all
    }

    fn tell_running(&self) {
        let running = self.flights.running().into_iter().map(|(label, since)| {
            let (page, expected) = self.places.get(&label).cloned().unwrap_or_default();
            let seconds = since.map_or(0.0, |since| since.elapsed().as_secs_f64());
            Running { label, page, seconds, expected: expected.map(|expected| expected.as_secs_f64()) }
        });
        self.live.running(running.collect());
    }
}

/// Where each cell is seen, and how long it runs.
fn places(guide: &Guide, tree: &Tree) -> BTreeMap<String, (String, Option<Duration>)> {
    let durations = Durations::read(tree);
    let of_page = |page: &Page| format!("{}index.html", page.path);
    let cells = guide.pages.iter().flat_map(|page| page.text.cells.iter().map(move |cell| (of_page(page), cell)));
    cells.map(|(page, cell)| (cell.label.clone(), (page, durations.known(&cell.label)))).collect()
}

/// The next message; none if it does not come in time.
fn next_message(receive: &Receiver<Message>, until: Option<Instant>) -> Result<Option<Message>, Failure> {
    let ended = || Failure::Program { name: "watch".into(), text: "nothing tells of changes any more".into() };
    let Some(until) = until else { return receive.recv().map(Some).map_err(|_| ended()) };
    match receive.recv_timeout(until.saturating_duration_since(Instant::now())) {
        Ok(message) => Ok(Some(message)),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        Err(RecvTimeoutError::Disconnected) => Err(ended()),
    }
}

/// The folders that are part of a site, whether they are there or not.
fn folders(opened: &Opened) -> Vec<String> {
    let config = &opened.guide.config;
    let files = config.folders.questions();
    let files = files.iter().map(String::as_str).chain(config.named_files());
    let beside = files.map(|file| folder_of(file).to_owned()).filter(|folder| !folder.is_empty());
    config.folders.all().into_iter().chain(beside).chain(config.crate_folders()).collect()
}
