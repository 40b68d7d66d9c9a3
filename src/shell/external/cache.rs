//! Outside links that answered: when, and where they have moved.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::ask::Answer;
use crate::shell::failure::Failure;
use crate::shell::{cache, disk};

/// What is kept of a link: bad news is not, since it is what an author mends.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    /// Seconds since 1970.
    when: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moved: Option<String>,
}

pub struct Cache {
    file: PathBuf,
    links: BTreeMap<String, Kept>,
}

/// What is older than this is forgotten.
const OLDEST: Duration = Duration::from_secs(400 * 24 * 3600);

impl Cache {
    /// A cache that is not there, or that cannot be read, is empty.
    pub fn open(file: &Path) -> Cache {
        let file = file.to_owned();
        let links = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Cache { file, links: links.unwrap_or_default() }
    }

    /// The last answer, if it is no older than that.
    pub fn known(&self, url: &str, age: Duration) -> Option<Answer> {
        let kept = self.links.get(url)?;
        let fresh = now().checked_sub(kept.when).is_some_and(|since| since < age.as_secs());
        fresh.then(|| kept.moved.clone().map_or(Answer::Good, Answer::Moved))
    }

    /// Keeps good answers; what has another now is forgotten.
    pub fn keep(&mut self, answers: &BTreeMap<String, Answer>) -> Result<(), Failure> {
        // Another check may have written meanwhile.
        let _turn = cache::lock(&self.file.with_extension("lock"))?;
        let old = fs::read(&self.file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        self.links = old.unwrap_or_default();
        let when = now();
        self.links.retain(|_, kept| when.saturating_sub(kept.when) < OLDEST.as_secs());
        for (url, answer) in answers {
            match answer {
                Answer::Good => drop(self.links.insert(url.clone(), Kept { when, moved: None })),
                Answer::Moved(to) => drop(self.links.insert(url.clone(), Kept { when, moved: Some(to.clone()) })),
                _ => drop(self.links.remove(url)),
            }
        }
        let text = serde_json::to_vec_pretty(&self.links).unwrap_or_default();
        disk::replace(&self.file, &text)
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
