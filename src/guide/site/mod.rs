//! The finished site: paths and bytes, and the last check, that all in it lands and is found.

pub mod asks;
mod check;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use check::{Checks, Ground, check, check_with};

use super::memory::same;

/// Every file of the output, by its path from the site's root.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Site {
    pub files: BTreeMap<String, Arc<[u8]>>,
}

impl Site {
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) {
        self.files.insert(path.into(), bytes.into());
    }

    /// The paths that came, went or changed since an older site. Bytes that both share are not compared.
    pub fn changed_from(&self, old: &Site) -> Vec<String> {
        let is_same = |path: &String, bytes| old.files.get(path).is_some_and(|old| same(old, bytes));
        let new = self.files.iter().filter(|(path, bytes)| !is_same(path, bytes)).map(|(path, _)| path);
        let gone = old.files.keys().filter(|path| !self.files.contains_key(*path));
        new.chain(gone).cloned().collect()
    }
}
