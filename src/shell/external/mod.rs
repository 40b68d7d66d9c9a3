//! Outside links, asked for on demand: politely, many hosts at once, and not again for some days.

mod ask;
mod cache;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

pub use ask::{Answer, Patience};

use self::ask::Asker;
use self::cache::Cache;
use super::cache as folder;
use super::failure::Failure;
use super::open::Opened;
use crate::guide::finish::{allow_outside, assemble};
use crate::guide::memory::Memory;
use crate::guide::mistake::Mistakes;
use crate::guide::outside::{self, Outside};

/// Hosts that are asked at once; each of them one thing at a time.
const HOSTS: usize = 12;

/// What is asked of a check.
pub struct Request {
    /// The word of a link that answered within that time is taken.
    pub age: Duration,
    pub patience: Patience,
    /// Where answers are kept.
    pub cache: PathBuf,
}

impl Request {
    /// As one asks by hand: answers are kept in the cache of this user.
    pub fn new(site: &Path, age: Duration) -> Request {
        Request { age, patience: Patience::default(), cache: folder::root(site).join("links.json") }
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    pub mistakes: Mistakes,
    /// All outside links, and the hosts that they name.
    pub links: usize,
    pub hosts: usize,
    /// Of the links, those that were answered for within the last days.
    pub known: usize,
    pub good: usize,
    pub moved: usize,
    pub dead: usize,
    pub undecided: usize,
}

/// Asks for every outside link of a site. `told` hears how many were asked for, and of how many.
pub fn check(opened: &mut Opened, request: &Request, told: &(dyn Fn(usize, usize) + Sync)) -> Result<Outcome, Failure> {
    let Opened { guide, ledger, jobs, tree, .. } = opened;
    let site = assemble(guide, ledger, jobs, tree, &mut Mistakes::default(), &mut Memory::default());
    let all = outside::collect(&site.unwrap_or_default(), tree, &guide.config);
    let (answers, known) = answers(&all, request, told)?;
    let hosts: BTreeSet<&str> = all.iter().map(|one| ask::host(&one.url)).collect();
    let mut out = Outcome { links: all.len(), hosts: hosts.len(), known, ..Outcome::default() };
    let mut mistakes = Mistakes::default();
    for one in &all {
        match answers.get(&one.url) {
            Some(Answer::Good) => out.good += 1,
            Some(Answer::Moved(to)) => {
                out.moved += 1;
                mistakes.moved_outside(one, to);
            }
            Some(Answer::Dead(why) | Answer::Unreachable(why)) => {
                out.dead += 1;
                mistakes.dead_outside(one, why);
            }
            Some(Answer::Undecided(why)) => {
                out.undecided += 1;
                mistakes.undecided_outside(one, why);
            }
            None => {}
        }
    }
    out.mistakes = allow_outside(mistakes, &guide.config);
    out.mistakes.sort();
    Ok(out)
}

/// The answer of each address, and how many of them are remembered ones.
fn answers(
    all: &[Outside],
    request: &Request,
    told: &(dyn Fn(usize, usize) + Sync),
) -> Result<(BTreeMap<String, Answer>, usize), Failure> {
    let mut cache = Cache::open(&request.cache);
    let mut answers: BTreeMap<String, Answer> = BTreeMap::new();
    for one in all {
        answers.extend(cache.known(&one.url, request.age).map(|answer| (one.url.clone(), answer)));
    }
    let known = answers.len();
    let asked: Vec<&str> = all.iter().map(|one| one.url.as_str()).filter(|url| !answers.contains_key(*url)).collect();
    let fresh = ask_all(&asked, &request.patience, told);
    let hosts: BTreeSet<&str> = asked.iter().map(|url| ask::host(url)).collect();
    let silent = fresh.values().all(|answer| matches!(answer, Answer::Unreachable(_)));
    if hosts.len() > 2 && silent {
        let text = format!("none of {} hosts could be reached: is this machine connected?", hosts.len());
        return Err(Failure::Program { name: "links".into(), text });
    }
    cache.keep(&fresh)?;
    answers.extend(fresh);
    Ok((answers, known))
}

/// Asks for all of these: hosts side by side, what lies on one host one after the other.
fn ask_all(urls: &[&str], patience: &Patience, told: &(dyn Fn(usize, usize) + Sync)) -> BTreeMap<String, Answer> {
    let mut hosts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    urls.iter().for_each(|url| hosts.entry(ask::host(url)).or_default().push(url));
    // The longest first, so that it does not begin when all others have ended.
    let mut queue: Vec<Vec<&str>> = hosts.into_values().collect();
    queue.sort_by_key(|urls| std::cmp::Reverse(urls.len()));
    let workers = queue.len().min(HOSTS);
    let (queue, done) = (Mutex::new(VecDeque::from(queue)), AtomicUsize::new(0));
    let answers = Mutex::new(BTreeMap::new());
    let (asker, total) = (Asker::new(patience), urls.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(urls) = held(&queue).pop_front() {
                    for (at, url) in urls.iter().enumerate() {
                        if at > 0 {
                            thread::sleep(patience.pause);
                        }
                        let answer = asker.ask(url);
                        held(&answers).insert((*url).to_owned(), answer);
                        told(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                    }
                }
            });
        }
    });
    answers.into_inner().unwrap_or_else(|poison| poison.into_inner())
}

fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poison| poison.into_inner())
}
